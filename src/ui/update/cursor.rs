//! Moves the cursor of a pane or the queue panel, or scrolls a text.

use crate::ui::model::overlay::Overlay;
use crate::ui::model::queue::Tab;
use crate::ui::model::{Model, frames};

/// A cursor movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// By lines; positive values move down.
    Lines(isize),
    /// By pages; positive values move down.
    Pages(isize),
    /// By half pages; positive values move down.
    Halves(isize),
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

impl Motion {
    /// The line reached from `at`, with `total` lines of which `height` are visible.
    #[must_use]
    pub fn apply(self, at: usize, total: usize, height: usize) -> usize {
        let last = total.saturating_sub(1);
        // consecutive pages overlap by one line
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

/// Moves the cursor of the focused area.
pub fn step(model: &mut Model, motion: Motion) {
    if let Some(Overlay::Text(_)) = model.overlays.last() {
        scroll_text(model, motion);
    } else if model.in_queue {
        in_panel(model, motion);
    } else {
        let height = model.pane_height();
        let pane = model.pane_mut(model.active);
        let to = motion.apply(pane.cursor, pane.rows(), height);
        pane.go_to(to, height);
    }
}

fn scroll_text(model: &mut Model, motion: Motion) {
    let Some(screen) = model.screen() else { return };
    let Some(Overlay::Text(text_dialog)) = model.overlays.last_mut() else { return };
    let (_, inside) = frames::text_dialog(screen.all, text_dialog);
    let lines = frames::text_lines(text_dialog, usize::from(inside.width)).len();
    let height = usize::from(inside.height);
    let positions = lines.saturating_sub(height) + 1;
    text_dialog.scroll = motion.apply(text_dialog.scroll, positions, height);
}

fn in_panel(model: &mut Model, motion: Motion) {
    let height = model.queue_height();
    let rows = usize::try_from(height).unwrap_or(1);
    if model.queue.tab == Tab::Log {
        // the newest line is the last one: moving down goes to newer lines
        let total = model.log.newest().count();
        let positions = total.saturating_sub(rows) + 1;
        let from_top = positions.saturating_sub(1).saturating_sub(model.log.up);
        let to = motion.apply(from_top, positions, rows);
        model.log.up = positions.saturating_sub(1) - to;
        return;
    }
    let panel = &mut model.queue;
    let at = usize::try_from(panel.cursor).unwrap_or(usize::MAX);
    let total = usize::try_from(panel.total()).unwrap_or(usize::MAX);
    panel.cursor = motion.apply(at, total, rows) as u64;
    panel.keep_in_view(height);
}
