//! Edits a file in the user's editor: download, edit, upload.
//!
//! The local copy is never deleted before the upload has succeeded.

use crate::base::{size, text};
use crate::engine::{Failure, Level};
use crate::ftp::Kind;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Draft, Operation, PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind, Severity};
use crate::ui::update::operation;

/// The maximum size of a file to edit, in bytes.
const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// The indices of the buttons of the question about a file that changed on the server.
const REPLACE: usize = 0;
const SAVE_COPY: usize = 1;

/// Downloads the file under the cursor; the editor opens when the download is complete.
pub fn start(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    let pane = model.pane(side);
    let (Some(directory), Some(entry)) = (&pane.shown, pane.under_cursor()) else {
        model.notify(Level::Info, "no file under the cursor");
        return;
    };
    let name = text::visible(&entry.name);
    let refusal = match (directory.at.child(&entry.name), entry.kind) {
        (None, _) => format!("{name}: this name cannot be sent in an FTP command"),
        (_, Kind::Dir | Kind::Other) => format!("{name} is not a file"),
        (_, _) if entry.size.is_some_and(|size| size > MAX_SIZE) => {
            format!("{name} is larger than {}; copy it and edit the copy", size::bytes(MAX_SIZE))
        }
        (Some(at), _) => {
            match &at {
                Location::Remote { .. } => {
                    operation::start(model, side, Operation::Fetch { at }, out);
                }
                Location::Local(path) => {
                    let draft = Draft { file: path.clone(), at, before: (None, None) };
                    out.push(UiEffect::Edit(Box::new(draft)));
                }
            }
            return;
        }
    };
    model.notify(Level::Warning, refusal);
}

/// Handles the end of the editor: uploads the file if it was changed.
pub fn edited(
    model: &mut Model,
    draft: Box<Draft>,
    result: Result<bool, Failure>,
    out: &mut Vec<UiEffect>,
) {
    let is_local = matches!(draft.at, Location::Local(_));
    let name = text::visible(draft.at.name());
    let side = side_of(model, &draft.at);
    match result {
        Err(failure) => {
            let path = if is_local { String::new() } else { local_version(&draft) };
            model.notify(Level::Error, format!("{failure}{path}"));
        }
        Ok(_) if is_local => model.pane_mut(side).stale = true,
        Ok(false) => {
            model.notify(Level::Info, format!("{name} not changed, not saved"));
            out.push(UiEffect::Discard(draft));
        }
        Ok(true) => {
            let to = draft.at.clone();
            operation::start(model, side, Operation::PutBack { draft, to, anyway: false }, out);
        }
    }
}

/// Asks what to do because the file changed on the server.
pub fn conflict(model: &mut Model, draft: Box<Draft>) {
    let raised = Some(model.now);
    model.raise(Overlay::Question(Box::new(QuestionDialog {
        title: "The file changed on the server".to_owned(),
        body: vec![
            format!("{} changed on the server while you edited it.", draft.at),
            String::new(),
            "Replace it, save your version as a copy, or keep it only as a local file?".to_owned(),
        ],
        severity: Severity::Danger,
        choices: ["Replace", "Save as a copy", "Keep the local file"].map(str::to_owned).to_vec(),
        cursor: SAVE_COPY,
        safe: 2,
        about: QuestionKind::Conflict(draft),
        raised,
    })));
}

/// Handles the answer to the question of [`conflict`].
pub fn conflict_answered(
    model: &mut Model,
    draft: Box<Draft>,
    choice: usize,
    out: &mut Vec<UiEffect>,
) {
    let side = side_of(model, &draft.at);
    let to = match choice {
        REPLACE => draft.at.clone(),
        SAVE_COPY => copy_location(&draft.at),
        _ => {
            model.notify(Level::Info, format!("not saved on the server{}", local_version(&draft)));
            return;
        }
    };
    operation::start(model, side, Operation::PutBack { draft, to, anyway: true }, out);
}

/// The end of a message that names the local copy with the user's changes.
#[must_use]
pub fn local_version(draft: &Draft) -> String {
    format!("; your version is in {}", text::visible(draft.file.as_os_str().as_encoded_bytes()))
}

/// `notes.txt` becomes `notes.txt.edited`.
fn copy_location(at: &Location) -> Location {
    at.at([at.path_bytes(), b".edited"].concat())
}

/// The pane that shows the directory of the file.
fn side_of(model: &Model, at: &Location) -> PaneSide {
    let shows = |side: &PaneSide| {
        let shown = model.pane(*side).shown.as_ref().map(|shown| &shown.at);
        shown.zip(at.parent().as_ref()).is_some_and(|(here, dir)| here.same(dir))
    };
    [model.active, model.active.other()].into_iter().find(shows).unwrap_or(model.active)
}
