//! Sorts the entries of a pane.

use crate::ui::model::Model;
use crate::ui::model::listing::{Sort, SortKey};
use crate::ui::model::msg::PaneSide;

/// Sorts by a key; reverses the order if that is the current key.
pub fn by(model: &mut Model, side: PaneSide, key: SortKey) {
    let now = model.pane(side).sort;
    let reverse = now.key == key && !now.reverse;
    set(model, side, Sort { key, reverse });
}

/// Reverses the order.
pub fn reverse(model: &mut Model, side: PaneSide) {
    let now = model.pane(side).sort;
    set(model, side, Sort { reverse: !now.reverse, ..now });
}

fn set(model: &mut Model, side: PaneSide, sort: Sort) {
    let height = model.pane_height();
    model.pane_mut(side).resort(sort, height);
}
