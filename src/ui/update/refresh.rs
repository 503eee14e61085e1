//! Reloads directories: on request of the user, or because something changed.

use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Millis, PaneSide, UiEffect};
use crate::ui::model::pane::Navigation;
use crate::ui::update::navigate;

/// The minimum time between two automatic listings of a pane.
const MIN_INTERVAL: Millis = 1_000;

/// Reloads the directory of a pane.
pub fn refresh(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    let pane = model.pane(side);
    // after a failed listing, retry the requested directory
    let at =
        pane.list_error.as_ref().map(|list_error| &list_error.at).or_else(|| pane.at()).cloned();
    if let Some(at) = at {
        navigate::list(model, side, at, Navigation::Refresh, None, out);
    }
}

/// Marks panes that show a changed directory as stale.
pub fn changed(model: &mut Model, at: &Location) {
    for side in [PaneSide::Left, PaneSide::Right] {
        let pane = model.pane_mut(side);
        if pane.shown.as_ref().is_some_and(|shown| shown.at.same(at)) {
            pane.stale = true;
        }
    }
}

/// Lists stale panes, unless they are already waiting or were listed very recently.
pub fn list_stale(model: &mut Model, out: &mut Vec<UiEffect>) {
    for side in [PaneSide::Left, PaneSide::Right] {
        let now = model.now;
        let pane = model.pane(side);
        if !pane.stale
            || pane.wait.is_some()
            || (pane.listed > 0 && now < pane.listed + MIN_INTERVAL)
        {
            continue;
        }
        match pane.shown.as_ref().map(|shown| shown.at.clone()) {
            Some(at) => navigate::list(model, side, at, Navigation::Background, None, out),
            None => model.pane_mut(side).stale = false,
        }
    }
}
