//! The log: what was said on control connections, the newest line at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::{Level, Speaker};
use crate::ui::cells::width;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, line, put, put_cut};

/// Draws the lines that are seen.
pub fn log(model: &Model, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let seen: Vec<_> = model.log.newest().skip(model.log.up).take(height).collect();
    if seen.is_empty() {
        let text = "nothing has been said yet";
        put(buffer, after(line(area, 0), 1), text, model.theme.style(Role::Dim));
        return;
    }
    let name =
        |site: &Option<_>| site.as_ref().map_or_else(String::new, |key| model.site_label(key));
    let names = seen.iter().map(|said| width(&name(&said.site)) + 3).max().unwrap_or(0);
    let names = names.min(usize::from(area.width / 4)) as u16;
    let cut = model.glyphs.cut;
    for (at, said) in seen.iter().rev().enumerate() {
        let dim = model.theme.style(Role::Dim);
        let mut rest = after(line(area, at as u16), 1);
        let time = model.clock.wall(said.at).strftime("%H:%M:%S").to_string();
        put(buffer, rest, &time, dim);
        rest = after(rest, 9);
        let who = match said.session {
            0 => name(&said.site),
            session => format!("{}#{session}", name(&said.site)),
        };
        put_cut(buffer, Rect { width: names.min(rest.width), ..rest }, &who, dim, cut);
        rest = after(rest, names + 1);
        let (sign, role) = match (said.level, said.by) {
            (Level::Error, _) => ("!", Role::Bad),
            (Level::Warning, _) => ("!", Role::Warning),
            (Level::Info, Speaker::Us) => (">", Role::Us),
            (Level::Info, Speaker::Server) => ("<", Role::Server),
            (Level::Info, Speaker::Remark) => ("*", Role::Remark),
        };
        put_cut(buffer, rest, &format!("{sign} {}", said.text), model.theme.style(role), cut);
    }
}
