//! Sends a command to the server as it is.

use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Act, Effect, Side};
use crate::ui::model::overlay::{Overlay, Prompt, Prompting};
use crate::ui::update::wait;

/// Asks for the command.
pub fn ask(model: &mut Model, side: Side) {
    let Some(at) = model.pane(side).at().filter(|at| at.remote().is_some()).cloned() else {
        model.say(Level::Info, "this pane shows no server");
        return;
    };
    let label = format!("Command for {}, such as HELP, STAT, SITE HELP", at.label());
    model.overlays.push(Overlay::Prompt(Prompt::new(
        Prompting::Raw(at),
        side,
        "Send a command",
        label,
        "",
    )));
}

/// A command was typed.
pub fn accept(model: &mut Model, at: &Location, line: String, side: Side, out: &mut Vec<Effect>) {
    let Location::Remote { site, path } = at else { return };
    model.overlays.pop();
    let (site, cwd) = (site.clone(), path.clone());
    wait::begin(model, side, Act::Raw { site, cwd, line }, out);
}
