//! Opens a typed address, or a typed path on the current site.

use crate::base::text;
use crate::engine::Level;
use crate::site::{Location, LocationError};
use crate::ui::model::msg::{PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, Prompt, PromptKind};
use crate::ui::model::pane::Navigation;
use crate::ui::model::{HistoryEntry, Model};
use crate::ui::update::navigate;

/// The maximum length of the history of addresses.
const MAX_HISTORY: usize = 50;

/// Asks for an address.
pub fn ask(model: &mut Model, side: PaneSide) {
    let label = "ftp://USER@HOST/PATH, ftpes:// or ftps:// for TLS, SITE:PATH, or a local path";
    model.overlays.push(Overlay::Prompt(Prompt::new(
        PromptKind::Connect,
        side,
        "Open an address",
        label,
        "",
    )));
}

/// Asks for a path on the current site.
pub fn ask_path(model: &mut Model, side: PaneSide) {
    let Some(at) = model.pane(side).at().cloned() else {
        ask(model, side);
        return;
    };
    let title = format!("Go to a path on {}", at.label());
    let typed = at.path_text();
    model.overlays.push(Overlay::Prompt(Prompt::new(
        PromptKind::GoTo(at),
        side,
        title,
        "Absolute path, or path relative to this directory",
        typed,
    )));
}

/// Resolves the typed address. Addresses of the history are known already.
pub fn accept(model: &mut Model, typed: &str, side: PaneSide, out: &mut Vec<UiEffect>) {
    let known = model.history.iter().rev().find(|entry| entry.text == typed);
    if let Some(entry) = known {
        let location = entry.location.clone();
        model.overlays.pop();
        go_there(model, location, side, out);
        return;
    }
    if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
        prompt.waiting = true;
    }
    out.push(UiEffect::Parse(typed.to_owned()));
}

/// Opens the resolved address, or shows why it is invalid.
pub fn parsed(
    model: &mut Model,
    result: Result<Location, LocationError>,
    side: PaneSide,
    out: &mut Vec<UiEffect>,
) {
    match result {
        Ok(location) => {
            model.overlays.pop();
            go_there(model, location, side, out);
        }
        Err(error) => {
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.waiting = false;
                prompt.error = Some(error.to_string());
            }
        }
    }
}

/// Opens the typed path. If the text was not edited, the original path is used, because its bytes
/// may not be displayable.
pub fn accept_path(
    model: &mut Model,
    from: &Location,
    typed: &str,
    side: PaneSide,
    out: &mut Vec<UiEffect>,
) {
    let at = if typed == from.path_text() { from.clone() } else { from.resolve(typed) };
    model.overlays.pop();
    navigate::list(model, side, at, Navigation::Go, None, out);
}

fn go_there(model: &mut Model, location: Location, side: PaneSide, out: &mut Vec<UiEffect>) {
    remember(model, &location);
    navigate::list(model, side, location, Navigation::Go, None, out);
    out.push(UiEffect::Remember(model.history.iter().map(|entry| entry.text.clone()).collect()));
}

/// Adds an address to the history, as a URL without password, so that the password is never shown;
/// the location keeps the password while the program runs.
fn remember(model: &mut Model, location: &Location) {
    let text = location.to_url().unwrap_or_else(|| location.to_string());
    let text = text::visible_str(&text);
    model.history.retain(|entry| entry.text != text);
    if model.history.len() >= MAX_HISTORY {
        model.history.remove(0);
    }
    model.history.push(HistoryEntry { text, location: location.clone() });
}

/// Replaces the input with an older or newer address of the history.
pub fn older(model: &mut Model, older: bool) {
    let total = model.history.len();
    let entry =
        |back: usize| model.history.get(total.checked_sub(back + 1)?).map(|p| p.text.clone());
    let Some(Overlay::Prompt(prompt)) = model.overlays.last() else { return };
    if prompt.kind != PromptKind::Connect {
        return;
    }
    let (next, text) = match (&prompt.history, older) {
        (None, true) => match entry(0) {
            Some(text) => (Some((0, prompt.input.text().to_owned())), text),
            None => {
                model.notify(Level::Info, "no previous addresses");
                return;
            }
        },
        (Some((back, draft)), true) => match entry(back + 1) {
            Some(text) => (Some((back + 1, draft.clone())), text),
            None => return,
        },
        (None, false) => return,
        (Some((0, draft)), false) => (None, draft.clone()),
        (Some((back, draft)), false) => match entry(back - 1) {
            Some(text) => (Some((back - 1, draft.clone())), text),
            None => return,
        },
    };
    if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
        prompt.history = next;
        prompt.input.set(text);
        prompt.error = None;
    }
}
