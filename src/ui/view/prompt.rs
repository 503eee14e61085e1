//! A line to type, in a dialog.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::ui::model::overlay::Prompt;
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::view::paint::{frame, input, line, put};

/// Draws the dialog; returns where the terminal's cursor stands.
pub fn prompt(model: &Model, all: Rect, prompt: &Prompt, buffer: &mut Buffer) -> Option<Position> {
    let place = frames::prompt(all, prompt);
    frame(model, buffer, place.dialog, &prompt.title, Role::DialogTitle);
    for (at, text) in (0..).zip(&place.label_lines) {
        put(buffer, line(place.label, at), text, model.theme.style(Role::Text));
    }
    for (at, text) in (0..).zip(&place.error_lines) {
        put(buffer, line(place.error, at), text, model.theme.style(Role::Bad));
    }
    input(model, buffer, place.input, &prompt.input, true)
}
