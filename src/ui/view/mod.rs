//! Draws the screen: `draw(&Model, &mut Frame)`; drawing never changes the model.
//!
//! Every external text is escaped by `base::text::visible` before it is drawn, and every column has
//! a fixed area, so that no name can shift its neighbours.

pub mod form;
pub mod job;
pub mod last_line;
pub mod list_dialog;
pub mod log;
pub mod paint;
pub mod pane;
pub mod panel;
pub mod prompt;
pub mod question;
pub mod row;
pub mod text_dialog;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::ui::layout::SMALLEST;
use crate::ui::model::Model;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::Overlay;
use crate::ui::model::queue::Tab;
use crate::ui::theme::Role;

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let cursor = paint_all(model, area, frame.buffer_mut());
    if let Some(cursor) = cursor.filter(|cursor| area.contains(*cursor)) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws the screen into a buffer; returns the position of the terminal cursor.
fn paint_all(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    buffer.set_style(area, model.theme.style(Role::Text));
    let Some(screen) = model.screen().filter(|screen| area.union(screen.all) == area) else {
        too_small(model, area, buffer);
        return None;
    };
    for side in [PaneSide::Left, PaneSide::Right] {
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
    let mut cursor = last_line::last_line(model, screen.hints, buffer);
    for overlay in &model.overlays {
        cursor = match overlay {
            Overlay::Text(text_dialog) => {
                text_dialog::text_dialog(model, screen.all, text_dialog, buffer);
                None
            }
            Overlay::List(list_dialog) => {
                list_dialog::list_dialog(model, screen.all, list_dialog, buffer)
            }
            Overlay::Prompt(prompt) => prompt::prompt(model, screen.all, prompt, buffer),
            Overlay::Transfer(form) => form::form(model, screen.all, form, buffer),
            Overlay::Question(question) => {
                question::question(model, screen.all, question, buffer);
                None
            }
            // drawn in the last line
            Overlay::Search(_) => cursor,
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
