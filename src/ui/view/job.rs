//! One job of the queue: what, from where to where, how far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::Word;
use crate::base::size::{bytes, grouped};
use crate::base::text::counted;
use crate::queue::Totals;
use crate::queue::store::JobState;
use crate::ui::cells::width;
use crate::ui::model::Model;
use crate::ui::model::jobs::JobLine;
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
    let (sign, role) = sign(line);
    let rest = after(area, 1);
    put(buffer, rest, model.glyphs.states.get(sign).copied().unwrap_or(" "), style(role));
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
    // the tails of all jobs begin at one place; the paths have what is left
    let told = told(line);
    let longest = lines.iter().map(|line| width(&self::told(line))).max().unwrap_or(0) as u16;
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
        let place = Rect { width: done, ..rest };
        put(buffer, place, &full.repeat(usize::from(done)), style(Role::Bar));
        let place = Rect { width: bar - done, ..after(rest, done) };
        put(buffer, place, &all.repeat(usize::from(bar - done)), style(Role::BarRest));
    }
    let rest = after(rest, if bar > 0 { bar + 2 } else { 0 });
    put_cut(buffer, rest, &told, style(role_of_words(line)), cut);
}

fn digits(number: u64) -> u16 {
    number.to_string().len() as u16
}

/// Which sign stands for the state, and its colour.
fn sign(line: &JobLine) -> (usize, Role) {
    match line.state {
        JobState::Ended if line.cancelled => (6, Role::Dim),
        JobState::Ended if line.totals.failed > 0 => (5, Role::Bad),
        JobState::Ended => (3, Role::Good),
        _ if line.held => (2, Role::Warning),
        JobState::Running => (0, Role::Good),
        JobState::Waiting => (1, Role::Dim),
        JobState::Interrupted => (1, Role::Warning),
    }
}

fn role_of_words(line: &JobLine) -> Role {
    match line.state {
        JobState::Interrupted => Role::Warning,
        _ if line.held && !line.is_ended() => Role::Warning,
        JobState::Ended if line.totals.failed > 0 => Role::Bad,
        _ => Role::Text,
    }
}

/// How far it is, in words.
pub fn told(line: &JobLine) -> String {
    let Totals { done, skipped, failed, cancelled, bytes_done, .. } = line.totals;
    let all = line.totals.ended() + line.totals.open();
    let mut words = Vec::new();
    match line.state {
        JobState::Ended if line.cancelled => words.push("cancelled".to_owned()),
        JobState::Ended => {}
        JobState::Interrupted => words.push("interrupted".to_owned()),
        JobState::Waiting => words.push("waiting".to_owned()),
        JobState::Running if !line.ours => words.push("run by another fxpane".to_owned()),
        JobState::Running => {}
    }
    if line.is_ended() {
        words.push(format!("{} done", grouped(done)));
        if bytes_done > 0 {
            words.push(bytes(bytes_done));
        }
    } else {
        if line.held {
            words.push("held".to_owned());
        }
        if let Some(at) = line.start_at {
            words.push(format!("not before {}", at.strftime("%Y-%m-%d %H:%M UTC")));
        }
        let more = if line.listing { "+" } else { "" };
        words.push(format!("{}/{}{more} files", grouped(line.totals.ended()), grouped(all)));
        if let Some(share) = line.share() {
            words.push(format!("{} %", ((share * 100.0) as u64).min(99)));
        }
    }
    for (count, word) in [(failed, "failed"), (skipped, "skipped"), (cancelled, "cancelled")] {
        if count > 0 {
            words.push(format!("{} {word}", grouped(count)));
        }
    }
    if let (Some(lanes), false) = (line.lanes, line.is_ended()) {
        words.push(counted(lanes as u64, "lane"));
    }
    if line.priority != 0 && !line.is_ended() {
        words.push(format!("priority {:+}", line.priority));
    }
    words.join(", ")
}
