//! A text to read: help, facts, a server's answer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::model::overlay::Reading;
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, frame, line, position, put};

/// Draws the dialog.
pub fn reading(model: &Model, all: Rect, reading: &Reading, buffer: &mut Buffer) {
    let (dialog, inside) = frames::reading(all, reading);
    frame(model, buffer, dialog, &reading.title, Role::DialogTitle);
    let lines = frames::reading_lines(reading, usize::from(inside.width));
    let names = reading.names.min(usize::from(inside.width) / 2) as u16;
    let seen = lines.iter().skip(reading.scroll).take(usize::from(inside.height));
    for (at, (name, text, heading)) in (0..).zip(seen) {
        let place = line(inside, at);
        match name {
            Some(name) => {
                put(buffer, place, name, model.theme.style(Role::Key));
                put(buffer, after(place, names + 2), text, model.theme.style(Role::Text));
            }
            None => {
                let role = if *heading { Role::Heading } else { Role::Text };
                put(buffer, place, text, model.theme.style(role));
            }
        }
    }
    let seen = usize::from(inside.height);
    position(model, buffer, dialog, reading.scroll, seen, lines.len());
}
