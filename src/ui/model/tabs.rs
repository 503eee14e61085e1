//! The tabs of the panel below: their words and where they stand.

use ratatui::layout::{Position, Rect};

use crate::base::size::grouped;
use crate::base::text;
use crate::ui::cells::{fit, width};
use crate::ui::model::Model;
use crate::ui::model::queue::{Tab, state_word};

/// Cells of a text that narrows the list.
const TEXT: usize = 16;

/// The words of a tab: what runs of what is to be done, the site of the log, what failed.
#[must_use]
pub fn label(model: &Model, tab: Tab) -> String {
    let counts = &model.queue.counts;
    match tab {
        Tab::Queue => {
            let open = counts.running + counts.waiting;
            // while a tree is still being listed there will be more
            let more = if counts.listing { "+" } else { "" };
            let (running, open) = (grouped(counts.running), grouped(open));
            format!("Queue {running}/{open}{more}{}", narrowed(model))
        }
        Tab::Jobs => "Jobs".to_owned(),
        Tab::Log => match &model.log.only {
            Some(site) => format!("Log {}", model.site_label(site)),
            None => "Log".to_owned(),
        },
        Tab::Failed => format!("Failed {}", grouped(counts.failed)),
    }
}

/// What narrows the list: ` job 3 open "iso"`.
fn narrowed(model: &Model) -> String {
    let query = &model.queue.query;
    let mut words = String::new();
    if let Some(job) = query.job {
        words.push_str(&format!(" job {job}"));
    }
    let state = state_word(query.filter);
    if !state.is_empty() {
        words.push_str(&format!(" {state}"));
    }
    if !query.text.is_empty() {
        let text = text::visible_str(&query.text);
        words.push_str(&format!(" \"{}\"", fit(&text, TEXT, model.glyphs.cut)));
    }
    words
}

/// Where each tab stands in the bar, a space on both sides of its words.
#[must_use]
pub fn places(model: &Model, bar: Rect) -> Vec<(Tab, Rect)> {
    let mut x = bar.x + 1;
    let mut places = Vec::new();
    for tab in Tab::ALL {
        let wide = width(&label(model, tab)) as u16 + 2;
        let room = bar.right().saturating_sub(x);
        places.push((tab, Rect::new(x.min(bar.right()), bar.y, wide.min(room), 1)));
        x = x.saturating_add(wide + 1);
    }
    places
}

/// The tab at a cell.
#[must_use]
pub fn at(model: &Model, bar: Rect, cell: Position) -> Option<Tab> {
    places(model, bar).into_iter().find(|(_, place)| place.contains(cell)).map(|(tab, _)| tab)
}
