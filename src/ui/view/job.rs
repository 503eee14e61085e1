//! A line of the list of jobs: action, source, target and progress.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::Word;
use crate::base::size::{bytes, grouped};
use crate::queue::Totals;
use crate::queue::store::JobStatus;
use crate::ui::cells::width;
use crate::ui::model::Model;
use crate::ui::model::job_line::JobLine;
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, put, put_cut, put_right};

/// Draws the line of a job.
pub fn job(model: &Model, line: &JobLine, area: Rect, on_cursor: bool, buffer: &mut Buffer) {
    let cut = model.glyphs.cut;
    let over = on_cursor.then(|| model.theme.style(Role::Cursor));
    if let Some(style) = over {
        buffer.set_style(area, style);
    }
    let style = |role: Role| over.unwrap_or_else(|| model.theme.style(role));
    if model.queue.jobs.marks.contains(&line.job) {
        put(buffer, area, model.glyphs.selected, style(Role::Selected));
    }
    let (glyph, role) = state_glyph(line);
    let rest = after(area, 1);
    put(buffer, rest, model.glyphs.states.get(glyph).copied().unwrap_or(" "), style(role));
    let rest = after(rest, 2);
    let number = line.job.to_string();
    let lines = &model.queue.jobs.lines;
    let numbers = lines.iter().map(|line| digits(line.job.0)).max().unwrap_or(1);
    put_right(
        buffer,
        Rect { width: numbers.min(rest.width), ..rest },
        &number,
        style(Role::Dim),
        cut,
    );
    let rest = after(rest, numbers + 1);
    put(buffer, rest, line.kind.word(), style(Role::Text));
    let rest = after(rest, 7);
    // the progress of all jobs starts at the same column; the paths use the remaining width
    let progress = progress(line);
    let longest = lines.iter().map(|line| width(&self::progress(line))).max().unwrap_or(0) as u16;
    let bar = match area.width {
        0..90 => 0,
        90..120 => 12,
        120..160 => 18,
        _ => 36,
    };
    let has_bar = |line: &JobLine| line.share().is_some() && !line.is_ended();
    let bar = if lines.iter().any(has_bar) { bar } else { 0 };
    let tail = longest + if bar > 0 { bar + 2 } else { 0 };
    let most = rest.width.saturating_sub(1) / 2;
    let tail = tail.min(most);
    let room = rest.width.saturating_sub(tail + 3);
    let route = match line.to.is_empty() {
        true => line.from.clone(),
        false => format!("{} {} {}", line.from, model.glyphs.arrow, line.to),
    };
    put_cut(buffer, Rect { width: room, ..rest }, &route, style(Role::Dim), cut);
    let rest = Rect { width: tail, ..after(rest, room + 2) };
    if let Some(share) = line.share().filter(|_| has_bar(line)) {
        let [full, all] = model.glyphs.bar;
        let done = ((share * f64::from(bar)) as u16).min(bar);
        let area = Rect { width: done, ..rest };
        put(buffer, area, &full.repeat(usize::from(done)), style(Role::Bar));
        let area = Rect { width: bar - done, ..after(rest, done) };
        put(buffer, area, &all.repeat(usize::from(bar - done)), style(Role::BarRest));
    }
    let rest = after(rest, if bar > 0 { bar + 2 } else { 0 });
    put_cut(buffer, rest, &progress, style(progress_role(line)), cut);
}

fn digits(number: u64) -> u16 {
    number.to_string().len() as u16
}

/// The index of the glyph for the state, and its role.
fn state_glyph(line: &JobLine) -> (usize, Role) {
    match line.state {
        JobStatus::Ended if line.cancelled => (6, Role::Dim),
        JobStatus::Ended if line.totals.failed > 0 => (5, Role::Bad),
        JobStatus::Ended => (3, Role::Good),
        _ if line.held => (2, Role::Warning),
        JobStatus::Running => (0, Role::Good),
        JobStatus::Waiting => (1, Role::Dim),
        JobStatus::Interrupted => (1, Role::Warning),
    }
}

fn progress_role(line: &JobLine) -> Role {
    match line.state {
        JobStatus::Interrupted => Role::Warning,
        _ if line.held && !line.is_ended() => Role::Warning,
        JobStatus::Ended if line.totals.failed > 0 => Role::Bad,
        _ => Role::Text,
    }
}

/// The progress of a job: `held, 1/4 files, 25 %`.
pub fn progress(line: &JobLine) -> String {
    let Totals { done, skipped, failed, cancelled, bytes_done, .. } = line.totals;
    let all = line.totals.ended() + line.totals.open();
    let mut parts = Vec::new();
    match line.state {
        JobStatus::Ended if line.cancelled => parts.push("cancelled".to_owned()),
        JobStatus::Ended => {}
        JobStatus::Interrupted => parts.push("interrupted".to_owned()),
        JobStatus::Waiting => parts.push("waiting".to_owned()),
        JobStatus::Running if !line.ours => parts.push("run by another fxpane process".to_owned()),
        JobStatus::Running => {}
    }
    if line.is_ended() {
        parts.push(format!("{} done", grouped(done)));
        if bytes_done > 0 {
            parts.push(bytes(bytes_done));
        }
    } else {
        if line.held {
            parts.push("held".to_owned());
        }
        if let Some(at) = line.start_at {
            parts.push(format!("not before {}", at.strftime("%Y-%m-%d %H:%M UTC")));
        }
        let more = if line.listing { "+" } else { "" };
        parts.push(format!("{}/{}{more} files", grouped(line.totals.ended()), grouped(all)));
        if let Some(share) = line.share() {
            parts.push(format!("{} %", ((share * 100.0) as u64).min(99)));
        }
    }
    for (count, word) in [(failed, "failed"), (skipped, "skipped"), (cancelled, "cancelled")] {
        if count > 0 {
            parts.push(format!("{} {word}", grouped(count)));
        }
    }
    if let (Some(lanes), false) = (line.lanes, line.is_ended()) {
        parts.push(format!("{lanes} parallel"));
    }
    if line.priority != 0 && !line.is_ended() {
        parts.push(format!("priority {:+}", line.priority));
    }
    parts.join(", ")
}
