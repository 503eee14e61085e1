//! Moves the focus between the panes and the queue panel.

use crate::ui::model::Model;

/// Moves the focus to the other pane; from the queue panel back to the active pane.
pub fn other_pane(model: &mut Model) {
    if model.in_queue {
        model.in_queue = false;
    } else {
        model.active = model.active.other();
    }
}

/// Moves the focus to the queue panel, or back.
pub fn queue(model: &mut Model) {
    model.in_queue = !model.in_queue;
}

/// Swaps the panes; the focus moves with the content.
pub fn swap(model: &mut Model) {
    model.panes.swap(0, 1);
    for running in &mut model.operations {
        running.side = running.side.other();
    }
    model.active = model.active.other();
}
