//! Renames one entry.

use crate::base::path::is_usable_name;
use crate::base::text;
use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Act, Effect, Side};
use crate::ui::model::overlay::{Overlay, Prompt, Prompting};
use crate::ui::update::wait;

/// True when the key for moving means renaming: both panes show the same directory, and one
/// entry is meant.
#[must_use]
pub fn is_meant(model: &Model, side: Side) -> bool {
    let (pane, other) = (model.pane(side), model.pane(side.other()));
    let same = match (pane.at(), other.at()) {
        (Some(a), Some(b)) => a.same(b),
        // there is no other directory to move to
        _ => true,
    };
    same && pane.marks.count() <= 1
}

/// Asks for the new name.
pub fn ask(model: &mut Model, side: Side) {
    let pane = model.pane(side);
    let targets = pane.targets();
    let (Some(directory), [entry]) = (&pane.shown, &targets[..]) else {
        model.say(Level::Info, "renaming needs exactly one entry");
        return;
    };
    let name = text::visible(&entry.name);
    let kind = Prompting::Rename { dir: directory.at.clone(), name: entry.name.clone() };
    let label = format!("New name of {name}; with / it moves");
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, side, "Rename", label, name)));
}

/// A new name was typed.
pub fn accept(
    model: &mut Model,
    dir: &Location,
    name: &[u8],
    typed: &str,
    side: Side,
    out: &mut Vec<Effect>,
) {
    if typed.as_bytes() == name || typed == text::visible(name) {
        model.overlays.pop();
        return;
    }
    let to = dir.resolve(typed);
    let known = model.pane(side).shown.as_ref().filter(|shown| shown.at.same(dir));
    let taken = known
        .is_some_and(|shown| shown.entries.iter().any(|entry| entry.name[..] == *typed.as_bytes()));
    let refusal = if taken {
        // most servers would replace the other one without a word
        Some("there is an entry of that name; delete or rename that one first")
    } else if !is_usable_name(to.name()) {
        Some("“.” and “..” are no names")
    } else {
        None
    };
    if let Some(refusal) = refusal {
        if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
            prompt.error = Some(refusal.to_owned());
        }
        return;
    }
    model.overlays.pop();
    let Some(from) = dir.child(name) else {
        let name = text::visible(name);
        model.say(Level::Warning, format!("{name}: no FTP command can carry this name"));
        return;
    };
    wait::begin(model, side, Act::Rename { from, to: to.to_remote_path() }, out);
}
