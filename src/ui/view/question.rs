//! A question with buttons.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::model::overlay::{QuestionDialog, Severity};
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::view::paint::{buttons, frame, line, put};

/// Draws the dialog.
pub fn question(model: &Model, all: Rect, question: &QuestionDialog, buffer: &mut Buffer) {
    let areas = frames::question(all, question);
    let title = match question.severity {
        Severity::Normal => Role::DialogTitle,
        Severity::Danger => Role::Bad,
    };
    frame(model, buffer, areas.dialog, &question.title, title);
    for (at, text) in (0..).zip(&areas.lines) {
        put(buffer, line(areas.body, at), text, model.theme.style(Role::Text));
    }
    let labels: Vec<&str> = question.choices.iter().map(String::as_str).collect();
    buttons(model, buffer, &areas.buttons, &labels, Some(question.cursor));
}
