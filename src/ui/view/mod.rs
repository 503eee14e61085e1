//! How the screen looks: `draw(&Model, &mut Frame)`; looking changes nothing.
//!
//! Every text from outside has gone through `base::text::visible` before it is put into a cell,
//! and every column has its own place, so that no name can shift what is beside it.

pub mod ask;
pub mod choose;
pub mod form;
pub mod job;
pub mod last;
pub mod log;
pub mod paint;
pub mod pane;
pub mod panel;
pub mod prompt;
pub mod reading;
pub mod row;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::ui::layout::SMALLEST;
use crate::ui::model::Model;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::Overlay;
use crate::ui::model::queue::Tab;
use crate::ui::theme::Role;

/// Draws everything.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let cursor = paint_all(model, area, frame.buffer_mut());
    if let Some(cursor) = cursor.filter(|cursor| area.contains(*cursor)) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws everything into a buffer; returns where the terminal's cursor is to be shown.
fn paint_all(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    buffer.set_style(area, model.theme.style(Role::Text));
    let Some(screen) = model.screen().filter(|screen| area.union(screen.all) == area) else {
        too_small(model, area, buffer);
        return None;
    };
    for side in [Side::Left, Side::Right] {
        pane::pane(model, side, screen.panes[side as usize], buffer);
    }
    let border = model.theme.style(Role::Border);
    for y in screen.separator.top()..screen.separator.bottom() {
        paint::put(
            buffer,
            Rect { y, height: 1, ..screen.separator },
            model.glyphs.vertical,
            border,
        );
    }
    panel::bar(model, screen.bar, buffer);
    match model.queue.tab {
        Tab::Log => log::log(model, screen.queue, buffer),
        Tab::Queue | Tab::Jobs | Tab::Failed => panel::rows(model, screen.queue, buffer),
    }
    let mut cursor = last::last(model, screen.hints, buffer);
    for overlay in &model.overlays {
        cursor = match overlay {
            Overlay::Reading(reading) => {
                reading::reading(model, screen.all, reading, buffer);
                None
            }
            Overlay::Choose(choose) => choose::choose(model, screen.all, choose, buffer),
            Overlay::Prompt(prompt) => prompt::prompt(model, screen.all, prompt, buffer),
            Overlay::Transfer(form) => form::form(model, screen.all, form, buffer),
            Overlay::Ask(ask) => {
                ask::ask(model, screen.all, ask, buffer);
                None
            }
            // in the last line
            Overlay::Seek(_) => cursor,
        };
    }
    cursor
}

fn too_small(model: &Model, area: Rect, buffer: &mut Buffer) {
    let (width, height) = SMALLEST;
    let long =
        format!("fxpane needs {width}x{height}, this terminal has {}x{}", area.width, area.height);
    let short = format!("needs {width}x{height}");
    let room = usize::from(area.width);
    let text = if crate::ui::cells::width(&long) <= room { long } else { short };
    let line = Rect { height: area.height.min(1), ..area };
    paint::put_cut(buffer, line, &text, model.theme.style(Role::Warning), model.glyphs.cut);
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
