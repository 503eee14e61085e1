//! Changes the sizes of the screen, the panes and the queue panel.

use crate::ui::layout::queue_rows;
use crate::ui::model::Model;
use crate::ui::model::msg::PaneSide;

/// Handles a new size of the terminal.
pub fn resize(model: &mut Model, width: u16, height: u16) {
    model.size = (width, height);
    keep_cursors_in_view(model);
}

/// Widens the left pane by thousandths of the screen.
pub fn widen(model: &mut Model, by: i16) {
    set_left(model, model.splits.left.saturating_add_signed(by));
}

/// Sets the width of the left pane, in thousandths of the screen.
pub fn set_left(model: &mut Model, left: u16) {
    model.splits.left = left.clamp(100, 900);
}

/// Adds rows to the queue panel.
pub fn grow_queue(model: &mut Model, by: i16) {
    let rows = queue_rows(model.size.1, model.splits.queue);
    set_queue(model, rows.saturating_add_signed(by));
}

/// Sets the number of rows of the queue panel, limited by the available room.
pub fn set_queue(model: &mut Model, rows: u16) {
    model.splits.queue = Some(queue_rows(model.size.1, Some(rows)));
    keep_cursors_in_view(model);
}

/// Scrolls so that all cursors are visible.
fn keep_cursors_in_view(model: &mut Model) {
    let height = model.pane_height();
    for side in [PaneSide::Left, PaneSide::Right] {
        model.pane_mut(side).keep_in_view(height);
    }
    let height = model.queue_height();
    model.queue.keep_in_view(height);
}
