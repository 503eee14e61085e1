//! The last line: find and filter, else a message, else what is being done, else hints.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::engine::Level;
use crate::ui::action::Action;
use crate::ui::cells::width;
use crate::ui::key::show_sequence;
use crate::ui::model::overlay::{Overlay, Seek, Seeking};
use crate::ui::model::{Model, hints};
use crate::ui::theme::Role;
use crate::ui::update::wait::words;
use crate::ui::view::paint::{after, input, put, put_cut};
use crate::ui::view::pane::PATIENCE;

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
        put_cut(buffer, after(area, 1), &status.text, model.theme.style(role), model.glyphs.cut);
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
