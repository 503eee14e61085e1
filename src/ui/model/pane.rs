//! One pane: its directory, sort order, selection and cursor.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::needle::Needle;
use crate::engine::{Directory, Failure};
use crate::ftp::Entry;
use crate::site::Location;
use crate::ui::layout::scrolled;
use crate::ui::model::listing::{Arranged, Orders, Sort};
use crate::ui::model::marks::Marks;
use crate::ui::model::msg::{Millis, Ticket};

/// Why a directory was requested; decides how history and cursor change when it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Navigation {
    /// To another directory.
    Go,
    /// Back to the previous directory.
    Back,
    /// Forward again after going back.
    Forward,
    /// The same directory, because the user reloads it.
    Refresh,
    /// The same directory, because something changed in it.
    Background,
}

/// A directory that a pane waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// Identifies the answer.
    pub ticket: Ticket,
    /// When the request was sent.
    pub since: Millis,
    /// The requested directory.
    pub at: Location,
    /// Why it was requested.
    pub navigation: Navigation,
}

/// A failed listing.
#[derive(Debug, Clone, PartialEq)]
pub struct ListingFailure {
    /// Why it failed.
    pub failure: Failure,
    /// The requested directory.
    pub at: Location,
}

/// A row of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaneRow {
    /// `..`
    Parent,
    /// An entry, by its index in the directory.
    Entry(u32),
}

/// The state of one pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pane {
    /// The displayed directory; `None` before the first one has arrived.
    pub shown: Option<Arc<Directory>>,
    /// Its entries in all sort orders.
    pub orders: Orders,
    /// The indices of the visible entries, in display order.
    pub order: Vec<u32>,
    /// The row with the cursor.
    pub cursor: usize,
    /// The first visible row.
    pub scroll: usize,
    /// The selected entries.
    pub marks: Marks,
    /// The sort order.
    pub sort: Sort,
    /// True to show names that start with a dot.
    pub hidden: bool,
    /// Show only names that contain this text; empty for all.
    pub filter: String,
    /// The last search text.
    pub find: String,
    /// The pending listing.
    pub wait: Option<Wait>,
    /// Why the last listing failed, if it did.
    pub list_error: Option<ListingFailure>,
    /// True if the directory changed since it was listed.
    pub stale: bool,
    /// When the directory was listed.
    pub listed: Millis,
    /// The name to move the cursor to after the next listing.
    pub select_next: Option<Vec<u8>>,
    /// Previous directories, the latest last.
    pub back: Vec<Location>,
    /// Directories left by going back, the latest last.
    pub forward: Vec<Location>,
    /// The name under the cursor in previous directories, the latest last.
    pub cursors: Vec<(Location, Vec<u8>)>,
}

/// The maximum length of the history of a pane.
const MAX_HISTORY: usize = 100;

impl Pane {
    /// The displayed directory; before the first listing the requested one.
    #[must_use]
    pub fn at(&self) -> Option<&Location> {
        self.shown
            .as_ref()
            .map(|directory| &directory.at)
            .or_else(|| self.wait.as_ref().map(|wait| &wait.at))
            .or_else(|| self.list_error.as_ref().map(|list_error| &list_error.at))
    }

    /// True if the directory has a parent.
    #[must_use]
    pub fn has_parent(&self) -> bool {
        self.shown.as_ref().is_some_and(|directory| directory.at.parent().is_some())
    }

    /// The number of rows, including `..`.
    #[must_use]
    pub fn rows(&self) -> usize {
        usize::from(self.has_parent()) + self.order.len()
    }

    /// The content of a row.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<PaneRow> {
        let parent = usize::from(self.has_parent());
        if at < parent {
            return Some(PaneRow::Parent);
        }
        self.order.get(at - parent).map(|entry| PaneRow::Entry(*entry))
    }

    /// The row of an entry.
    #[must_use]
    pub fn row_of(&self, entry: u32) -> Option<usize> {
        let at = self.order.iter().position(|at| *at == entry)?;
        Some(at + usize::from(self.has_parent()))
    }

    /// An entry by its index in the directory.
    #[must_use]
    pub fn entry(&self, at: u32) -> Option<&Entry> {
        self.shown.as_ref()?.entries.get(at as usize)
    }

    /// The entry under the cursor; `None` on `..` and in an empty directory.
    #[must_use]
    pub fn under_cursor(&self) -> Option<&Entry> {
        match self.row(self.cursor)? {
            PaneRow::Parent => None,
            PaneRow::Entry(at) => self.entry(at),
        }
    }

    /// The entries that an action applies to: the selected entries in display order, those that the
    /// filter hides last; without a selection the entry under the cursor.
    #[must_use]
    pub fn targets(&self) -> Vec<&Entry> {
        if self.marks.count() == 0 {
            return self.under_cursor().into_iter().collect();
        }
        let mut rest: HashSet<u32> = self.marks.iter().collect();
        let mut targets: Vec<&Entry> = Vec::with_capacity(rest.len());
        for at in &self.order {
            if rest.remove(at) {
                targets.extend(self.entry(*at));
            }
        }
        let mut rest: Vec<u32> = rest.into_iter().collect();
        rest.sort_unstable();
        targets.extend(rest.iter().filter_map(|at| self.entry(*at)));
        targets
    }

    /// The number of selected entries that are not visible.
    #[must_use]
    pub fn hidden_marks(&self) -> usize {
        self.marks.count() - self.order.iter().filter(|at| self.marks.has(**at)).count()
    }

    /// Moves the cursor to a row, or to the last one.
    pub fn go_to(&mut self, row: usize, height: usize) {
        self.cursor = row.min(self.rows().saturating_sub(1));
        self.keep_in_view(height);
    }

    /// Scrolls so that the cursor is visible within `height` rows.
    pub fn keep_in_view(&mut self, height: usize) {
        self.scroll = scrolled(self.scroll, self.cursor, height, self.rows());
    }

    /// Changes the sort order; the cursor stays on its entry.
    pub fn resort(&mut self, sort: Sort, height: usize) {
        self.sort = sort;
        self.reorder(height);
    }

    /// Applies order and filter again; the cursor stays on its entry.
    pub fn reorder(&mut self, height: usize) {
        let Some(directory) = &self.shown else { return };
        let under = self.row(self.cursor);
        let filter = Needle::new(&self.filter);
        self.order = self.orders.shown(directory, self.sort, self.hidden, &filter);
        match under {
            Some(PaneRow::Entry(at)) if let Some(row) = self.row_of(at) => self.cursor = row,
            Some(PaneRow::Entry(_)) => {
                self.cursor = self.cursor.min(self.rows().saturating_sub(1));
            }
            _ => self.cursor = 0,
        }
        self.keep_in_view(height);
    }

    /// Shows a directory that has arrived.
    ///
    /// The same directory keeps cursor and selection by name; in another one the cursor goes to its
    /// previous position, or to the subdirectory that the user came from.
    pub fn show(&mut self, arranged: Arranged, navigation: Navigation, now: Millis, height: usize) {
        let Arranged { directory, orders } = arranged;
        let row = self.cursor;
        let was_on_parent = self.row(row) == Some(PaneRow::Parent);
        let under = self.under_cursor().map(|entry| entry.name.to_vec());
        let before = self.shown.take();
        self.orders = orders;
        self.listed = now;
        self.list_error = None;
        match before {
            Some(before) if before.at.same(&directory.at) => {
                self.carry_marks(&before, &directory);
                self.shown = Some(directory);
                self.fill_order();
                let name = self.select_next.take().or(under);
                self.cursor = match name.and_then(|name| self.row_named(&name)) {
                    Some(row) => row,
                    None if was_on_parent => 0,
                    None => row.min(self.rows().saturating_sub(1)),
                };
            }
            before => {
                let left = before.map(|before| before.at.clone());
                if let Some(left) = left.clone() {
                    self.leave(left, under, navigation);
                }
                self.stale = false;
                self.marks.clear();
                self.filter.clear();
                self.cursor = 0;
                self.scroll = 0;
                self.shown = Some(directory);
                self.fill_order();
                let name = self.select_next.take().or_else(|| self.previous_name(left.as_ref()));
                if let Some(row) = name.and_then(|name| self.row_named(&name)) {
                    self.cursor = row;
                    // center the cursor, so that its neighbours are visible
                    self.scroll = row.saturating_sub(height / 2);
                }
            }
        }
        self.keep_in_view(height);
    }

    fn fill_order(&mut self) {
        if let Some(directory) = &self.shown {
            let filter = Needle::new(&self.filter);
            self.order = self.orders.shown(directory, self.sort, self.hidden, &filter);
        }
    }

    /// The row of a name.
    #[must_use]
    pub fn row_named(&self, name: &[u8]) -> Option<usize> {
        // scanning the entries in memory order is faster than in display order
        let named = |entry: &Entry| &entry.name[..] == name;
        let at = self.shown.as_ref()?.entries.iter().position(named)?;
        self.row_of(u32::try_from(at).ok()?)
    }

    fn carry_marks(&mut self, before: &Directory, directory: &Directory) {
        let names: HashSet<&[u8]> = self
            .marks
            .iter()
            .filter_map(|at| before.entries.get(at as usize))
            .map(|entry| &entry.name[..])
            .collect();
        let mut marks = Marks::default();
        if !names.is_empty() {
            for (at, entry) in (0..).zip(&directory.entries) {
                if names.contains(&entry.name[..]) {
                    marks.set(directory, at, true);
                }
            }
        }
        self.marks = marks;
    }

    fn leave(&mut self, left: Location, under: Option<Vec<u8>>, navigation: Navigation) {
        self.cursors.retain(|(at, _)| !at.same(&left));
        if let Some(name) = under {
            push(&mut self.cursors, (left.clone(), name));
        }
        match navigation {
            Navigation::Back => push(&mut self.forward, left),
            Navigation::Forward => push(&mut self.back, left),
            Navigation::Go | Navigation::Refresh | Navigation::Background => {
                push(&mut self.back, left);
                self.forward.clear();
            }
        }
    }

    /// The subdirectory that the user came from, or the name that was under the cursor before.
    fn previous_name(&self, came_from: Option<&Location>) -> Option<Vec<u8>> {
        let here = &self.shown.as_ref()?.at;
        let from_below = came_from
            .filter(|from| from.parent().is_some_and(|above| above.same(here)))
            .map(|from| from.name().to_vec());
        from_below.or_else(|| {
            let (_, name) = self.cursors.iter().rev().find(|(at, _)| at.same(here))?;
            Some(name.clone())
        })
    }
}

fn push<T>(history: &mut Vec<T>, entry: T) {
    if history.len() >= MAX_HISTORY {
        history.remove(0);
    }
    history.push(entry);
}

#[cfg(test)]
#[path = "pane_tests.rs"]
mod tests;
