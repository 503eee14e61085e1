//! Creates a directory.

use crate::base::path::is_usable_name;
use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Operation, PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, Prompt, PromptKind};
use crate::ui::update::operation;

/// Asks for the name.
pub fn ask(model: &mut Model, side: PaneSide) {
    let Some(directory) = &model.pane(side).shown else {
        model.notify(Level::Info, "open a directory first");
        return;
    };
    let at = directory.at.clone();
    let label = format!("Name of the new directory in {at}");
    model.overlays.push(Overlay::Prompt(Prompt::new(
        PromptKind::MakeDir(at),
        side,
        "Create a directory",
        label,
        "",
    )));
}

/// Creates the directory with the typed name.
pub fn accept(
    model: &mut Model,
    dir: &Location,
    typed: &str,
    side: PaneSide,
    out: &mut Vec<UiEffect>,
) {
    let usable = typed
        .split('/')
        .filter(|name| !name.is_empty())
        .all(|name| is_usable_name(name.as_bytes()));
    if !usable {
        if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
            prompt.error = Some("“.” and “..” are not valid directory names".to_owned());
        }
        return;
    }
    model.overlays.pop();
    operation::start(model, side, Operation::MakeDir { at: dir.resolve(typed) }, out);
}
