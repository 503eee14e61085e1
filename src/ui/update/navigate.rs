//! Navigates to other directories.

use crate::base::{RemotePath, text};
use crate::engine::Level;
use crate::ftp::Kind;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{LoginAnswer, PaneSide, UiEffect};
use crate::ui::model::pane::{Navigation, PaneRow, Wait};

/// Requests a listing. Abandons the listing that the pane was waiting for.
pub fn list(
    model: &mut Model,
    side: PaneSide,
    at: Location,
    navigation: Navigation,
    answer: Option<LoginAnswer>,
    out: &mut Vec<UiEffect>,
) {
    let ticket = model.ticket();
    let since = model.now;
    let pane = model.pane_mut(side);
    if let Some(wait) = pane.wait.take() {
        out.push(UiEffect::Abandon(wait.ticket));
    }
    if pane.shown.as_ref().is_some_and(|shown| shown.at.same(&at)) {
        pane.stale = false;
    }
    pane.list_error = None;
    pane.wait = Some(Wait { ticket, since, at: at.clone(), navigation });
    // the engine drops outdated listings from its cache; a reload by the user bypasses the cache
    let fresh = navigation == Navigation::Refresh;
    out.push(UiEffect::List { ticket, at, fresh, answer });
}

/// Opens the directory under the cursor of `from` in the pane `to`. True if it is a file, which
/// cannot be opened.
pub fn open(model: &mut Model, from: PaneSide, to: PaneSide, out: &mut Vec<UiEffect>) -> bool {
    let pane = model.pane(from);
    if let (None, Some(list_error)) = (&pane.shown, &pane.list_error) {
        // nothing is shown because the listing failed: Enter retries
        let at = list_error.at.clone();
        list(model, from, at, Navigation::Go, None, out);
        return false;
    }
    let Some(directory) = &pane.shown else { return false };
    let target = match pane.row(pane.cursor) {
        None => return false,
        Some(PaneRow::Parent) => directory.at.parent(),
        Some(PaneRow::Entry(at)) => {
            let Some(entry) = pane.entry(at) else { return false };
            // only the server knows the target of a link; it refuses if that is not a directory
            if !matches!(entry.kind, Kind::Dir | Kind::Link) {
                return true;
            }
            let inside = directory.at.child(&entry.name);
            if inside.is_none() {
                let name = text::visible(&entry.name);
                model.notify(
                    Level::Warning,
                    format!("{name}: this name cannot be sent in an FTP command"),
                );
            }
            inside
        }
    };
    if let Some(at) = target {
        list(model, to, at, Navigation::Go, None, out);
    }
    false
}

/// Goes to the parent directory.
pub fn parent(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    if let Some(at) = model.pane(side).at().and_then(Location::parent) {
        list(model, side, at, Navigation::Go, None, out);
    }
}

/// Goes back to the previous directory.
pub fn back(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    match model.pane_mut(side).back.pop() {
        Some(at) => list(model, side, at, Navigation::Back, None, out),
        None => model.notify(Level::Info, "no previous directory"),
    }
}

/// Undoes [`back`].
pub fn forward(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    match model.pane_mut(side).forward.pop() {
        Some(at) => list(model, side, at, Navigation::Forward, None, out),
        None => model.notify(Level::Info, "no next directory"),
    }
}

/// Goes to the root directory.
pub fn root(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    if let Some(at) = model.pane(side).at().map(Location::root) {
        list(model, side, at, Navigation::Go, None, out);
    }
}

/// Goes to the start directory of the site, or to the login directory.
pub fn start(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    let Some(Location::Remote { site, .. }) = model.pane(side).at() else { return };
    let at = Location::Remote {
        site: site.clone(),
        path: site.start_path.clone().unwrap_or_else(|| RemotePath::new(Vec::new())),
    };
    list(model, side, at, Navigation::Go, None, out);
}

/// Shows the directory of this pane in the other pane.
pub fn same(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    if let Some(at) = model.pane(side).at().cloned() {
        list(model, side.other(), at, Navigation::Go, None, out);
    }
}

/// Closes the idle connections of this pane's site.
pub fn disconnect(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    let Some(at) = model.pane(side).at().cloned() else { return };
    let Some(key) = at.key() else {
        model.notify(Level::Info, "this pane shows local files; there is no connection to close");
        return;
    };
    model.notify(Level::Info, format!("closing the idle connections to {}", at.label()));
    out.push(UiEffect::Disconnect(key));
}
