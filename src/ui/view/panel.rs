//! The queue panel: the bar with tabs and totals, and the rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::size::{bytes, clock, grouped, rate};
use crate::base::text::counted;
use crate::ui::action::Action;
use crate::ui::cells::width;
use crate::ui::model::queue::Tab;
use crate::ui::model::{Model, tabs};
use crate::ui::theme::Role;
use crate::ui::view::paint::{after, line, put, put_cut};
use crate::ui::view::{job, row};

/// The width of the speed graph.
const SPARK: usize = 12;

/// Draws the bar: tabs on the left, totals on the right.
pub fn bar(model: &Model, area: Rect, buffer: &mut Buffer) {
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let border = theme.style(Role::Border);
    put(buffer, area, &glyphs.horizontal.repeat(usize::from(area.width)), border);
    let tab_areas = tabs::areas(model, area);
    let mut end = area.x;
    for (at, (tab, tab_area)) in tab_areas.iter().enumerate() {
        let active = *tab == model.queue.tab;
        let role = match (active, model.in_queue, tab) {
            (true, true, _) => Role::TitleActive,
            (true, false, _) => Role::TabActive,
            (false, _, Tab::Failed) if model.queue.counts.failed > 0 => Role::Bad,
            (false, ..) => Role::Tab,
        };
        let label = format!(" {} ", tabs::label(model, *tab));
        put(buffer, *tab_area, &label, theme.style(role));
        end = tab_area.right();
        if at + 1 < tab_areas.len() {
            let gap = Rect::new(end, area.y, area.right().saturating_sub(end).min(1), 1);
            put(buffer, gap, glyphs.tab, border);
        }
    }
    totals(model, Rect { x: end, width: area.right().saturating_sub(end), ..area }, buffer);
}

/// Speed, speed graph and time left; the last ones are dropped if there is no room.
fn totals(model: &Model, area: Rect, buffer: &mut Buffer) {
    let counts = &model.queue.counts;
    let mut pieces: Vec<(String, Role)> = Vec::new();
    if counts.paused {
        pieces.push(("paused".to_owned(), Role::Warning));
    }
    if counts.running > 0 {
        let left = match counts.left {
            Some(left) => format!("{} left", clock(left)),
            None => "time left unknown".to_owned(),
        };
        // a speed of zero was not measured
        if counts.rate >= 1.0 {
            let speed = format!("{} {}", rate(counts.rate), spark(model));
            pieces.push((speed.trim_end().to_owned(), Role::Good));
        }
        pieces.push((left, Role::Text));
    } else if counts.waiting == 0 && counts.done > 0 {
        let files = counted(counts.done, "file").replacen(
            &counts.done.to_string(),
            &grouped(counts.done),
            1,
        );
        let sum = match counts.bytes {
            // deletions transfer no data
            0 => String::new(),
            sum => format!(", {}", bytes(sum)),
        };
        pieces.push((format!("done: {files}{sum}"), Role::Good));
    } else if counts.listing {
        pieces.push((format!("{} listing", model.glyphs.spin(model.now)), Role::Spinner));
    }
    let wide = |pieces: &[(String, Role)]| -> usize {
        pieces.iter().map(|(text, _)| width(text) + 3).sum()
    };
    while wide(&pieces) + 2 > usize::from(area.width) && pieces.pop().is_some() {}
    let mut rest = after(area, area.width.saturating_sub(wide(&pieces) as u16));
    for (text, role) in pieces {
        let text = format!(" {text} ");
        let taken = put(buffer, rest, &text, model.theme.style(role));
        rest = after(rest, taken + 1);
    }
}

fn spark(model: &Model) -> String {
    let speeds = &model.queue.speeds;
    let most = speeds.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return String::new();
    }
    let from = speeds.len().saturating_sub(SPARK);
    speeds.iter().skip(from).map(|speed| model.glyphs.spark(speed / most)).collect()
}

/// Draws the rows of the queue or the jobs, or why there are none.
pub fn rows(model: &Model, area: Rect, buffer: &mut Buffer) {
    let panel = &model.queue;
    if panel.current_query().is_some_and(|query| query != panel.window_query) {
        // the rows have been requested
        if !panel.query.text.is_empty() {
            let text = format!("{} searching the queue", model.glyphs.spin(model.now));
            put(buffer, after(area, 1), &text, model.theme.style(Role::Spinner));
        }
        return;
    }
    if panel.total() == 0 {
        let text = match panel.tab {
            Tab::Jobs if panel.jobs.fetched.is_none() => return,
            Tab::Jobs => "no jobs".to_owned(),
            _ if panel.is_filtered() => {
                let all = model.keymap.keys_of(Action::Cancel).into_iter().next();
                let all = all.map_or_else(String::new, |key| format!("; {key} shows all"));
                format!("no matching lines{all}")
            }
            Tab::Failed => "no failed files".to_owned(),
            _ if panel.counts.listing => {
                format!("{} listing directories", model.glyphs.spin(model.now))
            }
            _ => {
                let keys = |action| model.keymap.keys_of(action).into_iter().next();
                match (keys(Action::Select), keys(Action::Copy)) {
                    (Some(select), Some(copy)) => {
                        format!("the queue is empty: {select} selects files, {copy} copies them")
                    }
                    _ => "the queue is empty".to_owned(),
                }
            }
        };
        put_cut(buffer, after(area, 1), &text, model.theme.style(Role::Dim), model.glyphs.cut);
        return;
    }
    for at in 0..area.height {
        let number = panel.scroll + u64::from(at);
        let row_area = line(area, at);
        let on_cursor = model.in_queue && number == panel.cursor;
        if panel.tab == Tab::Jobs {
            let known = usize::try_from(number).ok().and_then(|at| panel.jobs.lines.get(at));
            if let Some(known) = known {
                job::job(model, known, row_area, on_cursor, buffer);
            }
            continue;
        }
        let Some(row) = panel.row(number) else { continue };
        row::row(model, row, row_area, on_cursor, buffer);
    }
}
