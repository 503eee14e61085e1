//! The layout of the screen, computed from the size of the terminal; drawing and mouse handling
//! use the same functions.

use ratatui::layout::Rect;

/// The smallest size of the terminal in columns and rows.
pub const SMALLEST: (u16, u16) = (40, 10);

/// The sizes that the user has set with keys or by dragging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splits {
    /// Width of the left pane, in thousandths of the screen.
    pub left: u16,
    /// Rows of the queue panel below its bar; `None` derives them from the height.
    pub queue: Option<u16>,
}

impl Default for Splits {
    fn default() -> Self {
        Self { left: 500, queue: None }
    }
}

/// The areas of one pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaneArea {
    /// Site, encryption and path.
    pub title: Rect,
    /// Column headings.
    pub heading: Rect,
    /// The entries.
    pub rows: Rect,
    /// Totals and free space.
    pub footer: Rect,
}

/// The areas of the whole screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreenLayout {
    /// The whole screen.
    pub all: Rect,
    /// The left and the right pane.
    pub panes: [PaneArea; 2],
    /// The line between the panes.
    pub separator: Rect,
    /// The bar with the tabs.
    pub bar: Rect,
    /// The rows of the queue or log.
    pub queue: Rect,
    /// The last line: hints, messages, find.
    pub hints: Rect,
}

/// The columns of a pane; a column of width 0 is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaneColumns {
    /// The mark of cursor and selection.
    pub mark: Rect,
    /// Names.
    pub name: Rect,
    /// Sizes, right-aligned.
    pub size: Rect,
    /// Modification times.
    pub time: Rect,
    /// Permissions.
    pub perms: Rect,
}

/// Divides the screen; `None` if the terminal is smaller than [`SMALLEST`].
#[must_use]
pub fn screen(width: u16, height: u16, splits: Splits) -> Option<ScreenLayout> {
    if width < SMALLEST.0 || height < SMALLEST.1 {
        return None;
    }
    let queue_height = queue_rows(height, splits.queue);
    // title, heading, footer, bar and hints take one row each
    let rows = height - queue_height - 5;
    let panes_height = rows + 3;
    let left = (u32::from(width) * u32::from(splits.left.min(1000)) / 1000) as u16;
    let left = left.clamp(16, width - 17);
    let pane = |x: u16, width: u16| PaneArea {
        title: Rect::new(x, 0, width, 1),
        heading: Rect::new(x, 1, width, 1),
        rows: Rect::new(x, 2, width, rows),
        footer: Rect::new(x, 2 + rows, width, 1),
    };
    Some(ScreenLayout {
        all: Rect::new(0, 0, width, height),
        panes: [pane(0, left), pane(left + 1, width - left - 1)],
        separator: Rect::new(left, 0, 1, panes_height),
        bar: Rect::new(0, panes_height, width, 1),
        queue: Rect::new(0, panes_height + 1, width, queue_height),
        hints: Rect::new(0, height - 1, width, 1),
    })
}

/// Rows of the queue panel: the requested number, but the panes keep at least three entries.
#[must_use]
pub fn queue_rows(height: u16, wanted: Option<u16>) -> u16 {
    let most = height.saturating_sub(8);
    // a seventh of the height, and three rows at 80x24
    let usual = if height < 16 { 1 } else { (height / 7).max(2) };
    wanted.unwrap_or(usual).clamp(1, most.max(1))
}

/// Divides a row of a pane into columns. The time needs 44 columns, the permissions need 80.
#[must_use]
pub fn columns(row: Rect) -> PaneColumns {
    let size = if row.width >= 24 { 9 } else { 0 };
    let time = if row.width >= 44 { 12 } else { 0 };
    let perms = if row.width >= 80 { 11 } else { 0 };
    let gap = |wide: u16| if wide > 0 { wide + 2 } else { 0 };
    let name = row.width.saturating_sub(1 + gap(size) + gap(time) + gap(perms) + 1);
    let mut x = row.x;
    let mut take = |width: u16, before: u16| {
        let at = if width > 0 { x + before } else { x };
        let column = Rect::new(at, row.y, width, row.height);
        if width > 0 {
            x = at + width;
        }
        column
    };
    PaneColumns {
        mark: take(1, 0),
        name: take(name, 0),
        size: take(size, 2),
        time: take(time, 2),
        perms: take(perms, 2),
    }
}

/// A centered dialog of this size (border included), reduced to fit on the screen.
#[must_use]
pub fn dialog(all: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(all.width);
    let height = height.min(all.height);
    Rect::new(
        all.x + (all.width - width) / 2,
        // slightly above the middle looks centered
        all.y + (all.height - height) * 2 / 5,
        width,
        height,
    )
}

/// The inside of a dialog: without the border and one column of padding on each side.
#[must_use]
pub fn inside(dialog: Rect) -> Rect {
    Rect::new(
        dialog.x + dialog.width.min(2),
        dialog.y + dialog.height.min(1),
        dialog.width.saturating_sub(4),
        dialog.height.saturating_sub(2),
    )
}

/// The width of one row of buttons with these label widths: each label has a space and a bracket
/// on both sides, and two columns separate the buttons.
#[must_use]
pub fn buttons_width(labels: &[u16]) -> u16 {
    labels.iter().map(|label| label + 4).sum::<u16>() + 2 * (labels.len() as u16).saturating_sub(1)
}

/// Places buttons with these label widths, each row centered in `area`, from the top; buttons
/// that do not fit go to the next row.
#[must_use]
pub fn buttons(area: Rect, labels: &[u16]) -> Vec<Rect> {
    let mut areas = Vec::with_capacity(labels.len());
    let mut rest = labels;
    let mut y = area.y;
    while !rest.is_empty() {
        let fitting =
            (1..=rest.len()).rev().find(|count| buttons_width(&rest[..*count]) <= area.width);
        let (row, following) = rest.split_at(fitting.unwrap_or(1));
        let mut x = area.x + area.width.saturating_sub(buttons_width(row)) / 2;
        for label in row {
            let width = (label + 4).min(area.right().saturating_sub(x));
            let height = u16::from(y < area.bottom());
            areas.push(Rect::new(x, y, width, height));
            x = x.saturating_add(width + 2);
        }
        rest = following;
        y = y.saturating_add(1);
    }
    areas
}

/// The first visible line that keeps `cursor` in view, with as little scrolling as possible.
#[must_use]
pub fn scrolled(scroll: usize, cursor: usize, rows: usize, total: usize) -> usize {
    let rows = rows.max(1);
    let lowest = cursor.saturating_sub(rows - 1);
    scroll.clamp(lowest, cursor.max(lowest)).min(total.saturating_sub(rows).max(lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(a: Rect, b: Rect) -> bool {
        a.intersects(b)
    }

    #[test]
    fn areas_fill_the_screen_and_never_overlap() {
        for width in 40..=210 {
            for height in [10, 11, 15, 16, 24, 40, 60, 100] {
                for splits in [
                    Splits::default(),
                    Splits { left: 0, queue: Some(0) },
                    Splits { left: 1000, queue: Some(u16::MAX) },
                ] {
                    let screen = screen(width, height, splits).unwrap();
                    let mut areas = vec![screen.separator, screen.bar, screen.queue, screen.hints];
                    for pane in screen.panes {
                        areas.extend([pane.title, pane.heading, pane.rows, pane.footer]);
                    }
                    let area: u32 = areas.iter().map(|area| area.area()).sum();
                    assert_eq!(area, screen.all.area(), "{width}x{height} {splits:?}");
                    for (at, a) in areas.iter().enumerate() {
                        assert!(a.area() > 0);
                        assert!(areas[at + 1..].iter().all(|b| !overlap(*a, *b)));
                        assert_eq!(a.intersection(screen.all), *a);
                    }
                    assert!(screen.panes[0].rows.height >= 3);
                }
            }
        }
        assert_eq!(screen(39, 24, Splits::default()), None);
        assert_eq!(screen(80, 9, Splits::default()), None);
    }

    #[test]
    fn at_80x24_the_queue_has_three_lines_and_panes_show_name_and_size() {
        let screen = screen(80, 24, Splits::default()).unwrap();
        assert_eq!(screen.queue.height, 3);
        for pane in screen.panes {
            let columns = columns(pane.rows);
            assert_eq!((columns.size.width, columns.time.width), (9, 0));
            assert!(columns.name.width >= 24);
        }
    }

    #[test]
    fn columns_stay_within_their_row() {
        for width in 0..200 {
            let row = Rect::new(5, 1, width, 1);
            let columns = columns(row);
            for column in [columns.name, columns.size, columns.time, columns.perms]
                .iter()
                .filter(|c| c.width > 0)
            {
                assert!(column.right() <= row.right(), "{width}: {columns:?}");
            }
        }
    }

    #[test]
    fn dialogs_and_buttons_fit() {
        let all = Rect::new(0, 0, 40, 10);
        assert_eq!(dialog(all, 200, 200), all);
        assert_eq!(dialog(all, 20, 4), Rect::new(10, 2, 20, 4));
        assert_eq!(inside(Rect::new(0, 0, 1, 1)).area(), 0);
        let row = Rect::new(0, 0, 30, 1);
        let areas = buttons(row, &[4, 6]);
        assert_eq!(areas, [Rect::new(5, 0, 8, 1), Rect::new(15, 0, 10, 1)]);
        for (at, area) in (0..).zip(buttons(Rect::new(3, 0, 10, 3), &[9, 9, 9])) {
            assert!(area.right() <= 13 && area.y == at);
        }
    }

    #[test]
    fn scrolling_moves_as_little_as_possible() {
        assert_eq!(scrolled(0, 5, 10, 100), 0);
        assert_eq!(scrolled(0, 10, 10, 100), 1);
        assert_eq!(scrolled(50, 20, 10, 100), 20);
        assert_eq!(scrolled(95, 99, 10, 100), 90);
        assert_eq!(scrolled(5, 0, 0, 0), 0);
        assert_eq!(scrolled(3, 2, 10, 5), 0);
    }
}
