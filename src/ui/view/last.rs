//! The last line: find and filter, else a message, else what is being done, else hints.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::engine::Level;
use crate::ui::action::Action;
use crate::ui::cells::{width, wrap};
use crate::ui::key::show_sequence;
use crate::ui::model::overlay::{Overlay, Seek, Seeking};
use crate::ui::model::{Model, hints};
use crate::ui::theme::Role;
use crate::ui::update::wait::words;
use crate::ui::view::paint::{after, clear, input, put, put_cut};
use crate::ui::view::pane::PATIENCE;

/// Lines that a message takes at most.
const MESSAGE_LINES: usize = 4;

/// Draws the line; returns where the terminal's cursor stands.
pub fn last(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if let Some(Overlay::Seek(seek)) = model.overlays.last() {
        return sought(model, seek, area, buffer);
    }
    let mut area = area;
    if !model.pending.is_empty() {
        let typed = format!(" {} ", show_sequence(&model.pending));
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
    if let Some(doing) = model.doing.last().filter(|doing| model.now >= doing.since + PATIENCE) {
        let stop = model.keymap.keys_of(Action::Cancel).into_iter().next().unwrap_or_default();
        let spin = model.glyphs.spin(model.now);
        let text = format!("{spin} {}; {stop} stops waiting", words(&doing.act));
        put_cut(buffer, after(area, 1), &text, model.theme.style(Role::Spinner), model.glyphs.cut);
        return None;
    }
    for hint in hints::shown(model, area) {
        let wide = put(buffer, hint.place, &hint.key, model.theme.style(Role::Key));
        put(buffer, after(hint.place, wide + 1), hint.word, model.theme.style(Role::Hint));
    }
    None
}

/// A message. What is too long for the line goes on in the lines above, over the rows of the queue:
/// why something failed often stands at the end.
fn message(model: &Model, area: Rect, text: &str, style: Style, buffer: &mut Buffer) {
    let cells = usize::from(area.width.saturating_sub(2));
    let lines = wrap(text, cells);
    let above = model.screen().map_or(0, |screen| usize::from(screen.queue.height));
    let most = (above + 1).min(MESSAGE_LINES);
    if lines.len() <= 1 || most == 1 {
        put_cut(buffer, after(area, 1), text, style, model.glyphs.cut);
        return;
    }
    let seen = lines.len().min(most);
    for (at, line) in lines.iter().take(seen).enumerate() {
        let place = Rect { y: area.y - (seen - 1 - at) as u16, ..area };
        clear(buffer, place, style);
        let cut = if at + 1 == seen && lines.len() > seen { model.glyphs.cut } else { "" };
        put(buffer, after(place, 1), &format!("{line}{cut}"), style);
    }
}

fn sought(model: &Model, seek: &Seek, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let word = match seek.kind {
        Seeking::Find => " Find: ",
        Seeking::Filter => " Filter: ",
        Seeking::Rows => " Show lines with: ",
    };
    let taken = put(buffer, area, word, model.theme.style(Role::Key));
    let mut rest = after(area, taken);
    if seek.lost {
        let lost = "  no name has this ";
        let wide = (width(lost) as u16).min(rest.width);
        rest.width -= wide;
        let place = Rect { x: rest.right(), width: wide, ..rest };
        put(buffer, place, lost, model.theme.style(Role::Bad));
    }
    input(model, buffer, rest, &seek.input, true)
}
