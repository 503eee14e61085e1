//! Deletes entries, after a question that lists them.

use crate::base::size;
use crate::base::text::{self, counted};
use crate::engine::Level;
use crate::ftp::{Entry, Kind};
use crate::queue::{JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::ui::model::msg::{PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind, Severity};
use crate::ui::model::{Model, marks};
use crate::ui::update::question;

/// The maximum number of names in the question.
const MAX_NAMES: usize = 6;

/// Asks whether to delete the selected entries; starts at once if the user disabled the question.
pub fn ask(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    let pane = model.pane(side);
    let targets = pane.targets();
    let Some(directory) = pane.shown.clone().filter(|_| !targets.is_empty()) else {
        model.notify(
            Level::Info,
            "nothing selected: put the cursor on an entry, or select with Space",
        );
        return;
    };
    let mut sources = Vec::with_capacity(targets.len());
    let mut unusable = None;
    for entry in &targets {
        match directory.at.child(&entry.name) {
            Some(at) => sources.push(Source { at, kind: Some(entry.kind), size: entry.size }),
            None => unusable = Some(text::visible(&entry.name)),
        }
    }
    if let Some(name) = unusable {
        model.notify(Level::Warning, format!("{name}: this name cannot be sent in an FTP command"));
        return;
    }
    let mut body = vec![format!("{} in {}:", summary(&targets), directory.at)];
    body.extend(targets.iter().take(MAX_NAMES).map(|entry| {
        let end = if entry.kind == Kind::Dir { "/" } else { "" };
        format!("  {}{end}", text::visible(&entry.name))
    }));
    if targets.len() > MAX_NAMES {
        body.push(format!("  and {} more", size::grouped((targets.len() - MAX_NAMES) as u64)));
    }
    let hidden = pane.hidden_marks() as u64;
    if hidden > 0 {
        body.push(String::new());
        body.push(format!("{} of them are not visible in the pane.", size::grouped(hidden)));
    }
    if targets.iter().any(|entry| entry.kind == Kind::Dir) {
        body.push(String::new());
        body.push("Directories will be deleted with all their contents.".to_owned());
    }
    let spec = JobSpec {
        kind: JobKind::Delete,
        sources,
        target: None,
        rename_to: false,
        rules: JobRules::default(),
        tree: TreeRules::default(),
        start_at: None,
    };
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: "Delete?".to_owned(),
        body,
        severity: Severity::Danger,
        choices: ["Delete", "Cancel"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 1,
        about: QuestionKind::Delete(Box::new(spec)),
        raised: None,
    })));
    if !model.settings.confirm_delete {
        question::accept(model, out);
    }
}

/// A summary of entries: `2 files (2.93 GiB) and 1 directory`.
#[must_use]
pub fn summary(entries: &[&Entry]) -> String {
    let (mut dirs, mut files, mut bytes, mut unknown) = (0, 0, 0_u64, false);
    for entry in entries {
        if entry.kind == Kind::Dir {
            dirs += 1;
        } else {
            files += 1;
            match marks::size(entry) {
                Some(size) => bytes = bytes.saturating_add(size),
                None => unknown = true,
            }
        }
    }
    let files_text = if unknown {
        counted(files, "file")
    } else {
        format!("{} ({})", counted(files, "file"), size::bytes(bytes))
    };
    let dirs_text =
        if dirs == 1 { "1 directory".to_owned() } else { format!("{dirs} directories") };
    match (files, dirs) {
        (_, 0) => files_text,
        (0, _) => dirs_text,
        _ => format!("{files_text} and {dirs_text}"),
    }
}
