//! A list to choose from: sites, commands.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::base::text::{counted, visible_str};
use crate::site::fields::FIELDS;
use crate::site::{Security, Site};
use crate::ui::action::Action;
use crate::ui::cells::{width, wrap};
use crate::ui::model::overlay::{Choose, ChooseRow, Choosing};
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::update::site_form;
use crate::ui::view::paint::{after, frame, input, line, position, put, put_cut, put_right};

/// Draws the list; returns where the terminal's cursor stands.
pub fn choose(model: &Model, all: Rect, choose: &Choose, buffer: &mut Buffer) -> Option<Position> {
    let place = frames::choose(all, choose);
    let title = match choose.kind {
        Choosing::Site(_) if model.sites.is_empty() => "Sites: Insert adds one, F6 imports",
        Choosing::Site(_) => "Sites",
        Choosing::Field if model.form.as_ref().is_some_and(|form| form.was.is_none()) => {
            "A new site: Enter changes a setting, F2 saves"
        }
        Choosing::Field => "Settings of the site: Enter changes one, F2 saves",
        Choosing::Command { grouped: true } => "Menu",
        Choosing::Command { grouped: false } => "Commands",
    };
    frame(model, buffer, place.dialog, title, Role::DialogTitle);
    let cursor = input(model, buffer, place.input, &choose.input, true);
    if choose.input.text().is_empty() {
        let what = match choose.kind {
            Choosing::Site(_) => "type a part of a name, folder, host or user",
            Choosing::Field => "type a part of a name or meaning",
            Choosing::Command { .. } => "type a part of a command or of what it does",
        };
        let dim = model.theme.style(Role::InputActive).patch(model.theme.style(Role::Dim));
        put_cut(buffer, after(place.input, 2), what, dim, model.glyphs.cut);
    }
    if choose.rows.is_empty() {
        let nothing = match choose.kind {
            Choosing::Site(_) if model.sites.is_empty() => "no sites are saved",
            Choosing::Field => "no setting has this in name or meaning",
            Choosing::Site(_) => "no site has this in name, folder, host or user",
            Choosing::Command { .. } => "no command has these letters",
        };
        put(buffer, line(place.list, 0), nothing, model.theme.style(Role::Dim));
    }
    let seen = choose.rows.iter().enumerate().skip(choose.scroll);
    for (y, (at, row)) in (0..place.list.height).zip(seen) {
        draw_row(model, row, line(place.list, y), at == choose.cursor, buffer);
    }
    if let Some(row) = choose.rows.get(choose.cursor) {
        let lines = wrap(&meaning(row), usize::from(place.detail.width));
        for (y, text) in (0..place.detail.height).zip(&lines) {
            put(buffer, line(place.detail, y), text, model.theme.style(Role::Dim));
        }
    }
    let height = usize::from(place.list.height);
    position(model, buffer, place.dialog, choose.scroll, height, choose.rows.len());
    cursor
}

/// What a row means, where that is told below the list.
fn meaning(row: &ChooseRow) -> String {
    match row {
        ChooseRow::Command(action) => action.line().help.to_owned(),
        ChooseRow::Field(at) => site_form::help(*at),
        ChooseRow::Heading(_) | ChooseRow::Folder { .. } | ChooseRow::Site { .. } => String::new(),
    }
}

fn draw_row(model: &Model, row: &ChooseRow, area: Rect, on_cursor: bool, buffer: &mut Buffer) {
    let over = on_cursor.then(|| model.theme.style(Role::Cursor));
    if let Some(style) = over {
        buffer.set_style(area, style);
    }
    let style = |role: Role| over.unwrap_or_else(|| model.theme.style(role));
    let sign = if on_cursor { model.glyphs.cursor } else { " " };
    put(buffer, area, sign, style(Role::Text));
    let rest = after(area, 2);
    match row {
        ChooseRow::Heading(group) => {
            put(buffer, after(area, 1), group.title(), style(Role::Heading));
        }
        ChooseRow::Command(action) => command(model, *action, rest, &style, buffer),
        ChooseRow::Folder { name, sites, open } => {
            let [closed, opened] = model.glyphs.folder;
            let sign = if *open { opened } else { closed };
            let name = visible_str(name);
            let taken = put_cut(
                buffer,
                rest,
                &format!("{sign} {name}"),
                style(Role::Directory),
                model.glyphs.cut,
            );
            let count = counted(*sites as u64, "site");
            put_cut(buffer, after(rest, taken + 2), &count, style(Role::Dim), model.glyphs.cut);
        }
        ChooseRow::Field(at) => field(model, *at, rest, &style, buffer),
        ChooseRow::Site { at, indented } => {
            let rest = after(rest, if *indented { 2 } else { 0 });
            if let Some(known) = model.sites.get(*at) {
                site(model, known, rest, &style, buffer);
            }
        }
    }
}

fn command(
    model: &Model,
    action: Action,
    area: Rect,
    style: &dyn Fn(Role) -> Style,
    buffer: &mut Buffer,
) {
    let entry = action.line();
    let cut = model.glyphs.cut;
    let keys = model.keymap.keys_of(action).join("  ");
    // the keys stand at the right; the name is what the palette looks for
    let name = Rect { width: area.width.min(19), ..area };
    put_cut(buffer, name, entry.name, style(Role::Text), cut);
    let rest = after(area, 20);
    let keys_wide = (width(&keys) as u16).min(rest.width / 2);
    let help = Rect { width: rest.width.saturating_sub(keys_wide + 2), ..rest };
    put_cut(buffer, help, entry.help, style(Role::Dim), cut);
    put_right(buffer, rest_end(rest, keys_wide), &keys, style(Role::Key), cut);
}

fn rest_end(area: Rect, cells: u16) -> Rect {
    after(area, area.width.saturating_sub(cells))
}

/// A setting: its name and what it is.
fn field(model: &Model, at: usize, area: Rect, style: &dyn Fn(Role) -> Style, buffer: &mut Buffer) {
    let (Some(form), Some(line)) = (&model.form, FIELDS.get(at)) else { return };
    let cut = model.glyphs.cut;
    let name = Rect { width: area.width.min(20), ..area };
    put_cut(buffer, name, line.name, style(Role::Text), cut);
    let rest = after(area, 21);
    let role = if form.is_set(at) { Role::Chosen } else { Role::Dim };
    let value = visible_str(&form.shown(at));
    put_cut(buffer, rest, &value, style(role), cut);
}

fn site(
    model: &Model,
    site: &Site,
    area: Rect,
    style: &dyn Fn(Role) -> Style,
    buffer: &mut Buffer,
) {
    let cut = model.glyphs.cut;
    let security = match site.security {
        Security::Auto => "ftp, TLS if offered",
        Security::Explicit => "ftpes",
        Security::Implicit => "ftps",
        Security::None => "ftp!, no TLS",
    };
    let address = visible_str(&format!("{}@{}", site.user(), site.address()));
    let name_wide = (area.width / 3).clamp(8, 24);
    let name = Rect { width: name_wide.min(area.width), ..area };
    put_cut(buffer, name, &visible_str(&site.name), style(Role::Text), cut);
    let rest = after(area, name_wide + 1);
    let wide = put_cut(buffer, rest, &address, style(Role::Dim), cut);
    let rest = after(rest, wide + 2);
    put_right(buffer, rest, security, style(Role::Dim), cut);
}
