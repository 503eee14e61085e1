//! The tabs of the panel below: their words and where they stand.

use ratatui::layout::{Position, Rect};

use crate::base::size::grouped;
use crate::engine::RowFilter;
use crate::ui::cells::width;
use crate::ui::model::Model;
use crate::ui::model::queue::Tab;

/// The words of a tab: what runs of what is to be done, the site of the log, what failed.
#[must_use]
pub fn label(model: &Model, tab: Tab) -> String {
    let counts = &model.queue.counts;
    match tab {
        Tab::Queue => {
            let open = counts.running + counts.waiting;
            // while a tree is still being listed there will be more
            let more = if counts.listing { "+" } else { "" };
            let only = match model.queue.only {
                RowFilter::Open => " open",
                RowFilter::Failed => " failed",
                RowFilter::Ended => " ended",
                RowFilter::All => "",
            };
            format!("Queue {}/{}{more}{only}", grouped(counts.running), grouped(open))
        }
        Tab::Log => match &model.log.only {
            Some(site) => format!("Log {}", model.site_label(site)),
            None => "Log".to_owned(),
        },
        Tab::Failed => format!("Failed {}", grouped(counts.failed)),
    }
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
