//! Edits a file with the user's editor: it is brought here, changed, and brought back.
//!
//! What the user has written is never deleted before it has arrived.

use crate::base::{size, text};
use crate::engine::{Failure, Level};
use crate::ftp::Kind;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Act, Draft, Effect, Side};
use crate::ui::model::overlay::{Ask, Asking, Overlay, Weight};
use crate::ui::update::wait;

/// Larger files are not for an editor.
const MOST: u64 = 64 * 1024 * 1024;

/// The buttons of the question about a file that changed at the server.
const REPLACE: usize = 0;
const BESIDE: usize = 1;

/// Brings the file under the cursor here; the editor opens when it has arrived.
pub fn begin(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    let pane = model.pane(side);
    let (Some(directory), Some(entry)) = (&pane.shown, pane.under_cursor()) else {
        model.say(Level::Info, "there is no file under the cursor");
        return;
    };
    let name = text::visible(&entry.name);
    let refusal = match (directory.at.child(&entry.name), entry.kind) {
        (None, _) => format!("{name}: no FTP command can carry this name"),
        (_, Kind::Dir | Kind::Other) => format!("{name} is no file"),
        (_, _) if entry.size.is_some_and(|size| size > MOST) => {
            format!("{name} is larger than {}; copy it and edit the copy", size::bytes(MOST))
        }
        (Some(at), _) => {
            match &at {
                Location::Remote { .. } => wait::begin(model, side, Act::Fetch { at }, out),
                Location::Local(path) => {
                    let draft = Draft { file: path.clone(), at, before: (None, None) };
                    out.push(Effect::Edit(Box::new(draft)));
                }
            }
            return;
        }
    };
    model.say(Level::Warning, refusal);
}

/// The editor has ended.
pub fn edited(
    model: &mut Model,
    draft: Box<Draft>,
    result: Result<bool, Failure>,
    out: &mut Vec<Effect>,
) {
    let is_local = matches!(draft.at, Location::Local(_));
    let name = text::visible(draft.at.name());
    let side = side_of(model, &draft.at);
    match result {
        Err(failure) => {
            let kept = if is_local { String::new() } else { kept(&draft) };
            model.say(Level::Error, format!("{failure}{kept}"));
        }
        Ok(_) if is_local => model.pane_mut(side).stale = true,
        Ok(false) => {
            model.say(Level::Info, format!("{name} is as it was; nothing is written"));
            out.push(Effect::Discard(draft));
        }
        Ok(true) => {
            let to = draft.at.clone();
            wait::begin(model, side, Act::PutBack { draft, to, anyway: false }, out);
        }
    }
}

/// The file at the server is not the one that was fetched any more.
pub fn clash(model: &mut Model, draft: Box<Draft>) {
    let raised = Some(model.now);
    model.raise(Overlay::Ask(Box::new(Ask {
        title: "It has changed there".to_owned(),
        body: vec![
            format!("{} is not the file any more that you began to edit.", draft.at),
            String::new(),
            "Replace it by yours, write yours beside it, or leave yours on this machine?"
                .to_owned(),
        ],
        weight: Weight::Grave,
        choices: ["Replace", "Beside it", "Leave it here"].map(str::to_owned).to_vec(),
        cursor: BESIDE,
        safe: 2,
        about: Asking::Clash(draft),
        raised,
    })));
}

/// The user has decided.
pub fn decided(model: &mut Model, draft: Box<Draft>, choice: usize, out: &mut Vec<Effect>) {
    let side = side_of(model, &draft.at);
    let to = match choice {
        REPLACE => draft.at.clone(),
        BESIDE => beside(&draft.at),
        _ => {
            model.say(Level::Info, format!("nothing is written{}", kept(&draft)));
            return;
        }
    };
    wait::begin(model, side, Act::PutBack { draft, to, anyway: true }, out);
}

/// Where the user's own text still is.
#[must_use]
pub fn kept(draft: &Draft) -> String {
    format!("; your text is in {}", text::visible(draft.file.as_os_str().as_encoded_bytes()))
}

/// `notes.txt` becomes `notes.txt.edited`.
fn beside(at: &Location) -> Location {
    at.at([at.path_bytes(), b".edited"].concat())
}

/// The pane that shows the file's directory.
fn side_of(model: &Model, at: &Location) -> Side {
    let shows = |side: &Side| {
        let shown = model.pane(*side).shown.as_ref().map(|shown| &shown.at);
        shown.zip(at.parent().as_ref()).is_some_and(|(here, dir)| here.same(dir))
    };
    [model.active, model.active.other()].into_iter().find(shows).unwrap_or(model.active)
}
