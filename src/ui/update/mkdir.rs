//! Makes a directory.

use crate::base::path::is_usable_name;
use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Act, Effect, Side};
use crate::ui::model::overlay::{Overlay, Prompt, Prompting};
use crate::ui::update::wait;

/// Asks for the name.
pub fn ask(model: &mut Model, side: Side) {
    let Some(directory) = &model.pane(side).shown else {
        model.say(Level::Info, "open a directory first");
        return;
    };
    let at = directory.at.clone();
    let label = format!("Name of the new directory in {at}");
    model.overlays.push(Overlay::Prompt(Prompt::new(
        Prompting::MakeDir(at),
        side,
        "Make a directory",
        label,
        "",
    )));
}

/// A name was typed.
pub fn accept(model: &mut Model, dir: &Location, typed: &str, side: Side, out: &mut Vec<Effect>) {
    let usable = typed
        .split('/')
        .filter(|part| !part.is_empty())
        .all(|part| is_usable_name(part.as_bytes()));
    if !usable {
        if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
            prompt.error = Some("“.” and “..” are no names of directories".to_owned());
        }
        return;
    }
    model.overlays.pop();
    wait::begin(model, side, Act::MakeDir { at: dir.resolve(typed) }, out);
}
