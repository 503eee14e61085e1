//! Goes to another directory: down, up, back, to a place.

use crate::base::{RemotePath, text};
use crate::engine::Level;
use crate::ftp::Kind;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, First, Side};
use crate::ui::model::pane::{PaneRow, Wait, Way};

/// Asks for a directory. What the pane waited for before is forgotten.
pub fn list(
    model: &mut Model,
    side: Side,
    at: Location,
    way: Way,
    first: Option<First>,
    out: &mut Vec<Effect>,
) {
    let ticket = model.ticket();
    let since = model.now;
    let pane = model.pane_mut(side);
    if let Some(wait) = pane.wait.take() {
        out.push(Effect::Abandon(wait.ticket));
    }
    if pane.shown.as_ref().is_some_and(|shown| shown.at.same(&at)) {
        pane.stale = false;
    }
    pane.trouble = None;
    pane.wait = Some(Wait { ticket, since, at: at.clone(), way });
    // what changed is forgotten by the engine itself; the user may doubt more than that
    let fresh = way == Way::Refresh;
    out.push(Effect::List { ticket, at, fresh, first });
}

/// Opens the directory under the cursor of one pane in a pane. True when it is a file, which has
/// no inside.
pub fn open(model: &mut Model, from: Side, to: Side, out: &mut Vec<Effect>) -> bool {
    let pane = model.pane(from);
    if let (None, Some(trouble)) = (&pane.shown, &pane.trouble) {
        // nothing is shown because it failed: Enter tries again
        let at = trouble.at.clone();
        list(model, from, at, Way::Go, None, out);
        return false;
    }
    let Some(directory) = &pane.shown else { return false };
    let target = match pane.row(pane.cursor) {
        None => return false,
        Some(PaneRow::Parent) => directory.at.parent(),
        Some(PaneRow::Entry(at)) => {
            let Some(entry) = pane.entry(at) else { return false };
            // where a link leads only the server knows; it says so when it is no directory
            if !matches!(entry.kind, Kind::Dir | Kind::Link) {
                return true;
            }
            let inside = directory.at.child(&entry.name);
            if inside.is_none() {
                let name = text::visible(&entry.name);
                model.say(Level::Warning, format!("{name}: no FTP command can carry this name"));
            }
            inside
        }
    };
    if let Some(at) = target {
        list(model, to, at, Way::Go, None, out);
    }
    false
}

/// To the directory above.
pub fn parent(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    if let Some(at) = model.pane(side).at().and_then(Location::parent) {
        list(model, side, at, Way::Go, None, out);
    }
}

/// To the place shown before.
pub fn back(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    match model.pane_mut(side).back.pop() {
        Some(at) => list(model, side, at, Way::Back, None, out),
        None => model.say(Level::Info, "nothing was shown before this"),
    }
}

/// Undoes [`back`].
pub fn forward(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    match model.pane_mut(side).forward.pop() {
        Some(at) => list(model, side, at, Way::Forward, None, out),
        None => model.say(Level::Info, "there is nothing to go forward to"),
    }
}

/// To the root directory.
pub fn root(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    if let Some(at) = model.pane(side).at().map(Location::root) {
        list(model, side, at, Way::Go, None, out);
    }
}

/// To the directory that the bookmark or the login leads to.
pub fn start(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    let Some(Location::Remote { site, .. }) = model.pane(side).at() else { return };
    let at = Location::Remote {
        site: site.clone(),
        path: site.start_path.clone().unwrap_or_else(|| RemotePath::new(Vec::new())),
    };
    list(model, side, at, Way::Go, None, out);
}

/// Shows this pane's directory in the other pane too.
pub fn same(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    if let Some(at) = model.pane(side).at().cloned() {
        list(model, side.other(), at, Way::Go, None, out);
    }
}

/// Closes the idle connections of this pane's site.
pub fn disconnect(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    let Some(at) = model.pane(side).at().cloned() else { return };
    let Some(key) = at.key() else {
        model.say(Level::Info, "this pane shows files of this machine; there is no connection");
        return;
    };
    model.say(Level::Info, format!("closing the idle connections to {}", at.label()));
    out.push(Effect::Disconnect(key));
}
