//! Which entries are shown.

use crate::engine::Level;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::{Overlay, Seek, Seeking};

/// Opens the line for the filter.
pub fn open(model: &mut Model, side: Side) {
    let pane = model.pane(side);
    model.overlays.push(Overlay::Seek(Seek {
        kind: Seeking::Filter,
        side,
        input: Input::new(pane.filter.clone()),
        cursor: pane.cursor,
        filter: pane.filter.clone(),
        lost: false,
    }));
}

/// Shows or hides names that begin with a dot.
pub fn hidden(model: &mut Model, side: Side) {
    let height = model.pane_height();
    let pane = model.pane_mut(side);
    pane.hidden = !pane.hidden;
    pane.reorder(height);
    let word = if pane.hidden { "shown" } else { "not shown" };
    model.say(Level::Info, format!("names that begin with a dot are {word}"));
}
