//! Finds names while the user types; also handles the filter input.

use crate::base::needle::Needle;
use crate::base::text;
use crate::engine::Level;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::{Overlay, SearchInput, SearchKind};
use crate::ui::model::pane::{Pane, PaneRow};
use crate::ui::update::queue_filter;

/// Opens the find input.
pub fn open(model: &mut Model, side: PaneSide) {
    let pane = model.pane(side);
    model.overlays.push(Overlay::Search(SearchInput {
        kind: SearchKind::Find,
        side,
        input: Input::default(),
        cursor: pane.cursor,
        filter: pane.filter.clone(),
        no_match: false,
    }));
}

/// Applies the changed input: moves the cursor, or filters.
pub fn typed(model: &mut Model) {
    let height = model.pane_height();
    let Some(Overlay::Search(mut search)) = model.overlays.pop() else { return };
    let typed = search.input.text().to_owned();
    if search.kind == SearchKind::Rows {
        queue_filter::set_text(model, typed);
        model.overlays.push(Overlay::Search(search));
        return;
    }
    let pane = model.pane_mut(search.side);
    match search.kind {
        SearchKind::Rows => {}
        SearchKind::Find => {
            // search from the initial row, so that deleting a letter goes back
            let found = next(pane, &Needle::new(&typed), search.cursor, true, true);
            search.no_match = found.is_none() && !typed.is_empty();
            pane.go_to(found.unwrap_or(search.cursor), height);
        }
        SearchKind::Filter => {
            pane.filter = typed;
            pane.reorder(height);
            search.no_match = pane.order.is_empty();
        }
    }
    model.overlays.push(Overlay::Search(search));
}

/// Goes to the next or previous match while the input is open.
pub fn step(model: &mut Model, forward: bool) {
    let Some(Overlay::Search(search)) = model.overlays.last() else { return };
    if search.kind == SearchKind::Rows {
        return;
    }
    let (side, typed) = (search.side, search.input.text().to_owned());
    jump(model, side, &typed, forward);
}

/// Closes the input and keeps its text.
pub fn accept(model: &mut Model) {
    let Some(Overlay::Search(search)) = model.overlays.pop() else { return };
    if search.kind == SearchKind::Find && !search.input.text().is_empty() {
        if search.no_match {
            let typed = text::visible_str(search.input.text());
            model.notify(Level::Info, format!("no match for “{typed}”"));
        }
        model.pane_mut(search.side).find = search.input.text().to_owned();
    }
}

/// Closes the input and restores the previous state.
pub fn dismiss(model: &mut Model) {
    let height = model.pane_height();
    let Some(Overlay::Search(search)) = model.overlays.pop() else { return };
    if search.kind == SearchKind::Rows {
        return queue_filter::set_text(model, search.filter);
    }
    let pane = model.pane_mut(search.side);
    if search.kind == SearchKind::Filter {
        pane.filter = search.filter;
        pane.reorder(height);
    }
    pane.go_to(search.cursor, height);
}

/// Goes to the next or previous match of the last search.
pub fn again(model: &mut Model, side: PaneSide, forward: bool) {
    let typed = model.pane(side).find.clone();
    if typed.is_empty() {
        model.notify(Level::Info, "no previous search");
        return;
    }
    if !jump(model, side, &typed, forward) {
        model.notify(Level::Info, format!("no match for “{}”", text::visible_str(&typed)));
    }
}

fn jump(model: &mut Model, side: PaneSide, typed: &str, forward: bool) -> bool {
    let height = model.pane_height();
    let pane = model.pane_mut(side);
    let found = next(pane, &Needle::new(typed), pane.cursor, forward, false);
    if let Some(row) = found {
        pane.go_to(row, height);
    }
    found.is_some()
}

/// The next row that matches, wrapping around at the ends; `here` includes the row `from`.
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
