//! The copy dialog: sources, target and rules.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::queue::JobKind;
use crate::ui::cells::width;
use crate::ui::model::overlay::{FormField, TransferForm};
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::update::copy;
use crate::ui::view::paint::{after, buttons, frame, input, line, position, put, put_cut, put_end};

/// Draws the dialog; returns the position of the terminal cursor.
pub fn form(
    model: &Model,
    all: Rect,
    form: &TransferForm,
    buffer: &mut Buffer,
) -> Option<Position> {
    let areas = frames::form(all, form, &copy::remark(form));
    let cut = model.glyphs.cut;
    let (text, dim) = (model.theme.style(Role::Text), model.theme.style(Role::Dim));
    let title = match form.kind {
        JobKind::Move => "Move",
        JobKind::Mirror => "Mirror",
        JobKind::Copy | JobKind::Delete => "Copy",
    };
    frame(model, buffer, areas.dialog, title, Role::DialogTitle);
    put_cut(buffer, areas.summary, &form.summary, model.theme.style(Role::DialogTitle), cut);
    put(buffer, areas.from, "From", dim);
    put_end(buffer, after(areas.from, frames::FIELD_LABEL), &form.from.to_string(), text, cut);
    let role = if form.error.is_some() { Role::Bad } else { Role::Dim };
    for (at, remark) in (0..).zip(&areas.remark_lines) {
        let area = after(line(areas.remark, at), frames::FIELD_LABEL);
        put(buffer, area, remark, model.theme.style(role));
    }
    let mut cursor = None;
    let fields = FormField::of(form.kind);
    let (lines, last) = areas.fields.split_at(fields.len() - 2);
    for (field, area) in fields.iter().copied().zip(lines.iter().copied()) {
        if area.is_empty() {
            continue;
        }
        put(buffer, area, field.title(), dim);
        let rest = after(area, frames::FIELD_LABEL);
        match copy::choices(form, field) {
            Some((names, chosen)) => {
                choices(model, &names, chosen, form.field == field, rest, buffer);
            }
            None => cursor = input(model, buffer, rest, &form.target, form.field == field),
        }
    }
    let on = match form.field {
        FormField::Cancel => Some(1),
        // Enter starts the job from every other field too
        _ => Some(0),
    };
    let names =
        [FormField::Start, FormField::Cancel].map(|field| frames::button_label(form, field));
    buttons(model, buffer, last, &names, on);
    let (first, visible, choices) = areas.visible;
    position(model, buffer, areas.dialog, first, visible, choices);
    cursor
}

/// All choices in a row, with the current one in brackets; only the current one if there is no room
/// for all.
fn choices(
    model: &Model,
    names: &[&str],
    chosen: usize,
    active: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let [open, close] = model.glyphs.choice;
    let all: usize = names.iter().map(|name| width(name) + 3).sum();
    let fits = all <= usize::from(area.width);
    let mut rest = area;
    for (at, name) in names.iter().enumerate() {
        let current = at == chosen;
        if !current && !fits {
            continue;
        }
        let text = if current { format!("{open}{name}{close}") } else { format!(" {name} ") };
        let role = match (current, active) {
            (true, true) => Role::ButtonActive,
            (true, false) => Role::Chosen,
            (false, _) => Role::Button,
        };
        let taken = put(buffer, rest, &text, model.theme.style(role));
        rest = after(rest, taken + 1);
    }
}
