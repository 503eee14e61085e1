//! A prompt: a dialog with one text input.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::ui::model::overlay::Prompt;
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::view::paint::{frame, input, line, put};

/// Draws the dialog; returns the position of the terminal cursor.
pub fn prompt(model: &Model, all: Rect, prompt: &Prompt, buffer: &mut Buffer) -> Option<Position> {
    let areas = frames::prompt(all, prompt);
    frame(model, buffer, areas.dialog, &prompt.title, Role::DialogTitle);
    for (at, text) in (0..).zip(&areas.label_lines) {
        put(buffer, line(areas.label, at), text, model.theme.style(Role::Text));
    }
    for (at, text) in (0..).zip(&areas.error_lines) {
        put(buffer, line(areas.error, at), text, model.theme.style(Role::Bad));
    }
    input(model, buffer, areas.input, &prompt.input, true)
}
