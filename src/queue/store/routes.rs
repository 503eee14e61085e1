//! What is known of a route: the way that worked, the user's word about data in the clear, and
//! why it failed last.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::base::Word;
use crate::queue::store::words;
use crate::queue::store::{Pending, Store};
use crate::site::SiteKey;
use crate::transfer::{PassiveCommand, PassiveSide, Side};

/// Source and destination.
pub type RouteKey = (SiteKey, SiteKey);

/// A way that worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Way {
    /// Who listened.
    pub passive: PassiveSide,
    /// How it was asked to.
    pub command: PassiveCommand,
    /// True when the data went under TLS.
    pub protected: bool,
    /// Which side was made the TLS client by SSCN.
    pub sscn: Option<Side>,
}

/// Why no file went over a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteFailure {
    /// The text, safe to show.
    pub text: String,
    /// The reply's code, when it was a server that said it.
    pub code: Option<u16>,
    /// When.
    pub at: Timestamp,
}

/// What is known of a route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// The way that worked last, and when.
    pub way: Option<(Way, Timestamp)>,
    /// Whether the user allowed data in the clear; `None` when nobody was asked yet.
    pub allow_clear: Option<bool>,
    /// Why it failed last.
    pub failure: Option<RouteFailure>,
}

impl Store {
    /// All routes of which something is known.
    pub fn routes(&self) -> Pending<Vec<(RouteKey, Route)>> {
        self.read(|connection| {
            let mut all = connection.prepare_cached(&format!("{SELECT} ORDER BY 1, 2"))?;
            let rows = all.query_map([], |row| {
                Ok(((words::key(row, 0)?, words::key(row, 1)?), read(row)?))
            })?;
            rows.collect()
        })
    }

    /// What is known of one route; the default when nothing is.
    pub fn route(&self, key: &RouteKey) -> Pending<Route> {
        let (source, destination) = key.clone();
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE source = ?1 AND destination = ?2"))?
                .query_row(params![source.0, destination.0], read)
                .optional()
                .map(Option::unwrap_or_default)
        })
    }

    /// A file went over the route in this way; an earlier failure is forgotten.
    pub fn way_worked(&self, key: &RouteKey, way: Way) -> Pending<()> {
        self.in_route(key, move |connection, source, destination| {
            connection
                .prepare_cached(
                    "UPDATE routes SET passive = ?3, command = ?4, protected = ?5, sscn = ?6,
                     worked_at = ?7, failure = NULL, failure_code = NULL, failed_at = NULL
                     WHERE source = ?1 AND destination = ?2",
                )?
                .execute(params![
                    source,
                    destination,
                    way.passive.word(),
                    way.command.word(),
                    way.protected,
                    way.sscn.map(Side::word),
                    words::millis(Timestamp::now()),
                ])
        })
    }

    /// No way of the route worked; what worked earlier stays known.
    pub fn route_failed(&self, key: &RouteKey, failure: RouteFailure) -> Pending<()> {
        self.in_route(key, move |connection, source, destination| {
            connection
                .prepare_cached(
                    "UPDATE routes SET failure = ?3, failure_code = ?4, failed_at = ?5
                     WHERE source = ?1 AND destination = ?2",
                )?
                .execute(params![
                    source,
                    destination,
                    failure.text,
                    failure.code,
                    words::millis(failure.at)
                ])
        })
    }

    /// The user's word about data in the clear on this route; `None` to be asked again.
    pub fn allow_clear(&self, key: &RouteKey, allowed: Option<bool>) -> Pending<()> {
        self.in_route(key, move |connection, source, destination| {
            connection
                .prepare_cached(
                    "UPDATE routes SET allow_clear = ?3 WHERE source = ?1 AND destination = ?2",
                )?
                .execute(params![source, destination, allowed])
        })
    }

    /// Forgets all that is known of a route.
    pub fn forget_route(&self, key: &RouteKey) -> Pending<()> {
        self.in_route(key, |connection, source, destination| {
            connection
                .prepare_cached("DELETE FROM routes WHERE source = ?1 AND destination = ?2")?
                .execute(params![source, destination])
        })
    }

    /// Changes the row of a route, made first where there is none.
    fn in_route(
        &self,
        key: &RouteKey,
        work: impl FnOnce(&Connection, &str, &str) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Pending<()> {
        let (source, destination) = key.clone();
        self.write(move |connection| {
            connection
                .prepare_cached("INSERT OR IGNORE INTO routes (source, destination) VALUES (?, ?)")?
                .execute(params![source.0, destination.0])?;
            work(connection, &source.0, &destination.0).map(|_| ())
        })
    }
}

const SELECT: &str = "SELECT source, destination, passive, command, protected, sscn, worked_at, \
                      allow_clear, failure, failure_code, failed_at FROM routes";

fn read(row: &Row<'_>) -> rusqlite::Result<Route> {
    let (passive, command) = (words::optional(row.get(2)?), words::optional(row.get(3)?));
    let (protected, worked): (Option<bool>, Option<i64>) = (row.get(4)?, row.get(6)?);
    let sscn_word: Option<String> = row.get(5)?;
    let sscn: Option<Side> = words::optional(sscn_word.clone());
    let way = match (passive, command, protected, worked) {
        // a word of a later version: then the whole way is unknown to this one
        _ if sscn_word.is_some() && sscn.is_none() => None,
        (Some(passive), Some(command), Some(protected), Some(at)) => {
            Some((Way { passive, command, protected, sscn }, words::time(at)))
        }
        _ => None,
    };
    let (text, code, at): (Option<String>, Option<u16>, Option<i64>) =
        (row.get(8)?, row.get(9)?, row.get(10)?);
    let failure = match (text, at) {
        (Some(text), Some(at)) => Some(RouteFailure { text, code, at: words::time(at) }),
        _ => None,
    };
    Ok(Route { way, allow_clear: row.get(7)?, failure })
}
