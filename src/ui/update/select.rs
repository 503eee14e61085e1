//! Selects entries.

use crate::base::needle::Needle;
use crate::base::text::counted;
use crate::engine::Level;
use crate::ftp::Kind;
use crate::ui::model::Model;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::{Overlay, Prompt, Prompting};
use crate::ui::model::pane::PaneRow;

/// Selects or unselects the entry under the cursor and goes on to the next.
pub fn toggle(model: &mut Model, side: Side) {
    let height = model.pane_height();
    let pane = model.pane_mut(side);
    let row = pane.cursor;
    if model.pane(side).row(row) == Some(PaneRow::Parent) {
        model.say(Level::Info, ".. leads up; it cannot be selected");
    }
    toggle_row(model, side, row);
    model.pane_mut(side).go_to(row + 1, height);
}

/// Selects or unselects a row.
pub fn toggle_row(model: &mut Model, side: Side, row: usize) {
    let pane = model.pane_mut(side);
    if let (Some(directory), Some(PaneRow::Entry(at))) = (pane.shown.clone(), pane.row(row)) {
        let on = !pane.marks.has(at);
        pane.marks.set(&directory, at, on);
    }
}

/// Inverts the selection of the files shown; directories stay as they are, as in other
/// two-pane programs.
pub fn invert(model: &mut Model, side: Side) {
    let pane = model.pane_mut(side);
    let Some(directory) = pane.shown.clone() else { return };
    for at in pane.order.clone() {
        if directory.entries[at as usize].kind != Kind::Dir {
            let on = !pane.marks.has(at);
            pane.marks.set(&directory, at, on);
        }
    }
}

/// Selects everything shown, or nothing at all.
pub fn all(model: &mut Model, side: Side, on: bool) {
    let pane = model.pane_mut(side);
    let Some(directory) = pane.shown.clone() else { return };
    if !on {
        pane.marks.clear();
        return;
    }
    for at in pane.order.clone() {
        pane.marks.set(&directory, at, true);
    }
}

/// Asks for a pattern.
pub fn ask(model: &mut Model, side: Side, on: bool) {
    let title = if on { "Select" } else { "Unselect" };
    let label = "Pattern for whole names: * is anything, ? one character";
    let kind = Prompting::Pattern { on };
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, side, title, label, "*")));
}

/// A pattern was typed.
pub fn accept(model: &mut Model, typed: &str, side: Side, on: bool) {
    model.overlays.pop();
    let needle = Needle::whole(typed);
    let pane = model.pane_mut(side);
    let Some(directory) = pane.shown.clone() else { return };
    let before = pane.marks.count();
    for at in pane.order.clone() {
        if needle.matches(&directory.entries[at as usize].name) {
            pane.marks.set(&directory, at, on);
        }
    }
    let changed = pane.marks.count().abs_diff(before) as u64;
    let word = if on { "selected" } else { "unselected" };
    model.say(Level::Info, format!("{} {word}", counted(changed, "name")));
}
