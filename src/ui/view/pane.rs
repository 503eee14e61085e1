//! A pane: title, headings, entries, footer.

use jiff::civil::Date;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::path::is_usable_name;
use crate::base::size::{bytes, grouped};
use crate::base::{Precision, Stamp, text};
use crate::engine::{Directory, FailureKind};
use crate::ftp::{Entry, Kind};
use crate::ui::action::Action;
use crate::ui::cells::{width, wrap};
use crate::ui::layout::{PaneArea, PaneColumns, columns};
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Millis, PaneSide};
use crate::ui::model::overlay::{Overlay, SearchKind};
use crate::ui::model::pane::{Navigation, Pane, PaneRow};
use crate::ui::model::{Model, WallClock, marks};
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, line, put, put_cut, put_end, put_right};

/// The delay before a spinner appears, in milliseconds.
pub const SPINNER_DELAY: Millis = 100;

/// Draws one pane.
pub fn pane(model: &Model, side: PaneSide, area: PaneArea, buffer: &mut Buffer) {
    let pane = model.pane(side);
    let focused = model.active == side && !model.in_queue;
    title(model, pane, focused, area.title, buffer);
    heading(model, pane, area.heading, buffer);
    match &pane.shown {
        Some(directory) => rows(model, pane, side, directory, focused, area.rows, buffer),
        None => empty_pane(model, pane, area.rows, buffer),
    }
    footer(model, pane, area.footer, buffer);
}

/// Site, encryption and path: ` mirror-eu  ftpes  /pub/releases`.
fn title(model: &Model, pane: &Pane, focused: bool, area: Rect, buffer: &mut Buffer) {
    let role = if focused { Role::TitleActive } else { Role::Title };
    let style = model.theme.style(role);
    buffer.set_style(area, style);
    let cut = model.glyphs.cut;
    let mut rest = after(area, 1);
    let Some(at) = pane.at() else {
        put_cut(buffer, rest, "no site", style, cut);
        return;
    };
    let label = at.label();
    let wide = put_cut(buffer, Rect { width: rest.width.min(24), ..rest }, &label, style, cut);
    rest = after(rest, wide + 2);
    let badge = model.badge(at);
    if !badge.text.is_empty() && badge.text != label {
        let style = match (badge.secure, focused) {
            // the focused title has its own colour; the text is enough
            (_, true) | (None, false) => style,
            (Some(true), false) => style.patch(model.theme.style(Role::Secure)),
            (Some(false), false) => style.patch(model.theme.style(Role::Insecure)),
        };
        let wide = put_cut(buffer, rest, badge.text, style, cut);
        rest = after(rest, wide + 2);
    }
    if let Some(wait) = &pane.wait
        && model.now >= wait.since + SPINNER_DELAY
    {
        let wide = put(buffer, rest, model.glyphs.spin(model.now), style);
        rest = after(rest, wide + 1);
    }
    rest.width = rest.width.saturating_sub(1);
    put_end(buffer, rest, &at.path_text(), style, cut);
}

fn heading(model: &Model, pane: &Pane, area: Rect, buffer: &mut Buffer) {
    let style = model.theme.style(Role::Heading);
    let columns = columns(area);
    let sorted = |key: SortKey, word: &str| {
        if pane.sort.key != key {
            return word.to_owned();
        }
        let [up, down] = model.glyphs.sorted;
        // names are ascending and sizes descending, unless reversed
        let ascending = matches!(key, SortKey::Name | SortKey::Extension) != pane.sort.reverse;
        format!("{word} {}", if ascending { up } else { down })
    };
    let name = match pane.sort.key {
        SortKey::Extension => sorted(SortKey::Extension, "Name by extension"),
        _ => sorted(SortKey::Name, "Name"),
    };
    let cut = model.glyphs.cut;
    put_cut(buffer, columns.name, &name, style, cut);
    put_right(buffer, columns.size, &sorted(SortKey::Size, "Size"), style, cut);
    put_cut(buffer, columns.time, &sorted(SortKey::Time, "Modified"), style, cut);
    put_cut(buffer, columns.perms, "Permissions", style, cut);
}

fn rows(
    model: &Model,
    pane: &Pane,
    side: PaneSide,
    directory: &Directory,
    focused: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let today = model.clock.wall(model.now).date();
    let search = search_text(model, side);
    for at in 0..area.height {
        let row_area = line(area, at);
        let row = pane.scroll + usize::from(at);
        let on_cursor = row == pane.cursor;
        let (selected, entry) = match pane.row(row) {
            None => break,
            Some(PaneRow::Parent) => (false, None),
            Some(PaneRow::Entry(at)) => (pane.marks.has(at), directory.entries.get(at as usize)),
        };
        let line_style = line_style(model, on_cursor, selected, focused);
        if let Some(style) = line_style {
            buffer.set_style(row_area, style);
        }
        let columns = columns(row_area);
        let glyphs = &model.glyphs;
        let glyph = match (on_cursor, selected) {
            (true, true) => glyphs.both,
            (true, false) if focused => glyphs.cursor,
            (true, false) => glyphs.cursor_idle,
            (false, true) => glyphs.selected,
            (false, false) => " ",
        };
        put(buffer, columns.mark, glyph, line_style.unwrap_or_default());
        match entry {
            None => {
                put(buffer, columns.name, "..", line_style.unwrap_or_default());
            }
            Some(entry) => {
                let style = line_style.unwrap_or_else(|| name_style(model, entry, selected));
                let plain = line_style.unwrap_or_else(|| model.theme.style(Role::Text));
                cells(model, entry, &columns, style, plain, today, buffer);
                if let Some(search) = &search {
                    highlight_match(model, entry, search, columns.name, buffer);
                }
            }
        }
    }
    if directory.entries.is_empty() && area.height > 1 {
        let area = after(line(area, u16::from(pane.has_parent())), 1);
        put(buffer, area, "empty", model.theme.style(Role::Dim));
    }
}

/// The style of the line with the cursor; `None` for other lines.
fn line_style(model: &Model, on_cursor: bool, selected: bool, focused: bool) -> Option<Style> {
    let role = match (on_cursor, focused, selected) {
        (false, ..) => return None,
        (true, true, true) => Role::CursorSelected,
        (true, true, false) => Role::Cursor,
        (true, false, _) => Role::CursorIdle,
    };
    let style = model.theme.style(role);
    let selected_style = model.theme.style(Role::Selected);
    Some(if role == Role::CursorIdle && selected { selected_style.patch(style) } else { style })
}

fn name_style(model: &Model, entry: &Entry, selected: bool) -> Style {
    let role = if selected {
        Role::Selected
    } else if !is_usable_name(&entry.name) {
        Role::Special
    } else {
        match entry.kind {
            Kind::Dir => Role::Directory,
            Kind::Link => Role::Link,
            Kind::Other => Role::Special,
            Kind::File => Role::Text,
        }
    };
    model.theme.style(role)
}

fn cells(
    model: &Model,
    entry: &Entry,
    columns: &PaneColumns,
    style: Style,
    plain: Style,
    today: Date,
    buffer: &mut Buffer,
) {
    let cut = model.glyphs.cut;
    let mut name = text::visible(&entry.name);
    match (entry.kind, &entry.target) {
        (Kind::Dir, _) => name.push('/'),
        (Kind::Link, Some(target)) => {
            name = format!("{name} {} {}", model.glyphs.arrow, text::visible(target));
        }
        (Kind::Link, None) => name.push('@'),
        _ => {}
    }
    put_cut(buffer, columns.name, &name, style, cut);
    let size = match (entry.kind, marks::size(entry)) {
        (Kind::Dir, _) => "dir".to_owned(),
        (Kind::Link, None) => "link".to_owned(),
        (_, Some(size)) => bytes(size),
        (_, None) => "?".to_owned(),
    };
    put_right(buffer, columns.size, &size, plain, cut);
    if let Some(stamp) = &entry.mtime {
        put_cut(buffer, columns.time, &moment(stamp, &model.clock, today), plain, cut);
    }
    if let Some(perms) = &entry.perms {
        put_cut(buffer, columns.perms, &text::visible_str(perms), plain, cut);
    }
}

/// `12 Nov 10:02` in the current year, `02 Mar 2025` in other years.
fn moment(stamp: &Stamp, clock: &WallClock, today: Date) -> String {
    let at = clock.local(stamp);
    let this_year = at.year() == today.year() && stamp.precision != Precision::Day;
    at.strftime(if this_year { "%d %b %H:%M" } else { "%d %b %Y" }).to_string()
}

/// The text that is being searched for in this pane, if it can be highlighted.
fn search_text(model: &Model, side: PaneSide) -> Option<String> {
    match model.overlays.last() {
        Some(Overlay::Search(search)) if search.side == side && search.kind == SearchKind::Find => {
            let typed = search.input.text();
            (typed.is_ascii() && !typed.is_empty() && !typed.contains(['*', '?']))
                .then(|| typed.to_owned())
        }
        _ => None,
    }
}

fn highlight_match(model: &Model, entry: &Entry, search: &str, area: Rect, buffer: &mut Buffer) {
    let name = text::visible(&entry.name);
    let (bytes, wanted) = (name.as_bytes(), search.as_bytes());
    let found = bytes.windows(wanted.len()).position(|piece| piece.eq_ignore_ascii_case(wanted));
    if let Some(at) = found {
        let before = width(&name[..at]) as u16;
        let area = after(area, before);
        let area = Rect { width: area.width.min(wanted.len() as u16), ..area };
        buffer.set_style(area, model.theme.style(Role::Found));
    }
}

/// A pane without a directory: the reason, and the keys to continue.
fn empty_pane(model: &Model, pane: &Pane, area: Rect, buffer: &mut Buffer) {
    let room = after(area, 1);
    let cells = usize::from(room.width.saturating_sub(1));
    let key = |action| model.keymap.keys_of(action).into_iter().next().unwrap_or_default();
    let mut lines: Vec<(String, Role)> = Vec::new();
    if let Some(list_error) = &pane.list_error {
        let failure = &list_error.failure;
        lines.push((format!("Cannot {}:", failure.step), Role::Bad));
        let (retry, address) = (key(Action::Open), key(Action::Connect));
        // its remedy names command line options; the screen shows a question instead
        let has_question = matches!(failure.kind, FailureKind::UnknownCertificate { .. });
        if has_question {
            lines.push(("the certificate is not trusted".to_owned(), Role::Text));
            let keys = format!("{retry} shows its fingerprint, {address} opens an address");
            lines.push((keys, Role::Dim));
        } else {
            lines.push((failure.cause.clone(), Role::Text));
            lines.extend(failure.remedy.iter().map(|remedy| (remedy.clone(), Role::Text)));
            let keys = format!("{retry} retries, {address} opens an address");
            lines.push((keys, Role::Dim));
        }
    } else if let Some(wait) = &pane.wait {
        if model.now >= wait.since + SPINNER_DELAY {
            let spin = model.glyphs.spin(model.now);
            let text = format!("{spin} opening {} …", wait.at);
            lines.push((text, Role::Spinner));
        }
    } else {
        let (sites, address) = (key(Action::Sites), key(Action::Connect));
        lines.push((format!("{sites} shows your sites, {address} opens an address."), Role::Dim));
    }
    let mut y = 0;
    for (paragraph, role) in lines {
        for words in wrap(&paragraph, cells) {
            put(buffer, line(room, y), &words, model.theme.style(role));
            y += 1;
        }
    }
}

/// Totals and free space, or the pending listing.
fn footer(model: &Model, pane: &Pane, area: Rect, buffer: &mut Buffer) {
    let room = after(area, 1);
    let cut = model.glyphs.cut;
    if let Some(wait) = &pane.wait
        && wait.navigation != Navigation::Background
        && model.now >= wait.since + SPINNER_DELAY
    {
        let stop = model.keymap.keys_of(Action::Cancel).into_iter().next().unwrap_or_default();
        let seconds = (model.now - wait.since) / 1000;
        let spin = model.glyphs.spin(model.now);
        let text = format!("{spin} {seconds} s ({stop} stops) opening {}", wait.at);
        put_cut(buffer, room, &text, model.theme.style(Role::Spinner), cut);
        return;
    }
    let Some(directory) = &pane.shown else { return };
    if let Some(list_error) = &pane.list_error {
        let text = format!("not up to date: {}", list_error.failure.cause);
        put_cut(buffer, room, &text, model.theme.style(Role::Bad), cut);
        return;
    }
    let position = position(pane, model.pane_height());
    let selected = pane.marks.count() > 0;
    let role = if selected { Role::Selected } else { Role::Dim };
    let wide = put_cut(buffer, room, &counts(pane, directory), model.theme.style(role), cut);
    let left = after(room, wide + 2);
    let left = Rect { width: left.width.saturating_sub(1), ..left };
    if width(&position) <= usize::from(left.width) {
        put_right(buffer, left, &position, model.theme.style(Role::Dim), cut);
    }
}

/// `2 selected, 2.93 GiB of 6 entries` or `3 entries, 812 GiB free`.
fn counts(pane: &Pane, directory: &Directory) -> String {
    let shown = pane.order.len() as u64;
    let all = directory.entries.len() as u64;
    let entries = |count: u64| {
        let word = if count == 1 { "entry" } else { "entries" };
        format!("{} {word}", grouped(count))
    };
    let mut text = if pane.filter.is_empty() {
        entries(shown)
    } else {
        let filter = text::visible_str(&pane.filter);
        format!("{} of {} match “{filter}”", grouped(shown), entries(all))
    };
    let marks = &pane.marks;
    if marks.count() > 0 {
        let known = if marks.all_known() { "" } else { " and more" };
        let selected = grouped(marks.count() as u64);
        return match marks.bytes() {
            0 if !marks.all_known() => format!("{selected} selected of {text}"),
            sum => format!("{selected} selected, {}{known} of {text}", bytes(sum)),
        };
    }
    if pane.filter.is_empty() && all > shown {
        text.push_str(&format!(", {} hidden", grouped(all - shown)));
    }
    if let Some(free) = directory.free {
        text.push_str(&format!(", {} free", bytes(free)));
    }
    text
}

/// The position of the cursor in percent; empty if all rows are visible.
fn position(pane: &Pane, height: usize) -> String {
    let total = pane.rows();
    if total <= height {
        return String::new();
    }
    format!("{} %", (pane.cursor + 1) * 100 / total.max(1))
}
