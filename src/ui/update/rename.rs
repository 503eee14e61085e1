//! Renames one entry.

use crate::base::path::is_usable_name;
use crate::base::text;
use crate::engine::Level;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Operation, PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, Prompt, PromptKind};
use crate::ui::update::operation;

/// True if the move action renames: both panes show the same directory, and at most one entry is
/// selected.
#[must_use]
pub fn applies_to_move(model: &Model, side: PaneSide) -> bool {
    let (pane, other) = (model.pane(side), model.pane(side.other()));
    let same = match (pane.at(), other.at()) {
        (Some(a), Some(b)) => a.same(b),
        // there is no target directory
        _ => true,
    };
    same && pane.marks.count() <= 1
}

/// Asks for the new name.
pub fn ask(model: &mut Model, side: PaneSide) {
    let pane = model.pane(side);
    let targets = pane.targets();
    let (Some(directory), [entry]) = (&pane.shown, &targets[..]) else {
        model.notify(Level::Info, "select exactly one entry to rename");
        return;
    };
    let name = text::visible(&entry.name);
    let kind = PromptKind::Rename { dir: directory.at.clone(), name: entry.name.clone() };
    let label = format!("New name of {name}, or a path to move it");
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, side, "Rename", label, name)));
}

/// Renames the entry to the typed name.
pub fn accept(
    model: &mut Model,
    dir: &Location,
    name: &[u8],
    typed: &str,
    side: PaneSide,
    out: &mut Vec<UiEffect>,
) {
    if typed.as_bytes() == name || typed == text::visible(name) {
        model.overlays.pop();
        return;
    }
    let to = dir.resolve(typed);
    let known = model.pane(side).shown.as_ref().filter(|shown| shown.at.same(dir));
    let exists = known
        .is_some_and(|shown| shown.entries.iter().any(|entry| entry.name[..] == *typed.as_bytes()));
    let refusal = if exists {
        // most servers would silently overwrite the other entry
        Some("an entry with this name already exists; delete or rename it first")
    } else if !is_usable_name(to.name()) {
        Some("“.” and “..” are not valid names")
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
        model.notify(Level::Warning, format!("{name}: this name cannot be sent in an FTP command"));
        return;
    };
    let to = to.to_remote_path();
    operation::start(model, side, Operation::Rename { from, to }, out);
}
