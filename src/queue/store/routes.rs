//! What is known about routes: the FXP mode that worked, whether the user allows unencrypted data,
//! and the last failure.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::base::Word;
use crate::queue::store::columns;
use crate::queue::store::{Store, StoreRequest};
use crate::site::SiteKey;
use crate::transfer::{PassiveCommand, PassiveSide, Side};

/// The source site and the destination site.
pub type RouteKey = (SiteKey, SiteKey);

/// The FXP mode that worked on a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RouteMode {
    /// The passive server.
    pub passive: PassiveSide,
    /// The command that it got.
    pub command: PassiveCommand,
    /// True when the data was encrypted.
    pub protected: bool,
    /// The side that SSCN made the TLS client; `None` without SSCN.
    pub sscn: Option<Side>,
}

/// Why transfers on a route failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteFailure {
    /// The message, escaped for display.
    pub text: String,
    /// The code of the server's reply, if there was one.
    pub code: Option<u16>,
    /// When it failed.
    pub at: Timestamp,
}

/// What is known about a route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredRoute {
    /// The mode that worked last, and when.
    pub mode: Option<(RouteMode, Timestamp)>,
    /// Whether the user allows unencrypted data; `None` if not asked yet.
    pub allow_clear: Option<bool>,
    /// The last failure.
    pub failure: Option<RouteFailure>,
}

impl Store {
    /// All routes with a record.
    pub fn routes(&self) -> StoreRequest<Vec<(RouteKey, StoredRoute)>> {
        self.read(|connection| {
            let mut all = connection.prepare_cached(&format!("{SELECT} ORDER BY 1, 2"))?;
            let rows = all.query_map([], |row| {
                Ok(((columns::key(row, 0)?, columns::key(row, 1)?), read(row)?))
            })?;
            rows.collect()
        })
    }

    /// The record of a route; the default when there is none.
    pub fn route(&self, key: &RouteKey) -> StoreRequest<StoredRoute> {
        let (source, destination) = key.clone();
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE source = ?1 AND destination = ?2"))?
                .query_row(params![source.0, destination.0], read)
                .optional()
                .map(Option::unwrap_or_default)
        })
    }

    /// Stores the mode that worked for a route, and deletes an earlier failure.
    pub fn mode_worked(&self, key: &RouteKey, mode: RouteMode) -> StoreRequest<()> {
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
                    mode.passive.word(),
                    mode.command.word(),
                    mode.protected,
                    mode.sscn.map(Side::word),
                    columns::millis(Timestamp::now()),
                ])
        })
    }

    /// Stores that no mode worked on a route; the mode that worked earlier is kept.
    pub fn route_failed(&self, key: &RouteKey, failure: RouteFailure) -> StoreRequest<()> {
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
                    columns::millis(failure.at)
                ])
        })
    }

    /// Stores whether the user allows unencrypted data on a route; `None` to ask again.
    pub fn allow_clear(&self, key: &RouteKey, allowed: Option<bool>) -> StoreRequest<()> {
        self.in_route(key, move |connection, source, destination| {
            connection
                .prepare_cached(
                    "UPDATE routes SET allow_clear = ?3 WHERE source = ?1 AND destination = ?2",
                )?
                .execute(params![source, destination, allowed])
        })
    }

    /// Deletes the record of a route.
    pub fn forget_route(&self, key: &RouteKey) -> StoreRequest<()> {
        self.in_route(key, |connection, source, destination| {
            connection
                .prepare_cached("DELETE FROM routes WHERE source = ?1 AND destination = ?2")?
                .execute(params![source, destination])
        })
    }

    /// Changes the row of a route, which is created if it does not exist.
    fn in_route(
        &self,
        key: &RouteKey,
        work: impl FnOnce(&Connection, &str, &str) -> rusqlite::Result<usize> + Send + 'static,
    ) -> StoreRequest<()> {
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

fn read(row: &Row<'_>) -> rusqlite::Result<StoredRoute> {
    let (passive, command) = (columns::optional(row.get(2)?), columns::optional(row.get(3)?));
    let (protected, worked): (Option<bool>, Option<i64>) = (row.get(4)?, row.get(6)?);
    let sscn_word: Option<String> = row.get(5)?;
    let sscn: Option<Side> = columns::optional(sscn_word.clone());
    let mode = match (passive, command, protected, worked) {
        // a value of a later version: the whole mode is unknown then
        _ if sscn_word.is_some() && sscn.is_none() => None,
        (Some(passive), Some(command), Some(protected), Some(at)) => {
            Some((RouteMode { passive, command, protected, sscn }, columns::time(at)))
        }
        _ => None,
    };
    let (text, code, at): (Option<String>, Option<u16>, Option<i64>) =
        (row.get(8)?, row.get(9)?, row.get(10)?);
    let failure = match (text, at) {
        (Some(text), Some(at)) => Some(RouteFailure { text, code, at: columns::time(at) }),
        _ => None,
    };
    Ok(StoredRoute { mode, allow_clear: row.get(7)?, failure })
}
