//! Filters the entries of a pane.

use crate::engine::Level;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::{Overlay, SearchInput, SearchKind};

/// Opens the filter input.
pub fn open(model: &mut Model, side: PaneSide) {
    let pane = model.pane(side);
    model.overlays.push(Overlay::Search(SearchInput {
        kind: SearchKind::Filter,
        side,
        input: Input::new(pane.filter.clone()),
        cursor: pane.cursor,
        filter: pane.filter.clone(),
        no_match: false,
    }));
}

/// Shows or hides names that start with a dot.
pub fn hidden(model: &mut Model, side: PaneSide) {
    let height = model.pane_height();
    let pane = model.pane_mut(side);
    pane.hidden = !pane.hidden;
    pane.reorder(height);
    let word = if pane.hidden { "shown" } else { "hidden" };
    model.notify(Level::Info, format!("names that start with a dot are {word}"));
}
