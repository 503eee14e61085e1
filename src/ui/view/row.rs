//! A row of the queue: name, source, target, route and progress.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::Word;
use crate::base::size::{bytes, clock, rate};
use crate::engine::Row;
use crate::queue::{ItemState, JobKind};
use crate::transfer::Verdict;
use crate::ui::cells::width;
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, put, put_cut, put_right};

/// The columns of a row; a column of width 0 is hidden.
struct RowColumns {
    state: Rect,
    name: Rect,
    sites: Rect,
    route: Rect,
    progress: Rect,
}

/// The width of percentage, speed and time left, including gaps.
const FIGURES: u16 = 5 + 2 + SPEED + 8;
/// The width of the speed and its gap; narrow terminals leave it out.
const SPEED: u16 = 10 + 2;

/// Draws a row.
pub fn row(model: &Model, row: &Row, area: Rect, on_cursor: bool, buffer: &mut Buffer) {
    let cut = model.glyphs.cut;
    let over = on_cursor.then(|| model.theme.style(Role::Cursor));
    if let Some(style) = over {
        buffer.set_style(area, style);
    }
    let style = |role: Role| over.unwrap_or_else(|| model.theme.style(role));
    let columns = columns(area);
    if model.queue.is_marked(row) {
        put(buffer, area, model.glyphs.selected, style(Role::Selected));
    }
    let (state, role) = state(row);
    put(buffer, columns.state, model.glyphs.states.get(state).copied().unwrap_or(" "), style(role));
    let slash = if row.dir { "/" } else { "" };
    put_cut(buffer, columns.name, &format!("{}{slash}", row.name), style(Role::Text), cut);
    let sites = match &row.to {
        None => row.from.label().to_owned(),
        Some(to) => format!("{} {} {}", row.from.label(), model.glyphs.arrow, to.label()),
    };
    put_cut(buffer, columns.sites, &sites, style(Role::Dim), cut);
    let (route, role) = route(row);
    put_cut(buffer, columns.route, &route, style(role), cut);
    progress(model, row, columns.progress, &style, buffer);
}

fn columns(area: Rect) -> RowColumns {
    let mut rest = after(area, 1);
    let mut take = |cells: u16, gap: u16| {
        let column = Rect { width: cells.min(rest.width), ..rest };
        rest = after(rest, if cells > 0 { cells + gap } else { 0 });
        column
    };
    let width = area.width;
    let (sites, route) = match width {
        0..60 => (0, 0),
        60..90 => (17, 0),
        90..120 => (18, 13),
        120..160 => (24, 13),
        _ => (34, 15),
    };
    let bar = match width {
        0..60 => 6,
        60..90 => 8,
        90..120 => 12,
        120..160 => 18,
        _ => 36,
    };
    let with_gap = |column: u16| if column > 0 { column + 2 } else { 0 };
    let progress = bar + 2 + if width < 60 { FIGURES - SPEED } else { FIGURES };
    let taken = 1 + 2 + with_gap(sites) + with_gap(route) + 2 + progress + 1;
    let name = width.saturating_sub(taken).max(8);
    RowColumns {
        state: take(1, 1),
        name: take(name, 2),
        sites: take(sites, 2),
        route: take(route, 2),
        progress: {
            let column = take(u16::MAX / 2, 0);
            Rect { width: column.width.saturating_sub(1), ..column }
        },
    }
}

/// The index of the glyph for the state, and its role.
fn state(row: &Row) -> (usize, Role) {
    match row.state {
        ItemState::Running => (0, Role::Good),
        ItemState::Waiting if row.job_held => (2, Role::Warning),
        ItemState::Waiting if row.interrupted => (1, Role::Warning),
        ItemState::Waiting => (1, Role::Dim),
        ItemState::Held => (2, Role::Warning),
        ItemState::Done if row.verdict == Some(Verdict::Unverified) => (3, Role::Warning),
        ItemState::Done => (3, Role::Good),
        ItemState::Skipped => (4, Role::Dim),
        ItemState::Failed => (5, Role::Bad),
        ItemState::Cancelled => (6, Role::Dim),
    }
}

fn route(row: &Row) -> (String, Role) {
    let Some(via) = row.via.map(Word::word) else { return (String::new(), Role::Dim) };
    match row.protected {
        Some(true) => (format!("{via} TLS"), Role::Secure),
        Some(false) => (format!("{via} no TLS"), Role::Insecure),
        None => (via.to_owned(), Role::Dim),
    }
}

fn progress(
    model: &Model,
    row: &Row,
    area: Rect,
    style: &dyn Fn(Role) -> Style,
    buffer: &mut Buffer,
) {
    let cut = model.glyphs.cut;
    let reason = |word: &str| match &row.reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    };
    let size = row.size.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
    let (text, role) = match row.state {
        ItemState::Running => return running(model, row, area, style, buffer),
        ItemState::Waiting if row.job_held => (format!("held with its job{size}"), Role::Warning),
        ItemState::Waiting if row.interrupted => (format!("interrupted{size}"), Role::Warning),
        ItemState::Waiting => {
            let what = match row.kind {
                JobKind::Copy | JobKind::Mirror => "waiting",
                JobKind::Move => "waiting to be moved",
                JobKind::Delete => "waiting to be deleted",
            };
            (format!("{}{size}", reason(what)), Role::Dim)
        }
        ItemState::Held => (reason("held"), Role::Warning),
        ItemState::Skipped => (reason("skipped"), Role::Dim),
        ItemState::Failed => (row.reason.clone().unwrap_or_else(|| "failed".to_owned()), Role::Bad),
        ItemState::Cancelled => {
            (row.reason.clone().unwrap_or_else(|| "cancelled".to_owned()), Role::Dim)
        }
        ItemState::Done => (done(row, usize::from(area.width)), Role::Text),
    };
    put_cut(buffer, area, &text, style(role), cut);
}

/// The result of a finished file, as far as it fits: a truncated number would be misleading.
fn done(row: &Row, cells: usize) -> String {
    let word = match (row.kind, row.verdict) {
        (JobKind::Delete, _) => return "deleted".to_owned(),
        (_, Some(Verdict::Failed) | None) => "done",
        (_, Some(verdict)) => verdict.word(),
    };
    let mut text = word.to_owned();
    let mut more = Vec::new();
    if let Some(arrived) = row.bytes {
        more.push(format!(", {}", bytes(arrived)));
        let seconds = row.elapsed.as_secs_f64();
        // an average over less than a second is not meaningful
        if seconds >= 1.0 {
            more.push(format!(" in {}", clock(row.elapsed)));
            more.push(format!(", {}", rate(arrived as f64 / seconds)));
        }
    }
    for piece in more {
        if width(&text) + width(&piece) > cells {
            break;
        }
        text.push_str(&piece);
    }
    if let Some(reason) = &row.reason {
        text.push_str(&format!("; {reason}"));
    }
    text
}

/// A running file: with bar and percentage if size and progress are known.
fn running(
    model: &Model,
    row: &Row,
    area: Rect,
    style: &dyn Fn(Role) -> Style,
    buffer: &mut Buffer,
) {
    let cut = model.glyphs.cut;
    // rows are fetched at most ten times per second, so advance the clock in between
    let since = Duration::from_millis(model.now.saturating_sub(model.queue.fetched));
    let elapsed = row.elapsed + since;
    let (Some(arrived), Some(size)) = (row.bytes, row.size.filter(|size| *size > 0)) else {
        let spin = model.glyphs.spin(model.now);
        let what = match (row.kind, row.bytes, row.size) {
            (JobKind::Delete, ..) => "deleting".to_owned(),
            (_, Some(arrived), _) => format!("{} so far, size unknown", bytes(arrived)),
            (_, None, Some(size)) if area.width < 44 => format!("of {}", bytes(size)),
            (_, None, Some(size)) => format!("of {}, progress unknown", bytes(size)),
            (_, None, None) if row.dir => "listing".to_owned(),
            (_, None, None) => "size unknown".to_owned(),
        };
        put_cut(
            buffer,
            area,
            &format!("{spin} {}, {what}", clock(elapsed)),
            style(Role::Spinner),
            cut,
        );
        return;
    };
    let share = (arrived.min(size) as f64 / size as f64).clamp(0.0, 1.0);
    let has_speed = area.width >= FIGURES + 2;
    let figures = if has_speed { FIGURES } else { FIGURES - SPEED };
    let bar = area.width.saturating_sub(figures + 2);
    let full = (share * f64::from(bar)) as u16;
    let [done, rest] = model.glyphs.bar;
    let taken = put(
        buffer,
        Rect { width: bar.min(full), ..area },
        &done.repeat(usize::from(full)),
        style(Role::Bar),
    );
    let rest_area = Rect { width: bar.saturating_sub(taken), ..after(area, taken) };
    put(buffer, rest_area, &rest.repeat(usize::from(rest_area.width)), style(Role::BarRest));
    let figures = after(area, if bar > 0 { bar + 2 } else { 0 });
    // never round up to 100 %: only the verdict says that the file is complete
    let percent = if arrived >= size { 100 } else { ((share * 100.0) as u64).min(99) };
    put_right(
        buffer,
        Rect { width: figures.width.min(5), ..figures },
        &format!("{percent} %"),
        style(Role::Text),
        cut,
    );
    let figures = after(figures, 7);
    let mut figures = figures;
    if has_speed {
        let speed = row.rate.map_or_else(String::new, rate);
        let area = Rect { width: figures.width.min(SPEED - 2), ..figures };
        put_right(buffer, area, &speed, style(Role::Text), cut);
        figures = after(figures, SPEED);
    }
    let left = match row.rate {
        Some(speed) if speed > 0.0 => {
            let seconds = (size - arrived.min(size)) as f64 / speed;
            Duration::try_from_secs_f64(seconds).map(clock).unwrap_or_default()
        }
        _ => String::new(),
    };
    put_cut(buffer, figures, &left, style(Role::Text), cut);
}
