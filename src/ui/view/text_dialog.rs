//! A text dialog: help, properties, a server's reply.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::model::overlay::TextDialog;
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, frame, line, position, put};

/// Draws the dialog.
pub fn text_dialog(model: &Model, all: Rect, text_dialog: &TextDialog, buffer: &mut Buffer) {
    let (dialog, inside) = frames::text_dialog(all, text_dialog);
    frame(model, buffer, dialog, &text_dialog.title, Role::DialogTitle);
    let lines = frames::text_lines(text_dialog, usize::from(inside.width));
    let names = text_dialog.names.min(usize::from(inside.width) / 2) as u16;
    let visible = lines.iter().skip(text_dialog.scroll).take(usize::from(inside.height));
    for (at, (name, text, heading)) in (0..).zip(visible) {
        let row = line(inside, at);
        match name {
            Some(name) => {
                put(buffer, row, name, model.theme.style(Role::Key));
                put(buffer, after(row, names + 2), text, model.theme.style(Role::Text));
            }
            None => {
                let role = if *heading { Role::Heading } else { Role::Text };
                put(buffer, row, text, model.theme.style(role));
            }
        }
    }
    let height = usize::from(inside.height);
    position(model, buffer, dialog, text_dialog.scroll, height, lines.len());
}
