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
use crate::ui::layout::{Columns, PaneArea, columns};
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Millis, Side};
use crate::ui::model::overlay::{Overlay, Seeking};
use crate::ui::model::pane::{Pane, PaneRow, Way};
use crate::ui::model::{Clock, Model, marks};
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, line, put, put_cut, put_end, put_right};

/// What takes less time than this is not worth a spinner.
pub const PATIENCE: Millis = 100;

/// Draws one pane.
pub fn pane(model: &Model, side: Side, area: PaneArea, buffer: &mut Buffer) {
    let pane = model.pane(side);
    let listens = model.active == side && !model.in_queue;
    title(model, pane, listens, area.title, buffer);
    heading(model, pane, area.heading, buffer);
    match &pane.shown {
        Some(directory) => rows(model, pane, side, directory, listens, area.rows, buffer),
        None => nothing(model, pane, area.rows, buffer),
    }
    footer(model, pane, area.footer, buffer);
}

/// Site, protection and path: ` mirror-eu  ftpes  /pub/releases`.
fn title(model: &Model, pane: &Pane, listens: bool, area: Rect, buffer: &mut Buffer) {
    let role = if listens { Role::TitleActive } else { Role::Title };
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
        let style = match (badge.secure, listens) {
            // the active title has a colour of its own; the words say the same
            (_, true) | (None, false) => style,
            (Some(true), false) => style.patch(model.theme.style(Role::Secure)),
            (Some(false), false) => style.patch(model.theme.style(Role::Insecure)),
        };
        let wide = put_cut(buffer, rest, badge.text, style, cut);
        rest = after(rest, wide + 2);
    }
    if let Some(wait) = &pane.wait
        && model.now >= wait.since + PATIENCE
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
        // names go up and sizes go down unless reversed
        let upwards = matches!(key, SortKey::Name | SortKey::Extension) != pane.sort.reverse;
        format!("{word} {}", if upwards { up } else { down })
    };
    let name = match pane.sort.key {
        SortKey::Extension => sorted(SortKey::Extension, "Name by ending"),
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
    side: Side,
    directory: &Directory,
    listens: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let today = model.clock.wall(model.now).date();
    let sought = sought(model, side);
    for at in 0..area.height {
        let place = line(area, at);
        let row = pane.scroll + usize::from(at);
        let on_cursor = row == pane.cursor;
        let (selected, entry) = match pane.row(row) {
            None => break,
            Some(PaneRow::Parent) => (false, None),
            Some(PaneRow::Entry(at)) => (pane.marks.has(at), directory.entries.get(at as usize)),
        };
        let line_style = line_style(model, on_cursor, selected, listens);
        if let Some(style) = line_style {
            buffer.set_style(place, style);
        }
        let columns = columns(place);
        let glyphs = &model.glyphs;
        let sign = match (on_cursor, selected) {
            (true, true) => glyphs.both,
            (true, false) if listens => glyphs.cursor,
            (true, false) => glyphs.cursor_idle,
            (false, true) => glyphs.selected,
            (false, false) => " ",
        };
        put(buffer, columns.mark, sign, line_style.unwrap_or_default());
        match entry {
            None => {
                put(buffer, columns.name, "..", line_style.unwrap_or_default());
            }
            Some(entry) => {
                let style = line_style.unwrap_or_else(|| name_style(model, entry, selected));
                let plain = line_style.unwrap_or_else(|| model.theme.style(Role::Text));
                cells(model, entry, &columns, style, plain, today, buffer);
                if let Some(sought) = &sought {
                    mark_found(model, entry, sought, columns.name, buffer);
                }
            }
        }
    }
    if directory.entries.is_empty() && area.height > 1 {
        let place = after(line(area, u16::from(pane.has_parent())), 1);
        put(buffer, place, "empty", model.theme.style(Role::Dim));
    }
}

/// The style of the whole line with the cursor; `None` for other lines.
fn line_style(model: &Model, on_cursor: bool, selected: bool, listens: bool) -> Option<Style> {
    let role = match (on_cursor, listens, selected) {
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
    columns: &Columns,
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

/// `12 Nov 10:02` in this year, `02 Mar 2025` in others.
fn moment(stamp: &Stamp, clock: &Clock, today: Date) -> String {
    let at = clock.local(stamp);
    let this_year = at.year() == today.year() && stamp.precision != Precision::Day;
    at.strftime(if this_year { "%d %b %H:%M" } else { "%d %b %Y" }).to_string()
}

/// What is being searched for in this pane.
fn sought(model: &Model, side: Side) -> Option<String> {
    match model.overlays.last() {
        Some(Overlay::Seek(seek)) if seek.side == side && seek.kind == Seeking::Find => {
            let typed = seek.input.text();
            (typed.is_ascii() && !typed.is_empty() && !typed.contains(['*', '?']))
                .then(|| typed.to_owned())
        }
        _ => None,
    }
}

fn mark_found(model: &Model, entry: &Entry, sought: &str, area: Rect, buffer: &mut Buffer) {
    let name = text::visible(&entry.name);
    let (bytes, wanted) = (name.as_bytes(), sought.as_bytes());
    let found = bytes.windows(wanted.len()).position(|piece| piece.eq_ignore_ascii_case(wanted));
    if let Some(at) = found {
        let before = width(&name[..at]) as u16;
        let place = after(area, before);
        let place = Rect { width: place.width.min(wanted.len() as u16), ..place };
        buffer.set_style(place, model.theme.style(Role::Found));
    }
}

/// A pane without directory: why, and what can be done.
fn nothing(model: &Model, pane: &Pane, area: Rect, buffer: &mut Buffer) {
    let room = after(area, 1);
    let cells = usize::from(room.width.saturating_sub(1));
    let key = |action| model.keymap.keys_of(action).into_iter().next().unwrap_or_default();
    let mut lines: Vec<(String, Role)> = Vec::new();
    if let Some(trouble) = &pane.trouble {
        let failure = &trouble.failure;
        lines.push((format!("Cannot {}:", failure.step), Role::Bad));
        let (again, address) = (key(Action::Open), key(Action::Connect));
        // its remedy names options of the command line; here it is a question with the fingerprint
        let asks = matches!(failure.kind, FailureKind::UnknownCertificate { .. });
        if asks {
            lines.push(("its certificate is not trusted".to_owned(), Role::Text));
            let shows = format!("{again} shows its fingerprint and asks, ");
            lines.push((format!("{shows}{address} opens an address"), Role::Dim));
        } else {
            lines.push((failure.cause.clone(), Role::Text));
            lines.extend(failure.remedy.iter().map(|remedy| (remedy.clone(), Role::Text)));
            let tries = format!("{again} tries again, {address} opens an address");
            lines.push((tries, Role::Dim));
        }
    } else if let Some(wait) = &pane.wait {
        if model.now >= wait.since + PATIENCE {
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

/// Counts, free space, and what the pane waits for.
fn footer(model: &Model, pane: &Pane, area: Rect, buffer: &mut Buffer) {
    let room = after(area, 1);
    let cut = model.glyphs.cut;
    if let Some(wait) = &pane.wait
        && wait.way != Way::Quiet
        && model.now >= wait.since + PATIENCE
    {
        let stop = model.keymap.keys_of(Action::Cancel).into_iter().next().unwrap_or_default();
        let seconds = (model.now - wait.since) / 1000;
        let spin = model.glyphs.spin(model.now);
        let text = format!("{spin} {seconds} s ({stop} stops) opening {}", wait.at);
        put_cut(buffer, room, &text, model.theme.style(Role::Spinner), cut);
        return;
    }
    let Some(directory) = &pane.shown else { return };
    if let Some(trouble) = &pane.trouble {
        let text = format!("not up to date: {}", trouble.failure.cause);
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
        format!("{} of {} with “{filter}”", grouped(shown), entries(all))
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

/// How far down one is, when not everything is seen.
fn position(pane: &Pane, height: usize) -> String {
    let total = pane.rows();
    if total <= height {
        return String::new();
    }
    format!("{} %", (pane.cursor + 1) * 100 / total.max(1))
}
