//! Changes permissions.

use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Operation, PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, Prompt, PromptKind};
use crate::ui::update::operation;

/// Asks for the new mode.
pub fn ask(model: &mut Model, side: PaneSide) {
    let pane = model.pane(side);
    let Some(directory) = &pane.shown else { return };
    let targets = pane.targets();
    let at: Vec<Location> =
        targets.iter().filter_map(|entry| directory.at.child(&entry.name)).collect();
    if at.is_empty() {
        model.notify(Level::Info, "no entry selected");
        return;
    }
    let what = match &at[..] {
        [one] => one.to_string(),
        more => format!("{} entries", more.len()),
    };
    let mode = targets.first().and_then(|entry| entry.perms.as_ref()?.mode());
    model.overlays.push(Overlay::Prompt(Prompt::new(
        PromptKind::Chmod(at),
        side,
        "Change permissions",
        format!("New permissions of {what}, in octal: 644, 755 …"),
        mode.map_or_else(String::new, |mode| format!("{mode:03o}")),
    )));
}

/// Handles the typed mode.
pub fn accept(
    model: &mut Model,
    at: Vec<Location>,
    typed: &str,
    side: PaneSide,
    out: &mut Vec<UiEffect>,
) {
    match u32::from_str_radix(typed.trim(), 8) {
        Ok(mode) if mode <= 0o7777 => {
            model.overlays.pop();
            operation::start(model, side, Operation::Chmod { at, mode }, out);
        }
        _ => {
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.error =
                    Some("not a valid mode; type three or four digits from 0 to 7".to_owned());
            }
        }
    }
}
