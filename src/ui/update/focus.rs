//! Which part of the screen listens to keys.

use crate::ui::model::Model;

/// To the other pane; from the panel below back to the pane that listened before.
pub fn other_pane(model: &mut Model) {
    if model.in_queue {
        model.in_queue = false;
    } else {
        model.active = model.active.other();
    }
}

/// To the panel below, and back.
pub fn queue(model: &mut Model) {
    model.in_queue = !model.in_queue;
}

/// Swaps the panes; the one that listens goes with its content.
pub fn swap(model: &mut Model) {
    model.panes.swap(0, 1);
    for doing in &mut model.doing {
        doing.side = doing.side.other();
    }
    model.active = model.active.other();
}
