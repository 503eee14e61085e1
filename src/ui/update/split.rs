//! Sizes: of the terminal, of the panes, of the panel below.

use crate::ui::layout::queue_rows;
use crate::ui::model::Model;
use crate::ui::model::msg::Side;

/// The terminal has another size.
pub fn resize(model: &mut Model, width: u16, height: u16) {
    model.size = (width, height);
    settle(model);
}

/// Gives the left pane more of the width, in thousandths.
pub fn widen(model: &mut Model, by: i16) {
    set_left(model, model.splits.left.saturating_add_signed(by));
}

/// Sets the left pane's share of the width, in thousandths.
pub fn set_left(model: &mut Model, left: u16) {
    model.splits.left = left.clamp(100, 900);
}

/// Gives the panel below more rows.
pub fn grow_queue(model: &mut Model, by: i16) {
    let rows = queue_rows(model.size.1, model.splits.queue);
    set_queue(model, rows.saturating_add_signed(by));
}

/// Sets the rows of the panel below, as far as there is room.
pub fn set_queue(model: &mut Model, rows: u16) {
    model.splits.queue = Some(queue_rows(model.size.1, Some(rows)));
    settle(model);
}

/// Keeps all cursors in view.
fn settle(model: &mut Model) {
    let height = model.pane_height();
    for side in [Side::Left, Side::Right] {
        model.pane_mut(side).keep_in_view(height);
    }
    let height = model.queue_height();
    model.queue.keep_in_view(height);
}
