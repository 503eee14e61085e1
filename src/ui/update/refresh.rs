//! Lists a directory again: because the user says so, or because something changed there.

use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, Millis, Side};
use crate::ui::model::pane::Way;
use crate::ui::update::go;

/// The least time between two listings of one pane that nobody asked for.
const PAUSE: Millis = 1_000;

/// Reads the pane's directory again.
pub fn refresh(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    let pane = model.pane(side);
    // what was refused last is what the user wants to see
    let at = pane.trouble.as_ref().map(|trouble| &trouble.at).or_else(|| pane.at()).cloned();
    if let Some(at) = at {
        go::list(model, side, at, Way::Refresh, None, out);
    }
}

/// Something changed in a directory: panes that show it will list it again.
pub fn changed(model: &mut Model, at: &Location) {
    for side in [Side::Left, Side::Right] {
        let pane = model.pane_mut(side);
        if pane.shown.as_ref().is_some_and(|shown| shown.at.same(at)) {
            pane.stale = true;
        }
    }
}

/// Lists what is stale, when the pane is not waiting and has not been listed a moment ago.
pub fn list_what_is_stale(model: &mut Model, out: &mut Vec<Effect>) {
    for side in [Side::Left, Side::Right] {
        let now = model.now;
        let pane = model.pane(side);
        if !pane.stale || pane.wait.is_some() || (pane.listed > 0 && now < pane.listed + PAUSE) {
            continue;
        }
        match pane.shown.as_ref().map(|shown| shown.at.clone()) {
            Some(at) => go::list(model, side, at, Way::Quiet, None, out),
            None => model.pane_mut(side).stale = false,
        }
    }
}
