//! Moves the cursor: in the active pane, in the panel below, in a text.

use crate::ui::model::overlay::Overlay;
use crate::ui::model::queue::Tab;
use crate::ui::model::{Model, frames};

/// How far to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// By lines; positive is down.
    Lines(isize),
    /// By pages.
    Pages(isize),
    /// By half pages.
    Halves(isize),
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

impl Step {
    /// The line that is reached from `at`, of `total` lines of which `height` are seen.
    #[must_use]
    pub fn from(self, at: usize, total: usize, height: usize) -> usize {
        let last = total.saturating_sub(1);
        // a page keeps one line of what was seen
        let page = isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(isize::MAX);
        let by = |lines: isize| at.saturating_add_signed(lines).min(last);
        match self {
            Self::Lines(lines) => by(lines),
            Self::Pages(pages) => by(pages.saturating_mul(page)),
            Self::Halves(halves) => by(halves.saturating_mul((page / 2).max(1))),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

/// Moves the cursor of whatever listens.
pub fn step(model: &mut Model, step: Step) {
    if let Some(Overlay::Reading(_)) = model.overlays.last() {
        read_on(model, step);
    } else if model.in_queue {
        in_panel(model, step);
    } else {
        let height = model.pane_height();
        let pane = model.pane_mut(model.active);
        let to = step.from(pane.cursor, pane.rows(), height);
        pane.go_to(to, height);
    }
}

fn read_on(model: &mut Model, step: Step) {
    let Some(screen) = model.screen() else { return };
    let Some(Overlay::Reading(reading)) = model.overlays.last_mut() else { return };
    let (_, inside) = frames::reading(screen.all, reading);
    let lines = frames::reading_lines(reading, usize::from(inside.width)).len();
    let height = usize::from(inside.height);
    let positions = lines.saturating_sub(height) + 1;
    reading.scroll = step.from(reading.scroll, positions, height);
}

fn in_panel(model: &mut Model, step: Step) {
    let height = model.queue_height();
    let rows = usize::try_from(height).unwrap_or(1);
    if model.queue.tab == Tab::Log {
        // the newest line is the last: down is towards it
        let total = model.log.newest().count();
        let positions = total.saturating_sub(rows) + 1;
        let from_top = positions.saturating_sub(1).saturating_sub(model.log.up);
        let to = step.from(from_top, positions, rows);
        model.log.up = positions.saturating_sub(1) - to;
        return;
    }
    let panel = &mut model.queue;
    let at = usize::try_from(panel.cursor).unwrap_or(usize::MAX);
    let total = usize::try_from(panel.total()).unwrap_or(usize::MAX);
    panel.cursor = step.from(at, total, rows) as u64;
    panel.keep_in_view(height);
}
