//! Finds names while one types; drives the filter's line too.

use crate::base::needle::Needle;
use crate::base::text;
use crate::engine::Level;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::{Overlay, Seek, Seeking};
use crate::ui::model::pane::{Pane, PaneRow};
use crate::ui::update::narrow;

/// Opens the line.
pub fn open(model: &mut Model, side: Side) {
    let pane = model.pane(side);
    model.overlays.push(Overlay::Seek(Seek {
        kind: Seeking::Find,
        side,
        input: Input::default(),
        cursor: pane.cursor,
        filter: pane.filter.clone(),
        lost: false,
    }));
}

/// Something was typed: the cursor jumps, or the filter works.
pub fn typed(model: &mut Model) {
    let height = model.pane_height();
    let Some(Overlay::Seek(mut seek)) = model.overlays.pop() else { return };
    let typed = seek.input.text().to_owned();
    if seek.kind == Seeking::Rows {
        narrow::by_text(model, typed);
        model.overlays.push(Overlay::Seek(seek));
        return;
    }
    let pane = model.pane_mut(seek.side);
    match seek.kind {
        Seeking::Rows => {}
        Seeking::Find => {
            // from where the search began, so that deleting a letter goes back
            let found = next(pane, &Needle::new(&typed), seek.cursor, true, true);
            seek.lost = found.is_none() && !typed.is_empty();
            pane.go_to(found.unwrap_or(seek.cursor), height);
        }
        Seeking::Filter => {
            pane.filter = typed;
            pane.reorder(height);
            seek.lost = pane.order.is_empty();
        }
    }
    model.overlays.push(Overlay::Seek(seek));
}

/// To the next or previous match while the line is open.
pub fn step(model: &mut Model, forward: bool) {
    let Some(Overlay::Seek(seek)) = model.overlays.last() else { return };
    if seek.kind == Seeking::Rows {
        return;
    }
    let (side, typed) = (seek.side, seek.input.text().to_owned());
    jump(model, side, &typed, forward);
}

/// Keeps what was typed.
pub fn accept(model: &mut Model) {
    let Some(Overlay::Seek(seek)) = model.overlays.pop() else { return };
    if seek.kind == Seeking::Find && !seek.input.text().is_empty() {
        if seek.lost {
            let typed = text::visible_str(seek.input.text());
            model.say(Level::Info, format!("no name has “{typed}”"));
        }
        model.pane_mut(seek.side).find = seek.input.text().to_owned();
    }
}

/// Back to how it was before.
pub fn dismiss(model: &mut Model) {
    let height = model.pane_height();
    let Some(Overlay::Seek(seek)) = model.overlays.pop() else { return };
    if seek.kind == Seeking::Rows {
        return narrow::by_text(model, seek.filter);
    }
    let pane = model.pane_mut(seek.side);
    if seek.kind == Seeking::Filter {
        pane.filter = seek.filter;
        pane.reorder(height);
    }
    pane.go_to(seek.cursor, height);
}

/// To the next or previous name that was searched for last.
pub fn again(model: &mut Model, side: Side, forward: bool) {
    let typed = model.pane(side).find.clone();
    if typed.is_empty() {
        model.say(Level::Info, "nothing was searched for yet");
        return;
    }
    if !jump(model, side, &typed, forward) {
        model.say(Level::Info, format!("no name has “{}”", text::visible_str(&typed)));
    }
}

fn jump(model: &mut Model, side: Side, typed: &str, forward: bool) -> bool {
    let height = model.pane_height();
    let pane = model.pane_mut(side);
    let found = next(pane, &Needle::new(typed), pane.cursor, forward, false);
    if let Some(row) = found {
        pane.go_to(row, height);
    }
    found.is_some()
}

/// The next row that matches, going round at the ends; `here` says whether `from` itself counts
/// first.
fn next(pane: &Pane, needle: &Needle, from: usize, forward: bool, here: bool) -> Option<usize> {
    let total = pane.rows();
    if total == 0 || needle.is_empty() {
        return None;
    }
    let first = usize::from(!here);
    (first..total + first)
        .map(|step| {
            let step = step % total;
            if forward { (from + step) % total } else { (from + total - step) % total }
        })
        .find(|row| match pane.row(*row) {
            Some(PaneRow::Entry(at)) => {
                pane.entry(at).is_some_and(|entry| needle.matches(&entry.name))
            }
            Some(PaneRow::Parent) | None => false,
        })
}
