//! Changes permissions.

use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Act, Effect, Side};
use crate::ui::model::overlay::{Overlay, Prompt, Prompting};
use crate::ui::update::wait;

/// Asks for the mode.
pub fn ask(model: &mut Model, side: Side) {
    let pane = model.pane(side);
    let Some(directory) = &pane.shown else { return };
    let targets = pane.targets();
    let at: Vec<Location> =
        targets.iter().filter_map(|entry| directory.at.child(&entry.name)).collect();
    if at.is_empty() {
        model.say(Level::Info, "select an entry first");
        return;
    }
    let what = match &at[..] {
        [one] => one.to_string(),
        more => format!("{} entries", more.len()),
    };
    let mode = targets.first().and_then(|entry| entry.perms.as_ref()?.mode());
    model.overlays.push(Overlay::Prompt(Prompt::new(
        Prompting::Chmod(at),
        side,
        "Change permissions",
        format!("Permissions of {what}, in octal: 644, 755 …"),
        mode.map_or_else(String::new, |mode| format!("{mode:03o}")),
    )));
}

/// A mode was typed.
pub fn accept(
    model: &mut Model,
    at: Vec<Location>,
    typed: &str,
    side: Side,
    out: &mut Vec<Effect>,
) {
    match u32::from_str_radix(typed.trim(), 8) {
        Ok(mode) if mode <= 0o7777 => {
            model.overlays.pop();
            wait::begin(model, side, Act::Chmod { at, mode }, out);
        }
        _ => {
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.error = Some("write three or four digits from 0 to 7".to_owned());
            }
        }
    }
}
