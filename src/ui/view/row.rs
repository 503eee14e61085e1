//! One row of the queue: what, from where to where, which way, how far.

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

/// Where the parts of a row stand; a part of width 0 is not shown.
struct Parts {
    sign: Rect,
    name: Rect,
    route: Rect,
    way: Rect,
    tail: Rect,
}

/// Cells of percent, speed and time left, with the gaps between.
const FIGURES: u16 = 5 + 2 + SPEED + 8;
/// Cells of the speed and the gap behind it; it is left out in narrow terminals.
const SPEED: u16 = 10 + 2;

/// Draws a row.
pub fn row(model: &Model, row: &Row, area: Rect, on_cursor: bool, buffer: &mut Buffer) {
    let cut = model.glyphs.cut;
    let over = on_cursor.then(|| model.theme.style(Role::Cursor));
    if let Some(style) = over {
        buffer.set_style(area, style);
    }
    let style = |role: Role| over.unwrap_or_else(|| model.theme.style(role));
    let parts = parts(area);
    if model.queue.is_marked(row) {
        put(buffer, area, model.glyphs.selected, style(Role::Selected));
    }
    let (state, role) = state(row);
    put(buffer, parts.sign, model.glyphs.states.get(state).copied().unwrap_or(" "), style(role));
    let slash = if row.dir { "/" } else { "" };
    put_cut(buffer, parts.name, &format!("{}{slash}", row.name), style(Role::Text), cut);
    let route = if row.to.is_empty() {
        row.from.clone()
    } else {
        format!("{} {} {}", row.from, model.glyphs.arrow, row.to)
    };
    put_cut(buffer, parts.route, &route, style(Role::Dim), cut);
    let (way, role) = way(row);
    put_cut(buffer, parts.way, &way, style(role), cut);
    tail(model, row, parts.tail, &style, buffer);
}

fn parts(area: Rect) -> Parts {
    let mut rest = after(area, 1);
    let mut take = |cells: u16, gap: u16| {
        let part = Rect { width: cells.min(rest.width), ..rest };
        rest = after(rest, if cells > 0 { cells + gap } else { 0 });
        part
    };
    let width = area.width;
    let (route, way) = match width {
        0..60 => (0, 0),
        60..90 => (17, 0),
        90..120 => (18, 11),
        120..160 => (24, 12),
        _ => (34, 12),
    };
    let bar = match width {
        0..60 => 6,
        60..90 => 8,
        90..120 => 12,
        120..160 => 18,
        _ => 36,
    };
    let gaps = |part: u16| if part > 0 { part + 2 } else { 0 };
    let tail = bar + 2 + if width < 60 { FIGURES - SPEED } else { FIGURES };
    let taken = 1 + 2 + gaps(route) + gaps(way) + 2 + tail + 1;
    let name = width.saturating_sub(taken).max(8);
    Parts {
        sign: take(1, 1),
        name: take(name, 2),
        route: take(route, 2),
        way: take(way, 2),
        tail: {
            let part = take(u16::MAX / 2, 0);
            Rect { width: part.width.saturating_sub(1), ..part }
        },
    }
}

/// Which sign stands for the state, and its colour.
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

fn way(row: &Row) -> (String, Role) {
    let Some(way) = row.via.map(Word::word) else { return (String::new(), Role::Dim) };
    match row.protected {
        Some(true) => (format!("{way} TLS"), Role::Secure),
        Some(false) => (format!("{way} plain"), Role::Insecure),
        None => (way.to_owned(), Role::Dim),
    }
}

fn tail(model: &Model, row: &Row, area: Rect, style: &dyn Fn(Role) -> Style, buffer: &mut Buffer) {
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

/// What is known of an item that ended well, as far as it fits into the cells: a number that is
/// cut off says something else.
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
        // an average over less than a second says nothing
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

/// A running item: with bar and percent where both are known, otherwise with what is.
fn running(
    model: &Model,
    row: &Row,
    area: Rect,
    style: &dyn Fn(Role) -> Style,
    buffer: &mut Buffer,
) {
    let cut = model.glyphs.cut;
    // rows come ten times a second at most, and clocks go on between them
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
    let speedy = area.width >= FIGURES + 2;
    let figures = if speedy { FIGURES } else { FIGURES - SPEED };
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
    // 100 % is said by the verdict, not by a rounded number
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
    if speedy {
        let speed = row.rate.map_or_else(String::new, rate);
        let place = Rect { width: figures.width.min(SPEED - 2), ..figures };
        put_right(buffer, place, &speed, style(Role::Text), cut);
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
