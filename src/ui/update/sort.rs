//! The order of entries.

use crate::ui::model::Model;
use crate::ui::model::listing::{Sort, SortKey};
use crate::ui::model::msg::Side;

/// Sorts by a key; by the key it is sorted by already, the other way round.
pub fn by(model: &mut Model, side: Side, key: SortKey) {
    let now = model.pane(side).sort;
    let reverse = now.key == key && !now.reverse;
    set(model, side, Sort { key, reverse });
}

/// Turns the order round.
pub fn reverse(model: &mut Model, side: Side) {
    let now = model.pane(side).sort;
    set(model, side, Sort { reverse: !now.reverse, ..now });
}

fn set(model: &mut Model, side: Side, sort: Sort) {
    let height = model.pane_height();
    model.pane_mut(side).resort(sort, height);
}
