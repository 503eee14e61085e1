//! Questions before something is lost.

use crate::ui::model::Model;
use crate::ui::model::overlay::{Ask, Asking, Overlay, Weight};

/// Asks before something is cancelled.
pub fn ask_cancel(model: &mut Model, title: &str, body: Vec<String>, about: Asking) {
    ask_grave(model, title, body, ["Cancel them", "Let them go on"], about);
}

/// A question whose second button is the safe one.
pub fn ask_grave(
    model: &mut Model,
    title: &str,
    body: Vec<String>,
    choices: [&str; 2],
    about: Asking,
) {
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: title.to_owned(),
        body,
        weight: Weight::Grave,
        choices: choices.map(str::to_owned).to_vec(),
        cursor: 1,
        safe: 1,
        about,
        raised: None,
    })));
}
