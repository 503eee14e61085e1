//! List dialogs: filtering, moving the cursor, choosing a row.

use crate::ui::action::Action;
use crate::ui::layout::scrolled;
use crate::ui::model::msg::UiEffect;
use crate::ui::model::overlay::{ListDialog, ListKind, ListRow, Overlay};
use crate::ui::model::{Model, frames};
use crate::ui::update::{palette, site_form, sites};

/// The number of lines of a page in a list.
pub const PAGE: isize = 10;

/// Applies the filter after the input changed.
pub fn typed(model: &mut Model) {
    let Some(Overlay::List(mut list_dialog)) = model.overlays.pop() else { return };
    list_dialog.rows = match list_dialog.kind {
        ListKind::Site(_) => sites::rows(&model.sites, &list_dialog),
        ListKind::Field => site_form::rows(list_dialog.input.text()),
        ListKind::Command { grouped } => palette::rows(model, grouped, list_dialog.input.text()),
    };
    // the cursor goes to the first site or command, not to its folder
    let is_target = |row: &ListRow| {
        matches!(row, ListRow::Site { .. } | ListRow::Command(_) | ListRow::Field(_))
    };
    list_dialog.cursor = list_dialog.rows.iter().position(is_target).unwrap_or(0);
    list_dialog.scroll = 0;
    model.overlays.push(Overlay::List(list_dialog));
}

/// Moves the cursor to the next row that can be chosen.
pub fn step(model: &mut Model, by: isize) {
    let height = height(model);
    let Some(Overlay::List(list_dialog)) = model.overlays.last_mut() else { return };
    let last = list_dialog.rows.len().saturating_sub(1);
    let wanted = list_dialog.cursor.saturating_add_signed(by).min(last);
    let selectable = |at: &usize| list_dialog.rows.get(*at).is_some_and(can_be_chosen);
    let target = if by > 0 {
        (wanted..=last).find(selectable).or_else(|| (0..wanted).rev().find(selectable))
    } else {
        (0..=wanted).rev().find(selectable).or_else(|| (wanted..=last).find(selectable))
    };
    list_dialog.cursor = target.unwrap_or(list_dialog.cursor);
    keep_in_view(list_dialog, height);
}

/// Moves the cursor to a row, if it can be chosen; returns whether it can.
pub fn put_cursor(model: &mut Model, at: usize) -> bool {
    let Some(Overlay::List(list_dialog)) = model.overlays.last_mut() else { return false };
    let selectable = list_dialog.rows.get(at).is_some_and(can_be_chosen);
    if selectable {
        list_dialog.cursor = at;
    }
    selectable
}

/// Chooses the row under the cursor; returns a command that must be run.
pub fn accept(model: &mut Model, other: bool, out: &mut Vec<UiEffect>) -> Option<Action> {
    let Some(Overlay::List(list_dialog)) = model.overlays.last() else { return None };
    let row = list_dialog.rows.get(list_dialog.cursor)?.clone();
    let kind = list_dialog.kind;
    match (row, kind) {
        (ListRow::Command(action), _) => {
            model.overlays.pop();
            Some(action)
        }
        (ListRow::Site { at, .. }, ListKind::Site(side)) => {
            model.overlays.pop();
            sites::go(model, at, if other { side.other() } else { side }, out);
            None
        }
        (ListRow::Field(field), _) => {
            site_form::ask_field(model, field);
            None
        }
        (ListRow::Folder { open, .. }, _) => {
            sites::fold(model, open);
            None
        }
        _ => None,
    }
}

fn height(model: &Model) -> usize {
    match (model.overlays.last(), model.screen()) {
        (Some(Overlay::List(list_dialog)), Some(screen)) => {
            usize::from(frames::list_dialog(screen.all, list_dialog).list.height)
        }
        _ => 1,
    }
}

/// Scrolls so that the cursor and the heading above it are visible.
fn keep_in_view(list_dialog: &mut ListDialog, height: usize) {
    list_dialog.scroll =
        scrolled(list_dialog.scroll, list_dialog.cursor, height, list_dialog.rows.len());
    let above = list_dialog.cursor.checked_sub(1).and_then(|at| list_dialog.rows.get(at));
    if list_dialog.scroll == list_dialog.cursor && matches!(above, Some(ListRow::Heading(_))) {
        list_dialog.scroll -= 1;
    }
}

fn can_be_chosen(row: &ListRow) -> bool {
    !matches!(row, ListRow::Heading(_))
}
