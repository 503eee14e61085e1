//! A list dialog: sites, settings, commands.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::base::text::{counted, visible_str};
use crate::site::fields::FIELDS;
use crate::site::{Security, Site};
use crate::ui::action::Action;
use crate::ui::cells::{width, wrap};
use crate::ui::model::overlay::{ListDialog, ListKind, ListRow};
use crate::ui::model::{Model, frames};
use crate::ui::theme::Role;
use crate::ui::update::site_form;
use crate::ui::view::paint::{after, frame, input, line, position, put, put_cut, put_right};

/// Draws the dialog; returns the position of the terminal cursor.
pub fn list_dialog(
    model: &Model,
    all: Rect,
    list_dialog: &ListDialog,
    buffer: &mut Buffer,
) -> Option<Position> {
    let areas = frames::list_dialog(all, list_dialog);
    let title = match list_dialog.kind {
        ListKind::Site(_) if model.sites.is_empty() => {
            "Sites: Insert adds a site, F6 imports sites"
        }
        ListKind::Site(_) => "Sites",
        ListKind::Field if model.form.as_ref().is_some_and(|form| form.saved_name.is_none()) => {
            "New site: Enter changes a setting, F2 saves"
        }
        ListKind::Field => "Site settings: Enter changes a setting, F2 saves",
        ListKind::Command { grouped: true } => "Menu",
        ListKind::Command { grouped: false } => "Commands",
    };
    frame(model, buffer, areas.dialog, title, Role::DialogTitle);
    let cursor = input(model, buffer, areas.input, &list_dialog.input, true);
    if list_dialog.input.text().is_empty() {
        let placeholder = match list_dialog.kind {
            ListKind::Site(_) => "type part of a name, folder, host or user",
            ListKind::Field => "type part of a name or description",
            ListKind::Command { .. } => "type part of a command or description",
        };
        let dim = model.theme.style(Role::InputActive).patch(model.theme.style(Role::Dim));
        put_cut(buffer, after(areas.input, 2), placeholder, dim, model.glyphs.cut);
    }
    if list_dialog.rows.is_empty() {
        let text = match list_dialog.kind {
            ListKind::Site(_) if model.sites.is_empty() => "no saved sites",
            ListKind::Field => "no matching setting",
            ListKind::Site(_) => "no matching site",
            ListKind::Command { .. } => "no matching command",
        };
        put(buffer, line(areas.list, 0), text, model.theme.style(Role::Dim));
    }
    let visible = list_dialog.rows.iter().enumerate().skip(list_dialog.scroll);
    for (y, (at, row)) in (0..areas.list.height).zip(visible) {
        draw_row(model, row, line(areas.list, y), at == list_dialog.cursor, buffer);
    }
    if let Some(row) = list_dialog.rows.get(list_dialog.cursor) {
        let lines = wrap(&description(row), usize::from(areas.detail.width));
        for (y, text) in (0..areas.detail.height).zip(&lines) {
            put(buffer, line(areas.detail, y), text, model.theme.style(Role::Dim));
        }
    }
    let height = usize::from(areas.list.height);
    position(model, buffer, areas.dialog, list_dialog.scroll, height, list_dialog.rows.len());
    cursor
}

/// The description of a row, shown below the list.
fn description(row: &ListRow) -> String {
    match row {
        ListRow::Command(action) => action.info().help.to_owned(),
        ListRow::Field(at) => site_form::help(*at),
        ListRow::Heading(_) | ListRow::Folder { .. } | ListRow::Site { .. } => String::new(),
    }
}

fn draw_row(model: &Model, row: &ListRow, area: Rect, on_cursor: bool, buffer: &mut Buffer) {
    let over = on_cursor.then(|| model.theme.style(Role::Cursor));
    if let Some(style) = over {
        buffer.set_style(area, style);
    }
    let style = |role: Role| over.unwrap_or_else(|| model.theme.style(role));
    let glyph = if on_cursor { model.glyphs.cursor } else { " " };
    put(buffer, area, glyph, style(Role::Text));
    let rest = after(area, 2);
    match row {
        ListRow::Heading(group) => {
            put(buffer, after(area, 1), group.title(), style(Role::Heading));
        }
        ListRow::Command(action) => command(model, *action, rest, &style, buffer),
        ListRow::Folder { name, sites, open } => {
            let [closed, opened] = model.glyphs.folder;
            let glyph = if *open { opened } else { closed };
            let name = visible_str(name);
            let taken = put_cut(
                buffer,
                rest,
                &format!("{glyph} {name}"),
                style(Role::Directory),
                model.glyphs.cut,
            );
            let count = counted(*sites as u64, "site");
            put_cut(buffer, after(rest, taken + 2), &count, style(Role::Dim), model.glyphs.cut);
        }
        ListRow::Field(at) => field(model, *at, rest, &style, buffer),
        ListRow::Site { at, indented } => {
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
    let entry = action.info();
    let cut = model.glyphs.cut;
    let keys = model.keymap.keys_of(action).join("  ");
    // name, help, and right-aligned keys
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

/// A setting: its name and value.
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
        Security::None => "ftp (no TLS)",
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
