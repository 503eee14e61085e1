//! One pane: the directory it shows, in which order, and where the cursor is.

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

/// How a directory came to be asked for: what becomes of history and cursor when it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Into a directory, up, or to another place.
    Go,
    /// To the place shown before.
    Back,
    /// Undo back.
    Forward,
    /// The same place again, because the user says so.
    Refresh,
    /// The same place again, because something changed there.
    Quiet,
}

/// A directory that a pane waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// Names the answer.
    pub ticket: Ticket,
    /// Since when.
    pub since: Millis,
    /// What was asked for.
    pub at: Location,
    /// What becomes of it.
    pub way: Way,
}

/// Why a pane has nothing to show, or nothing newer.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// What went wrong.
    pub failure: Failure,
    /// What was asked for.
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

/// One side of the screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pane {
    /// The directory shown; nothing before the first one has arrived.
    pub shown: Option<Arc<Directory>>,
    /// Its entries in all orders.
    pub orders: Orders,
    /// Those that are shown, in the order in which they are.
    pub order: Vec<u32>,
    /// The row with the cursor.
    pub cursor: usize,
    /// The first row that is drawn.
    pub scroll: usize,
    /// What is selected.
    pub marks: Marks,
    /// The order.
    pub sort: Sort,
    /// Show names that begin with a dot.
    pub hidden: bool,
    /// Show only these names.
    pub filter: String,
    /// The name searched for last.
    pub find: String,
    /// What the pane waits for.
    pub wait: Option<Wait>,
    /// Why there is nothing to show, or nothing newer.
    pub trouble: Option<Trouble>,
    /// True when something changed in the directory since it was listed.
    pub stale: bool,
    /// When it was listed.
    pub listed: Millis,
    /// The name to put the cursor on when the directory is listed again.
    pub aim: Option<Vec<u8>>,
    /// Places shown before, the latest last.
    pub back: Vec<Location>,
    /// Places left by going back, the latest last.
    pub forward: Vec<Location>,
    /// Where the cursor stood in places shown before, the latest last.
    pub stood: Vec<(Location, Vec<u8>)>,
}

/// How many places a pane remembers.
const REMEMBERED: usize = 100;

impl Pane {
    /// Where the pane is; while it has shown nothing yet, where it is going or could not go.
    #[must_use]
    pub fn at(&self) -> Option<&Location> {
        self.shown
            .as_ref()
            .map(|directory| &directory.at)
            .or_else(|| self.wait.as_ref().map(|wait| &wait.at))
            .or_else(|| self.trouble.as_ref().map(|trouble| &trouble.at))
    }

    /// True when there is a directory above.
    #[must_use]
    pub fn has_parent(&self) -> bool {
        self.shown.as_ref().is_some_and(|directory| directory.at.parent().is_some())
    }

    /// How many rows there are, `..` included.
    #[must_use]
    pub fn rows(&self) -> usize {
        usize::from(self.has_parent()) + self.order.len()
    }

    /// What a row is.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<PaneRow> {
        let parent = usize::from(self.has_parent());
        if at < parent {
            return Some(PaneRow::Parent);
        }
        self.order.get(at - parent).map(|entry| PaneRow::Entry(*entry))
    }

    /// The row that shows an entry.
    #[must_use]
    pub fn row_of(&self, entry: u32) -> Option<usize> {
        let at = self.order.iter().position(|at| *at == entry)?;
        Some(at + usize::from(self.has_parent()))
    }

    /// An entry of the directory.
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

    /// What an action works on: the selected entries in the order shown, those that the filter
    /// hides last; without a selection the entry under the cursor.
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

    /// How many selected entries are not shown.
    #[must_use]
    pub fn unseen_marks(&self) -> usize {
        self.marks.count() - self.order.iter().filter(|at| self.marks.has(**at)).count()
    }

    /// Puts the cursor on a row, or the last one.
    pub fn go_to(&mut self, row: usize, height: usize) {
        self.cursor = row.min(self.rows().saturating_sub(1));
        self.keep_in_view(height);
    }

    /// Scrolls so that the cursor is seen in `height` rows.
    pub fn keep_in_view(&mut self, height: usize) {
        self.scroll = scrolled(self.scroll, self.cursor, height, self.rows());
    }

    /// Sorts anew; the cursor stays on its entry.
    pub fn resort(&mut self, sort: Sort, height: usize) {
        self.sort = sort;
        self.reorder(height);
    }

    /// Filters anew; the cursor stays on its entry.
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
    /// The same place keeps cursor and selection by name; another one starts at the place that
    /// was left there, or at the directory that the user comes up from.
    pub fn show(&mut self, arranged: Arranged, way: Way, now: Millis, height: usize) {
        let Arranged { directory, orders } = arranged;
        let row = self.cursor;
        let was_on_parent = self.row(row) == Some(PaneRow::Parent);
        let under = self.under_cursor().map(|entry| entry.name.to_vec());
        let before = self.shown.take();
        self.orders = orders;
        self.listed = now;
        self.trouble = None;
        match before {
            Some(before) if before.at.same(&directory.at) => {
                self.carry_marks(&before, &directory);
                self.shown = Some(directory);
                self.fill_order();
                let aim = self.aim.take().or(under);
                self.cursor = match aim.and_then(|name| self.row_named(&name)) {
                    Some(row) => row,
                    None if was_on_parent => 0,
                    None => row.min(self.rows().saturating_sub(1)),
                };
            }
            before => {
                let left = before.map(|before| before.at.clone());
                if let Some(left) = left.clone() {
                    self.leave(left, under, way);
                }
                self.stale = false;
                self.marks.clear();
                self.filter.clear();
                self.cursor = 0;
                self.scroll = 0;
                self.shown = Some(directory);
                self.fill_order();
                let aim = self.aim.take().or_else(|| self.stood_here(left.as_ref()));
                if let Some(row) = aim.and_then(|name| self.row_named(&name)) {
                    self.cursor = row;
                    // what is around it is seen too
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
        // through the entries as they lie in memory, and only then through their order
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

    fn leave(&mut self, left: Location, under: Option<Vec<u8>>, way: Way) {
        self.stood.retain(|(at, _)| !at.same(&left));
        if let Some(name) = under {
            push(&mut self.stood, (left.clone(), name));
        }
        match way {
            Way::Back => push(&mut self.forward, left),
            Way::Forward => push(&mut self.back, left),
            Way::Go | Way::Refresh | Way::Quiet => {
                push(&mut self.back, left);
                self.forward.clear();
            }
        }
    }

    /// The name that the cursor stood on here, or the directory that the user comes up from.
    fn stood_here(&self, came_from: Option<&Location>) -> Option<Vec<u8>> {
        let here = &self.shown.as_ref()?.at;
        let from_below = came_from
            .filter(|from| from.parent().is_some_and(|above| above.same(here)))
            .map(|from| from.name().to_vec());
        from_below.or_else(|| {
            let stood = self.stood.iter().rev().find(|(at, _)| at.same(here))?;
            Some(stood.1.clone())
        })
    }
}

fn push<T>(places: &mut Vec<T>, place: T) {
    if places.len() >= REMEMBERED {
        places.remove(0);
    }
    places.push(place);
}

#[cfg(test)]
#[path = "pane_tests.rs"]
mod tests;
