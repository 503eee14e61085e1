//! The panel below the panes: a window of the queue, and what the servers said.

use std::collections::{BTreeSet, VecDeque};

use crate::base::ItemId;
use crate::engine::{Counts, Level, Row, RowFilter, RowQuery, Speaker, Window};
use crate::site::SiteKey;
use crate::ui::model::job_list::JobList;
use crate::ui::model::jobs::JobLine;
use crate::ui::model::msg::Millis;

/// A tab of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The whole queue.
    #[default]
    Queue,
    /// Its jobs, one a line.
    Jobs,
    /// What was said on control connections.
    Log,
    /// What failed.
    Failed,
}

impl Tab {
    /// All tabs, from left to right.
    pub const ALL: [Self; 4] = [Self::Queue, Self::Jobs, Self::Log, Self::Failed];
}

/// The states that can be chosen, with the word of each button.
pub const STATES: [(RowFilter, &str); 9] = [
    (RowFilter::All, "all"),
    (RowFilter::Open, "open"),
    (RowFilter::Running, "running"),
    (RowFilter::Waiting, "waiting"),
    (RowFilter::Held, "held"),
    (RowFilter::Ended, "ended"),
    (RowFilter::Done, "done"),
    (RowFilter::Skipped, "skipped"),
    (RowFilter::Cancelled, "cancelled"),
];

/// The word of a state; nothing for all.
#[must_use]
pub fn state_word(filter: RowFilter) -> &'static str {
    match filter {
        RowFilter::All => "",
        RowFilter::Failed => "failed",
        filter => STATES.iter().find(|(known, _)| *known == filter).map_or("", |(_, word)| word),
    }
}

/// How many speeds the panel remembers: one a second.
const SPEEDS: usize = 60;

/// The panel's share of the model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueuePanel {
    /// Which tab is shown.
    pub tab: Tab,
    /// What the user wants to see of it. The tab of what failed has its own state.
    pub query: RowQuery,
    /// The rows that the user has selected.
    pub marks: BTreeSet<ItemId>,
    /// True when all rows that the query shows are selected, seen or not.
    pub all: bool,
    /// The rows fetched last.
    pub window: Window,
    /// What they were asked by.
    pub shown: RowQuery,
    /// When they were fetched: clocks of running items go on from there.
    pub fetched: Millis,
    /// True while a window is on its way.
    pub asked: bool,
    /// The offset, limit and query asked for last.
    pub wanted: Option<(u64, usize, RowQuery)>,
    /// True when a newer window is wanted.
    pub dirty: bool,
    /// The row with the cursor.
    pub cursor: u64,
    /// The first row that is drawn.
    pub scroll: u64,
    /// The whole queue in numbers.
    pub counts: Counts,
    /// Speeds of the last seconds, the latest last.
    pub speeds: VecDeque<f64>,
    /// When the last of them was taken.
    pub sampled: Millis,
    /// The jobs.
    pub jobs: JobList,
}

/// How long rows that were sought by name are good: finding them means looking at all of them.
const SOUGHT: Millis = 1000;

impl QueuePanel {
    /// The rows that the tab shows; `None` where it shows something else.
    #[must_use]
    pub fn wants(&self) -> Option<RowQuery> {
        match self.tab {
            Tab::Queue => Some(self.query.clone()),
            Tab::Failed => Some(RowQuery { filter: RowFilter::Failed, ..self.query.clone() }),
            Tab::Jobs | Tab::Log => None,
        }
    }

    /// What is shown may be old.
    pub fn touch(&mut self) {
        self.dirty = true;
        self.jobs.dirty = true;
    }

    /// True when rows that are old are good for a while yet.
    #[must_use]
    pub fn can_wait(&self, now: Millis) -> bool {
        !self.shown.text.is_empty() && now < self.fetched + SOUGHT
    }

    /// True when something newer is to be asked for as soon as its time has come. What other
    /// programs do with jobs is told by nobody.
    #[must_use]
    pub fn is_late(&self) -> bool {
        match self.tab {
            Tab::Jobs => !self.jobs.asked,
            Tab::Queue | Tab::Failed => self.dirty && !self.asked,
            Tab::Log => false,
        }
    }

    /// True when something narrows what is shown.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.query != RowQuery::default()
    }

    /// Shows something else: nothing of it is selected yet.
    pub fn ask_for(&mut self, query: RowQuery) {
        if self.query != query {
            self.query = query;
            self.select_none();
            self.to_top();
        }
    }

    /// Selects nothing.
    pub fn select_none(&mut self) {
        self.marks.clear();
        self.jobs.marks.clear();
        self.all = false;
    }

    /// True when a row is selected.
    #[must_use]
    pub fn is_marked(&self, row: &Row) -> bool {
        self.all || self.marks.contains(&row.item)
    }

    /// The job under the cursor.
    #[must_use]
    pub fn job_under_cursor(&self) -> Option<&JobLine> {
        let at = usize::try_from(self.cursor).ok()?;
        self.jobs.lines.get(at).filter(|_| self.tab == Tab::Jobs)
    }

    /// What an action works on: the selected rows, or the one under the cursor.
    #[must_use]
    pub fn targets(&self) -> Vec<ItemId> {
        if self.marks.is_empty() {
            return self.under_cursor().map(|row| row.item).into_iter().collect();
        }
        // those that are seen in their order, then the rest
        let seen = || self.window.rows.iter().map(|row| row.item);
        let mut targets: Vec<ItemId> = seen().filter(|item| self.marks.contains(item)).collect();
        let known: BTreeSet<ItemId> = seen().collect();
        targets.extend(self.marks.difference(&known));
        targets
    }

    /// The row of that number, as far as it was fetched.
    #[must_use]
    pub fn row(&self, at: u64) -> Option<&Row> {
        self.wants()?;
        let at = at.checked_sub(self.window.offset)?;
        self.window.rows.get(usize::try_from(at).ok()?)
    }

    /// The row under the cursor.
    #[must_use]
    pub fn under_cursor(&self) -> Option<&Row> {
        self.row(self.cursor)
    }

    /// How many rows there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        match self.tab {
            Tab::Jobs => self.jobs.lines.len() as u64,
            Tab::Queue | Tab::Failed | Tab::Log => self.window.total,
        }
    }

    /// Back to the first row: what runs, then what waits, then what ended last.
    pub fn to_top(&mut self) {
        self.cursor = 0;
        self.scroll = 0;
    }

    /// Takes a fetched window over. The cursor follows its item while that is in the window.
    pub fn show(&mut self, query: RowQuery, window: Window, now: Millis) {
        self.counts = window.counts;
        if self.wants().as_ref() != Some(&query) {
            // a tab that is not shown any more; the right rows are on their way
            self.dirty = true;
            return;
        }
        let item = (self.shown == query).then(|| self.under_cursor().map(|row| row.item));
        self.window = window;
        self.shown = query;
        self.fetched = now;
        if let Some(Some(item)) = item
            && let Some(at) = self.window.rows.iter().position(|row| row.item == item)
        {
            self.cursor = self.window.offset + at as u64;
        }
        self.cursor = self.cursor.min(self.window.total.saturating_sub(1));
    }

    /// Scrolls so that the cursor is seen in `height` rows.
    pub fn keep_in_view(&mut self, height: u64) {
        let height = height.max(1);
        self.cursor = self.cursor.min(self.total().saturating_sub(1));
        self.scroll = self.scroll.min(self.cursor).max((self.cursor + 1).saturating_sub(height));
        self.scroll = self.scroll.min(self.total().saturating_sub(height));
    }

    /// True when rows that are seen in `height` lines have not been fetched.
    #[must_use]
    pub fn lacks_rows(&self, height: u64) -> bool {
        let end = (self.scroll + height).min(self.total());
        let have = self.window.offset + self.window.rows.len() as u64;
        self.scroll < self.window.offset || end > have
    }

    /// Takes a speed, once a second.
    pub fn sample(&mut self, now: Millis) {
        if now < self.sampled + 1000 && !self.speeds.is_empty() {
            return;
        }
        self.sampled = now;
        if self.speeds.len() >= SPEEDS {
            self.speeds.pop_front();
        }
        self.speeds.push_back(self.counts.rate);
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Millis,
    /// With which site; `None` for the program itself.
    pub site: Option<SiteKey>,
    /// On which of its sessions.
    pub session: u32,
    /// Who said it.
    pub by: Speaker,
    /// How bad it is.
    pub level: Level,
    /// The line, safe to show.
    pub text: String,
}

/// The lines that the log keeps; older ones are in the log file.
const LOG_LINES: usize = 2000;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    lines: VecDeque<LogLine>,
    /// Show only this site.
    pub only: Option<SiteKey>,
    /// Lines scrolled up from the newest.
    pub up: usize,
}

impl Log {
    /// Adds a line. While the user looks at older lines these stay where they are.
    pub fn push(&mut self, line: LogLine) {
        if self.up > 0 && self.shows(&line) {
            self.up += 1;
        }
        if self.lines.len() >= LOG_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
        self.up = self.up.min(self.lines.len());
    }

    /// The lines to show, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &LogLine> {
        self.lines.iter().rev().filter(|line| self.shows(line))
    }

    /// Scrolls by this many lines; positive is towards older ones.
    pub fn scroll(&mut self, lines: isize, height: usize) {
        let most = self.newest().count().saturating_sub(height);
        self.up = self.up.saturating_add_signed(lines).min(most);
    }

    /// Shows the log of the next site that said something, after the last of all.
    pub fn next_site(&mut self) {
        let sites: BTreeSet<&SiteKey> =
            self.lines.iter().filter_map(|line| line.site.as_ref()).collect();
        let next = match &self.only {
            None => sites.into_iter().next(),
            Some(now) => sites.into_iter().find(|site| *site > now),
        };
        self.only = next.cloned();
        self.up = 0;
    }

    fn shows(&self, line: &LogLine) -> bool {
        // what the program says concerns every site
        line.site.is_none() || self.only.is_none() || line.site == self.only
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(site: &str, text: &str) -> LogLine {
        LogLine {
            at: 0,
            site: Some(SiteKey(site.to_owned())),
            session: 1,
            by: Speaker::Us,
            level: Level::Info,
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_log_keeps_the_newest_and_goes_round_the_sites() {
        let mut log = Log::default();
        for number in 0..LOG_LINES + 5 {
            log.push(line(if number % 2 == 0 { "a" } else { "b" }, &number.to_string()));
        }
        assert_eq!(log.newest().count(), LOG_LINES);
        log.next_site();
        assert_eq!(log.only, Some(SiteKey("a".to_owned())));
        assert_eq!(log.newest().count(), LOG_LINES / 2);
        log.next_site();
        log.next_site();
        assert_eq!(log.only, None);
    }

    #[test]
    fn older_lines_stay_while_one_looks_at_them() {
        let mut log = Log::default();
        for number in 0..10 {
            log.push(line("a", &number.to_string()));
        }
        log.scroll(3, 5);
        assert_eq!(log.newest().nth(log.up).unwrap().text, "6");
        log.push(line("a", "new"));
        assert_eq!(log.newest().nth(log.up).unwrap().text, "6");
        log.scroll(100, 5);
        assert_eq!(log.up, 6);
        log.scroll(-100, 5);
        assert_eq!(log.up, 0);
    }
}
