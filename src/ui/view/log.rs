//! The log tab, with the newest line at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::{Level, LineKind};
use crate::ui::cells::width;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::view::paint::{self, after, put, put_cut};

/// Draws the visible lines.
pub fn log(model: &Model, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let visible: Vec<_> = model.log.newest().skip(model.log.up).take(height).collect();
    if visible.is_empty() {
        let text = "the log is empty";
        put(buffer, after(paint::line(area, 0), 1), text, model.theme.style(Role::Dim));
        return;
    }
    let name =
        |site: &Option<_>| site.as_ref().map_or_else(String::new, |key| model.site_label(key));
    let names = visible.iter().map(|line| width(&name(&line.site)) + 3).max().unwrap_or(0);
    let names = names.min(usize::from(area.width / 4)) as u16;
    let cut = model.glyphs.cut;
    for (at, line) in visible.iter().rev().enumerate() {
        let dim = model.theme.style(Role::Dim);
        let mut rest = after(paint::line(area, at as u16), 1);
        let time = model.clock.wall(line.at).strftime("%H:%M:%S").to_string();
        put(buffer, rest, &time, dim);
        rest = after(rest, 9);
        let name = match line.session {
            0 => name(&line.site),
            session => format!("{}#{session}", name(&line.site)),
        };
        put_cut(buffer, Rect { width: names.min(rest.width), ..rest }, &name, dim, cut);
        rest = after(rest, names + 1);
        let (glyph, role) = match (line.level, line.kind) {
            (Level::Error, _) => ("!", Role::Bad),
            (Level::Warning, _) => ("!", Role::Warning),
            (Level::Info, LineKind::Sent) => (">", Role::Us),
            (Level::Info, LineKind::Received) => ("<", Role::Server),
            (Level::Info, LineKind::Note) => ("*", Role::Remark),
        };
        put_cut(buffer, rest, &format!("{glyph} {}", line.text), model.theme.style(role), cut);
    }
}
