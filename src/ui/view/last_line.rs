//! The last line: the find or filter input, a message, the running operation, or key hints.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::engine::Level;
use crate::ui::action::Action;
use crate::ui::cells::{width, wrap};
use crate::ui::key::show_sequence;
use crate::ui::model::overlay::{Overlay, SearchInput, SearchKind};
use crate::ui::model::{Model, hints};
use crate::ui::theme::Role;
use crate::ui::update::operation::describe;
use crate::ui::view::paint::{after, clear, input, put, put_cut};
use crate::ui::view::pane::SPINNER_DELAY;

/// The maximum number of lines of a message.
const MESSAGE_LINES: usize = 4;

/// Draws the line; returns the position of the terminal cursor.
pub fn last_line(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if let Some(Overlay::Search(search)) = model.overlays.last() {
        return search_input(model, search, area, buffer);
    }
    let mut area = area;
    if !model.pending_keys.is_empty() {
        let typed = format!(" {} ", show_sequence(&model.pending_keys));
        let wide = (width(&typed) as u16).min(area.width);
        put(buffer, after(area, area.width - wide), &typed, model.theme.style(Role::Key));
        area.width -= wide;
    }
    if let Some(status) = &model.status {
        let role = match status.level {
            Level::Info => Role::Text,
            Level::Warning => Role::Warning,
            Level::Error => Role::Bad,
        };
        message(model, area, &status.text, model.theme.style(role), buffer);
        return None;
    }
    if let Some(running) =
        model.operations.last().filter(|running| model.now >= running.since + SPINNER_DELAY)
    {
        let stop = model.keymap.keys_of(Action::Cancel).into_iter().next().unwrap_or_default();
        let spin = model.glyphs.spin(model.now);
        let text = format!("{spin} {}; {stop} stops waiting", describe(&running.operation));
        put_cut(buffer, after(area, 1), &text, model.theme.style(Role::Spinner), model.glyphs.cut);
        return None;
    }
    for hint in hints::shown(model, area) {
        let wide = put(buffer, hint.area, &hint.key, model.theme.style(Role::Key));
        put(buffer, after(hint.area, wide + 1), &hint.text, model.theme.style(Role::Hint));
    }
    None
}

/// A message. Long messages use lines above, over the rows of the queue, because the cause of a
/// failure is often at the end.
fn message(model: &Model, area: Rect, text: &str, style: Style, buffer: &mut Buffer) {
    let cells = usize::from(area.width.saturating_sub(2));
    let lines = wrap(text, cells);
    let above = model.screen().map_or(0, |screen| usize::from(screen.queue.height));
    let most = (above + 1).min(MESSAGE_LINES);
    if lines.len() <= 1 || most == 1 {
        put_cut(buffer, after(area, 1), text, style, model.glyphs.cut);
        return;
    }
    let count = lines.len().min(most);
    for (at, line) in lines.iter().take(count).enumerate() {
        let row = Rect { y: area.y - (count - 1 - at) as u16, ..area };
        clear(buffer, row, style);
        let cut = if at + 1 == count && lines.len() > count { model.glyphs.cut } else { "" };
        put(buffer, after(row, 1), &format!("{line}{cut}"), style);
    }
}

fn search_input(
    model: &Model,
    search: &SearchInput,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let label = match search.kind {
        SearchKind::Find => " Find: ",
        SearchKind::Filter => " Filter: ",
        SearchKind::Rows => " Show lines containing: ",
    };
    let taken = put(buffer, area, label, model.theme.style(Role::Key));
    let mut rest = after(area, taken);
    if search.no_match {
        let text = "  no match ";
        let wide = (width(text) as u16).min(rest.width);
        rest.width -= wide;
        let area = Rect { x: rest.right(), width: wide, ..rest };
        put(buffer, area, text, model.theme.style(Role::Bad));
    }
    input(model, buffer, rest, &search.input, true)
}
