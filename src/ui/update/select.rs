//! Selects entries.

use crate::base::needle::Needle;
use crate::base::text::counted;
use crate::engine::Level;
use crate::ftp::Kind;
use crate::ui::model::Model;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::{Overlay, Prompt, PromptKind};
use crate::ui::model::pane::PaneRow;

/// Selects or unselects the entry under the cursor and moves to the next one.
pub fn toggle(model: &mut Model, side: PaneSide) {
    let height = model.pane_height();
    let pane = model.pane_mut(side);
    let row = pane.cursor;
    if model.pane(side).row(row) == Some(PaneRow::Parent) {
        model.notify(Level::Info, ".. cannot be selected");
    }
    toggle_row(model, side, row);
    model.pane_mut(side).go_to(row + 1, height);
}

/// Selects or unselects a row.
pub fn toggle_row(model: &mut Model, side: PaneSide, row: usize) {
    let pane = model.pane_mut(side);
    if let (Some(directory), Some(PaneRow::Entry(at))) = (pane.shown.clone(), pane.row(row)) {
        let on = !pane.marks.has(at);
        pane.marks.set(&directory, at, on);
    }
}

/// Inverts the selection of visible files; directories are not changed, as in other two-pane file
/// managers.
pub fn invert(model: &mut Model, side: PaneSide) {
    let pane = model.pane_mut(side);
    let Some(directory) = pane.shown.clone() else { return };
    for at in pane.order.clone() {
        if directory.entries[at as usize].kind != Kind::Dir {
            let on = !pane.marks.has(at);
            pane.marks.set(&directory, at, on);
        }
    }
}

/// Selects all visible entries, or clears the selection.
pub fn all(model: &mut Model, side: PaneSide, on: bool) {
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
pub fn ask(model: &mut Model, side: PaneSide, on: bool) {
    let title = if on { "Select" } else { "Unselect" };
    let label = "Pattern for the whole name: * matches any text, ? one character";
    let kind = PromptKind::Pattern { on };
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, side, title, label, "*")));
}

/// Selects or unselects the entries that match the typed pattern.
pub fn accept(model: &mut Model, typed: &str, side: PaneSide, on: bool) {
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
    model.notify(Level::Info, format!("{} {word}", counted(changed, "name")));
}
