//! The tabs of the queue panel: labels and areas.

use ratatui::layout::{Position, Rect};

use crate::base::size::grouped;
use crate::base::text;
use crate::ui::cells::{fit, width};
use crate::ui::model::Model;
use crate::ui::model::queue::{Tab, state_word};

/// The maximum width of the search text in the label of the queue tab.
const TEXT_CELLS: usize = 16;

/// The label of a tab: running and open files, the site of the log, or failed files.
#[must_use]
pub fn label(model: &Model, tab: Tab) -> String {
    let counts = &model.queue.counts;
    match tab {
        Tab::Queue => {
            let open = counts.running + counts.waiting;
            // while directories are being listed the total grows
            let more = if counts.listing { "+" } else { "" };
            let (running, open) = (grouped(counts.running), grouped(open));
            format!("Queue {running}/{open}{more}{}", filter_text(model))
        }
        Tab::Jobs => "Jobs".to_owned(),
        Tab::Log => match &model.log.only {
            Some(site) => format!("Log {}", model.site_label(site)),
            None => "Log".to_owned(),
        },
        Tab::Failed => format!("Failed {}", grouped(counts.failed)),
    }
}

/// The filter of the queue: ` job 3 open "iso"`.
fn filter_text(model: &Model) -> String {
    let query = &model.queue.query;
    let mut label = String::new();
    if let Some(job) = query.job {
        label.push_str(&format!(" job {job}"));
    }
    let state = state_word(query.filter);
    if !state.is_empty() {
        label.push_str(&format!(" {state}"));
    }
    if !query.text.is_empty() {
        let text = text::visible_str(&query.text);
        label.push_str(&format!(" \"{}\"", fit(&text, TEXT_CELLS, model.glyphs.cut)));
    }
    label
}

/// The area of each tab in the bar, with a space on both sides of its label.
#[must_use]
pub fn areas(model: &Model, bar: Rect) -> Vec<(Tab, Rect)> {
    let mut x = bar.x + 1;
    let mut areas = Vec::new();
    for tab in Tab::ALL {
        let wide = width(&label(model, tab)) as u16 + 2;
        let room = bar.right().saturating_sub(x);
        areas.push((tab, Rect::new(x.min(bar.right()), bar.y, wide.min(room), 1)));
        x = x.saturating_add(wide + 1);
    }
    areas
}

/// The tab at a cell.
#[must_use]
pub fn at(model: &Model, bar: Rect, cell: Position) -> Option<Tab> {
    areas(model, bar).into_iter().find(|(_, area)| area.contains(cell)).map(|(tab, _)| tab)
}
