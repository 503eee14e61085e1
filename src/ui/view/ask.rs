//! A question with buttons.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::model::overlay::{Ask, Weight};
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::view::paint::{buttons, frame, line, put};

/// Draws the dialog.
pub fn ask(model: &Model, all: Rect, ask: &Ask, buffer: &mut Buffer) {
    let place = frames::ask(all, ask);
    let title = match ask.weight {
        Weight::Plain => Role::DialogTitle,
        Weight::Grave => Role::Bad,
    };
    frame(model, buffer, place.dialog, &ask.title, title);
    for (at, text) in (0..).zip(&place.lines) {
        put(buffer, line(place.body, at), text, model.theme.style(Role::Text));
    }
    let labels: Vec<&str> = ask.choices.iter().map(String::as_str).collect();
    buttons(model, buffer, &place.buttons, &labels, Some(ask.cursor));
}
