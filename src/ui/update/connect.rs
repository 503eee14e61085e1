//! Opens an address that the user types, or a path of the site shown.

use crate::base::text;
use crate::engine::Level;
use crate::site::{Location, LocationError};
use crate::ui::model::msg::{Effect, Side};
use crate::ui::model::overlay::{Overlay, Prompt, Prompting};
use crate::ui::model::pane::Way;
use crate::ui::model::{Model, Past};
use crate::ui::update::go;

/// How many addresses are remembered.
const PAST: usize = 50;

/// Asks for an address.
pub fn ask(model: &mut Model, side: Side) {
    let label = "ftp://USER@HOST/PATH, ftpes:// or ftps:// for TLS, SITE:PATH, or a local path";
    model.overlays.push(Overlay::Prompt(Prompt::new(
        Prompting::Connect,
        side,
        "Open an address",
        label,
        "",
    )));
}

/// Asks for a path of the site shown.
pub fn ask_path(model: &mut Model, side: Side) {
    let Some(at) = model.pane(side).at().cloned() else {
        ask(model, side);
        return;
    };
    let title = format!("Go to a path of {}", at.label());
    let typed = at.path_text();
    model.overlays.push(Overlay::Prompt(Prompt::new(
        Prompting::GoTo(at),
        side,
        title,
        "Path, from the root or from here",
        typed,
    )));
}

/// An address was typed: find out what it means. An address taken from the history is known.
pub fn accept(model: &mut Model, typed: &str, side: Side, out: &mut Vec<Effect>) {
    let known = model.history.iter().rev().find(|past| past.text == typed);
    if let Some(past) = known {
        let location = past.location.clone();
        model.overlays.pop();
        go_there(model, location, side, out);
        return;
    }
    if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
        prompt.waiting = true;
    }
    out.push(Effect::Parse(typed.to_owned()));
}

/// What a typed address means is known.
pub fn parsed(
    model: &mut Model,
    result: Result<Location, LocationError>,
    side: Side,
    out: &mut Vec<Effect>,
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

/// A path was typed. The path that was shown is kept byte by byte, whatever of it can be shown.
pub fn accept_path(
    model: &mut Model,
    from: &Location,
    typed: &str,
    side: Side,
    out: &mut Vec<Effect>,
) {
    let at = if typed == from.path_text() { from.clone() } else { from.resolve(typed) };
    model.overlays.pop();
    go::list(model, side, at, Way::Go, None, out);
}

fn go_there(model: &mut Model, location: Location, side: Side, out: &mut Vec<Effect>) {
    remember(model, &location);
    go::list(model, side, location, Way::Go, None, out);
    out.push(Effect::Remember(model.history.iter().map(|past| past.text.clone()).collect()));
}

/// Keeps an address for the next time: as a URL without password, so that what was typed there
/// is never shown again; the password itself stays with the location while the program runs.
fn remember(model: &mut Model, location: &Location) {
    let text = location.to_url().unwrap_or_else(|| location.to_string());
    let text = text::visible_str(&text);
    model.history.retain(|past| past.text != text);
    if model.history.len() >= PAST {
        model.history.remove(0);
    }
    model.history.push(Past { text, location: location.clone() });
}

/// Shows an older or newer address in the line.
pub fn older(model: &mut Model, older: bool) {
    let total = model.history.len();
    let past =
        |back: usize| model.history.get(total.checked_sub(back + 1)?).map(|p| p.text.clone());
    let Some(Overlay::Prompt(prompt)) = model.overlays.last() else { return };
    if prompt.kind != Prompting::Connect {
        return;
    }
    let (next, text) = match (&prompt.older, older) {
        (None, true) => match past(0) {
            Some(text) => (Some((0, prompt.input.text().to_owned())), text),
            None => {
                model.say(Level::Info, "no address was opened before");
                return;
            }
        },
        (Some((back, draft)), true) => match past(back + 1) {
            Some(text) => (Some((back + 1, draft.clone())), text),
            None => return,
        },
        (None, false) => return,
        (Some((0, draft)), false) => (None, draft.clone()),
        (Some((back, draft)), false) => match past(back - 1) {
            Some(text) => (Some((back - 1, draft.clone())), text),
            None => return,
        },
    };
    if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
        prompt.older = next;
        prompt.input.set(text);
        prompt.error = None;
    }
}
