//! Stops waiting, or clears the filter.

use crate::engine::Level;
use crate::ui::model::Model;
use crate::ui::model::msg::UiEffect;
use crate::ui::update::{operation, queue_filter};

/// Cancels the first of these that exists: the listing of the active pane, the latest operation,
/// the filter, the message.
pub fn cancel(model: &mut Model, out: &mut Vec<UiEffect>) {
    if model.in_queue {
        if !queue_filter::clear(model) {
            model.in_queue = false;
        }
        return;
    }
    let side = model.active;
    if let Some(wait) = model.pane_mut(side).wait.take() {
        out.push(UiEffect::Abandon(wait.ticket));
        model.notify(Level::Info, format!("stopped waiting for {}", wait.at));
    } else if let Some(running) = model.operations.pop() {
        out.push(UiEffect::Abandon(running.ticket));
        // the server may have completed it: list the directory again
        if running.operation.changes() {
            model.pane_mut(running.side).stale = true;
        }
        model.notify(
            Level::Info,
            format!("stopped waiting for the server: {}", operation::describe(&running.operation)),
        );
    } else if model.pane(side).filter.is_empty() {
        model.status = None;
    } else {
        let height = model.pane_height();
        let pane = model.pane_mut(side);
        pane.filter.clear();
        pane.reorder(height);
    }
}
