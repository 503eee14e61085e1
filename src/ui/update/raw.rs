//! Sends a raw FTP command to the server.

use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Operation, PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, Prompt, PromptKind};
use crate::ui::update::operation;

/// Asks for the command.
pub fn ask(model: &mut Model, side: PaneSide) {
    let Some(at) = model.pane(side).at().filter(|at| at.remote().is_some()).cloned() else {
        model.notify(Level::Info, "this pane does not show a server");
        return;
    };
    let label = format!("Command for {}, such as HELP, STAT, SITE HELP", at.label());
    model.overlays.push(Overlay::Prompt(Prompt::new(
        PromptKind::Raw(at),
        side,
        "Send a command",
        label,
        "",
    )));
}

/// Sends the typed command.
pub fn accept(
    model: &mut Model,
    at: &Location,
    line: String,
    side: PaneSide,
    out: &mut Vec<UiEffect>,
) {
    let Location::Remote { site, path } = at else { return };
    model.overlays.pop();
    let (site, cwd) = (site.clone(), path.clone());
    operation::start(model, side, Operation::Raw { site, cwd, line }, out);
}
