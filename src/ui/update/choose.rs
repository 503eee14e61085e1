//! Lists to choose from: narrowing, moving, taking.

use crate::ui::action::Action;
use crate::ui::layout::scrolled;
use crate::ui::model::msg::Effect;
use crate::ui::model::overlay::{Choose, ChooseRow, Choosing, Overlay};
use crate::ui::model::{Model, frames};
use crate::ui::update::{palette, site_form, sites};

/// The lines of a page in a list.
pub const PAGE: isize = 10;

/// What was typed has changed.
pub fn typed(model: &mut Model) {
    let Some(Overlay::Choose(mut choose)) = model.overlays.pop() else { return };
    choose.rows = match choose.kind {
        Choosing::Site(_) => sites::rows(&model.sites, &choose),
        Choosing::Field => site_form::rows(choose.input.text()),
        Choosing::Command { grouped } => palette::rows(model, grouped, choose.input.text()),
    };
    // what was typed means a site or a command; a folder only shows where it is
    let end = |row: &ChooseRow| {
        matches!(row, ChooseRow::Site { .. } | ChooseRow::Command(_) | ChooseRow::Field(_))
    };
    choose.cursor = choose.rows.iter().position(end).unwrap_or(0);
    choose.scroll = 0;
    model.overlays.push(Overlay::Choose(choose));
}

/// Moves the cursor to the next line that can be taken.
pub fn step(model: &mut Model, by: isize) {
    let height = height(model);
    let Some(Overlay::Choose(choose)) = model.overlays.last_mut() else { return };
    let last = choose.rows.len().saturating_sub(1);
    let wanted = choose.cursor.saturating_add_signed(by).min(last);
    let takes = |at: &usize| choose.rows.get(*at).is_some_and(can_be_taken);
    let onward = if by > 0 {
        (wanted..=last).find(takes).or_else(|| (0..wanted).rev().find(takes))
    } else {
        (0..=wanted).rev().find(takes).or_else(|| (wanted..=last).find(takes))
    };
    choose.cursor = onward.unwrap_or(choose.cursor);
    keep_in_view(choose, height);
}

/// Puts the cursor on a line, if that can be taken.
pub fn put_cursor(model: &mut Model, at: usize) -> bool {
    let Some(Overlay::Choose(choose)) = model.overlays.last_mut() else { return false };
    let takes = choose.rows.get(at).is_some_and(can_be_taken);
    if takes {
        choose.cursor = at;
    }
    takes
}

/// Takes the line under the cursor; a command is returned to be run.
pub fn accept(model: &mut Model, other: bool, out: &mut Vec<Effect>) -> Option<Action> {
    let Some(Overlay::Choose(choose)) = model.overlays.last() else { return None };
    let row = choose.rows.get(choose.cursor)?.clone();
    let kind = choose.kind;
    match (row, kind) {
        (ChooseRow::Command(action), _) => {
            model.overlays.pop();
            Some(action)
        }
        (ChooseRow::Site { at, .. }, Choosing::Site(side)) => {
            model.overlays.pop();
            sites::go(model, at, if other { side.other() } else { side }, out);
            None
        }
        (ChooseRow::Field(field), _) => {
            site_form::ask_field(model, field);
            None
        }
        (ChooseRow::Folder { open, .. }, _) => {
            sites::fold(model, open);
            None
        }
        _ => None,
    }
}

fn height(model: &Model) -> usize {
    match (model.overlays.last(), model.screen()) {
        (Some(Overlay::Choose(choose)), Some(screen)) => {
            usize::from(frames::choose(screen.all, choose).list.height)
        }
        _ => 1,
    }
}

/// Scrolls so that the cursor is seen, with the heading above it.
fn keep_in_view(choose: &mut Choose, height: usize) {
    choose.scroll = scrolled(choose.scroll, choose.cursor, height, choose.rows.len());
    let above = choose.cursor.checked_sub(1).and_then(|at| choose.rows.get(at));
    if choose.scroll == choose.cursor && matches!(above, Some(ChooseRow::Heading(_))) {
        choose.scroll -= 1;
    }
}

fn can_be_taken(row: &ChooseRow) -> bool {
    !matches!(row, ChooseRow::Heading(_))
}
