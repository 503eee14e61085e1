//! The queue panel: a window of the queue, the jobs, and the log.

use std::collections::{BTreeSet, VecDeque};

use crate::base::ItemId;
use crate::engine::{Counts, Level, LineKind, Row, RowFilter, RowQuery, Window};
use crate::site::SiteKey;
use crate::ui::model::job_line::JobLine;
use crate::ui::model::job_list::JobList;
use crate::ui::model::msg::Millis;

/// A tab of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The whole queue.
    #[default]
    Queue,
    /// The jobs, one per line.
    Jobs,
    /// The FTP conversation and other messages.
    Log,
    /// Failed files.
    Failed,
}

impl Tab {
    /// All tabs, from left to right.
    pub const ALL: [Self; 4] = [Self::Queue, Self::Jobs, Self::Log, Self::Failed];
}

/// The states to filter by, with the labels of their buttons.
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

/// The name of a state filter; empty for all states.
#[must_use]
pub fn state_word(filter: RowFilter) -> &'static str {
    match filter {
        RowFilter::All => "",
        RowFilter::Failed => "failed",
        filter => STATES.iter().find(|(known, _)| *known == filter).map_or("", |(_, word)| word),
    }
}

/// The length of the speed history, in seconds.
const MAX_SPEEDS: usize = 60;

/// The state of the queue panel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueuePanel {
    /// The active tab.
    pub tab: Tab,
    /// The filter of the queue. The tab of failed files ignores its state.
    pub query: RowQuery,
    /// The selected rows.
    pub marks: BTreeSet<ItemId>,
    /// True if all rows that match the filter are selected.
    pub all: bool,
    /// The rows fetched last.
    pub window: Window,
    /// The query of these rows.
    pub window_query: RowQuery,
    /// When they were fetched, to advance the elapsed times of running files.
    pub fetched: Millis,
    /// True while a request is pending.
    pub asked: bool,
    /// The offset, limit and query of the last request.
    pub requested: Option<(u64, usize, RowQuery)>,
    /// True if the queue changed since the window was requested.
    pub dirty: bool,
    /// The row with the cursor.
    pub cursor: u64,
    /// The first visible row.
    pub scroll: u64,
    /// The totals of the whole queue.
    pub counts: Counts,
    /// The speeds of the last seconds, in bytes per second, the latest last.
    pub speeds: VecDeque<f64>,
    /// When the last speed was sampled.
    pub sampled: Millis,
    /// The list of jobs.
    pub jobs: JobList,
}

/// The minimum time between two searches by name, which scan the whole queue.
const SEARCH_INTERVAL: Millis = 1000;

impl QueuePanel {
    /// The query of the active tab; `None` for tabs that do not show rows.
    #[must_use]
    pub fn current_query(&self) -> Option<RowQuery> {
        match self.tab {
            Tab::Queue => Some(self.query.clone()),
            Tab::Failed => Some(RowQuery { filter: RowFilter::Failed, ..self.query.clone() }),
            Tab::Jobs | Tab::Log => None,
        }
    }

    /// Marks rows and jobs as outdated.
    pub fn touch(&mut self) {
        self.dirty = true;
        self.jobs.dirty = true;
    }

    /// True if outdated search results need not be refreshed yet.
    #[must_use]
    pub fn can_wait(&self, now: Millis) -> bool {
        !self.window_query.text.is_empty() && now < self.fetched + SEARCH_INTERVAL
    }

    /// True if something must be requested as soon as it is due. The list of jobs is always
    /// refreshed, because other processes do not report changes.
    #[must_use]
    pub fn needs_refresh(&self) -> bool {
        match self.tab {
            Tab::Jobs => !self.jobs.asked,
            Tab::Queue | Tab::Failed => self.dirty && !self.asked,
            Tab::Log => false,
        }
    }

    /// True if the queue is filtered.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.query != RowQuery::default()
    }

    /// Changes the filter and clears the selection.
    pub fn set_query(&mut self, query: RowQuery) {
        if self.query != query {
            self.query = query;
            self.select_none();
            self.to_top();
        }
    }

    /// Clears the selection.
    pub fn select_none(&mut self) {
        self.marks.clear();
        self.jobs.marks.clear();
        self.all = false;
    }

    /// True if a row is selected.
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

    /// The rows that an action applies to: the selected rows, or the one under the cursor.
    #[must_use]
    pub fn targets(&self) -> Vec<ItemId> {
        if self.marks.is_empty() {
            return self.under_cursor().map(|row| row.item).into_iter().collect();
        }
        // fetched rows in their order, then the rest
        let fetched = || self.window.rows.iter().map(|row| row.item);
        let mut targets: Vec<ItemId> = fetched().filter(|item| self.marks.contains(item)).collect();
        let known: BTreeSet<ItemId> = fetched().collect();
        targets.extend(self.marks.difference(&known));
        targets
    }

    /// A row by its number; `None` if it was not fetched.
    #[must_use]
    pub fn row(&self, at: u64) -> Option<&Row> {
        self.current_query()?;
        let at = at.checked_sub(self.window.offset)?;
        self.window.rows.get(usize::try_from(at).ok()?)
    }

    /// The row under the cursor.
    #[must_use]
    pub fn under_cursor(&self) -> Option<&Row> {
        self.row(self.cursor)
    }

    /// The total number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        match self.tab {
            Tab::Jobs => self.jobs.lines.len() as u64,
            Tab::Queue | Tab::Failed | Tab::Log => self.window.total,
        }
    }

    /// Goes to the first row: running files come first, then waiting, then finished ones.
    pub fn to_top(&mut self) {
        self.cursor = 0;
        self.scroll = 0;
    }

    /// Shows a fetched window. The cursor stays on its file while that is in the window.
    pub fn show(&mut self, query: RowQuery, window: Window, now: Millis) {
        self.counts = window.counts;
        if self.current_query().as_ref() != Some(&query) {
            // the answer is for another tab or filter; the right rows will follow
            self.dirty = true;
            return;
        }
        let item = (self.window_query == query).then(|| self.under_cursor().map(|row| row.item));
        self.window = window;
        self.window_query = query;
        self.fetched = now;
        if let Some(Some(item)) = item
            && let Some(at) = self.window.rows.iter().position(|row| row.item == item)
        {
            self.cursor = self.window.offset + at as u64;
        }
        self.cursor = self.cursor.min(self.window.total.saturating_sub(1));
    }

    /// Scrolls so that the cursor is visible within `height` rows.
    pub fn keep_in_view(&mut self, height: u64) {
        let height = height.max(1);
        self.cursor = self.cursor.min(self.total().saturating_sub(1));
        self.scroll = self.scroll.min(self.cursor).max((self.cursor + 1).saturating_sub(height));
        self.scroll = self.scroll.min(self.total().saturating_sub(height));
    }

    /// True if visible rows have not been fetched.
    #[must_use]
    pub fn lacks_rows(&self, height: u64) -> bool {
        let end = (self.scroll + height).min(self.total());
        let have = self.window.offset + self.window.rows.len() as u64;
        self.scroll < self.window.offset || end > have
    }

    /// Samples the speed, once per second.
    pub fn sample(&mut self, now: Millis) {
        if now < self.sampled + 1000 && !self.speeds.is_empty() {
            return;
        }
        self.sampled = now;
        if self.speeds.len() >= MAX_SPEEDS {
            self.speeds.pop_front();
        }
        self.speeds.push_back(self.counts.rate);
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When it was logged.
    pub at: Millis,
    /// The site; `None` for messages of the program.
    pub site: Option<SiteKey>,
    /// The number of the session; 0 if the line belongs to the whole site.
    pub session: u32,
    /// Command, reply or note.
    pub kind: LineKind,
    /// The severity.
    pub level: Level,
    /// The text, safe to display.
    pub text: String,
}

/// The maximum number of lines; older ones are in the log file.
const LOG_LINES: usize = 2000;

/// The lines of the log and the scroll position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPanel {
    lines: VecDeque<LogEntry>,
    /// Show only this site; `None` for all sites.
    pub only: Option<SiteKey>,
    /// The number of lines scrolled up from the newest.
    pub up: usize,
}

impl LogPanel {
    /// Adds a line. If the log is scrolled up, the visible lines stay in place.
    pub fn push(&mut self, line: LogEntry) {
        if self.up > 0 && self.shows(&line) {
            self.up += 1;
        }
        if self.lines.len() >= LOG_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
        self.up = self.up.min(self.lines.len());
    }

    /// The visible lines, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &LogEntry> {
        self.lines.iter().rev().filter(|line| self.shows(line))
    }

    /// Scrolls by a number of lines; positive values go to older lines.
    pub fn scroll(&mut self, lines: isize, height: usize) {
        let most = self.newest().count().saturating_sub(height);
        self.up = self.up.saturating_add_signed(lines).min(most);
    }

    /// Shows the log of the next site; after the last site the log of all sites.
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

    fn shows(&self, line: &LogEntry) -> bool {
        // messages of the program are shown for every site
        line.site.is_none() || self.only.is_none() || line.site == self.only
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(site: &str, text: &str) -> LogEntry {
        LogEntry {
            at: 0,
            site: Some(SiteKey(site.to_owned())),
            session: 1,
            kind: LineKind::Sent,
            level: Level::Info,
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_log_keeps_the_newest_lines_and_cycles_through_the_sites() {
        let mut log = LogPanel::default();
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
    fn visible_lines_stay_while_the_log_is_scrolled_up() {
        let mut log = LogPanel::default();
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
