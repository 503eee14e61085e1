//! Deletes entries, after a question that says what will be gone.

use crate::base::size;
use crate::base::text::{self, counted};
use crate::engine::Level;
use crate::ftp::{Entry, Kind};
use crate::queue::{JobKind, JobSpec, Rules, Source, TreeRules};
use crate::ui::model::msg::{Effect, Side};
use crate::ui::model::overlay::{Ask, Asking, Overlay, Weight};
use crate::ui::model::{Model, marks};
use crate::ui::update::ask;

/// How many names the question lists.
const NAMED: usize = 6;

/// Asks whether the selected entries shall be deleted; where the user wants no question, begins.
pub fn ask(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    let pane = model.pane(side);
    let targets = pane.targets();
    let Some(directory) = pane.shown.clone().filter(|_| !targets.is_empty()) else {
        model.say(Level::Info, "there is nothing to delete here");
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
        model.say(Level::Warning, format!("{name}: no FTP command can carry this name"));
        return;
    }
    let mut body = vec![format!("{} in {}:", in_words(&targets), directory.at)];
    body.extend(targets.iter().take(NAMED).map(|entry| {
        let end = if entry.kind == Kind::Dir { "/" } else { "" };
        format!("  {}{end}", text::visible(&entry.name))
    }));
    if targets.len() > NAMED {
        body.push(format!("  and {} more", size::grouped((targets.len() - NAMED) as u64)));
    }
    let unseen = pane.unseen_marks() as u64;
    if unseen > 0 {
        body.push(String::new());
        body.push(format!("{} of them are not shown now.", size::grouped(unseen)));
    }
    if targets.iter().any(|entry| entry.kind == Kind::Dir) {
        body.push(String::new());
        body.push("Directories go with everything in them.".to_owned());
    }
    let spec = JobSpec {
        kind: JobKind::Delete,
        sources,
        target: None,
        rename_to: false,
        rules: Rules::default(),
        tree: TreeRules::default(),
        start_at: None,
    };
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: "Delete?".to_owned(),
        body,
        weight: Weight::Grave,
        choices: ["Delete", "Cancel"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 1,
        about: Asking::Delete(Box::new(spec)),
        raised: None,
    })));
    if !model.wishes.confirm_delete {
        ask::accept(model, out);
    }
}

/// What entries are, in words: `2 files (2.93 GiB) and 1 directory`.
#[must_use]
pub fn in_words(entries: &[&Entry]) -> String {
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
    let files_word = if unknown {
        counted(files, "file")
    } else {
        format!("{} ({})", counted(files, "file"), size::bytes(bytes))
    };
    let dirs_word =
        if dirs == 1 { "1 directory".to_owned() } else { format!("{dirs} directories") };
    match (files, dirs) {
        (_, 0) => files_word,
        (0, _) => dirs_word,
        _ => format!("{files_word} and {dirs_word}"),
    }
}
