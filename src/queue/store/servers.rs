//! What is known about servers: whether they send replies out of order, how many sessions they
//! allow, and facts by name.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::queue::store::columns;
use crate::queue::store::{Store, StoreRequest};
use crate::site::SiteKey;

/// What is known about a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LearnedServer {
    /// True when it sends replies out of order, so that it gets one command at a time (transfer
    /// rule 13).
    pub asynchronous: bool,
    /// The number of sessions that it allows; `None` unless it has refused more.
    pub max_sessions: Option<u32>,
    /// When this was recorded; `None` when nothing is.
    pub learned_at: Option<Timestamp>,
}

impl Store {
    /// All servers with a record.
    pub fn servers(&self) -> StoreRequest<Vec<(SiteKey, LearnedServer)>> {
        self.read(|connection| {
            let mut all = connection.prepare_cached(&format!("{SELECT} ORDER BY site"))?;
            let rows = all.query_map([], |row| Ok((columns::key(row, 0)?, read(row)?)))?;
            rows.collect()
        })
    }

    /// The record of a server; the default when there is none.
    pub fn server(&self, site: &SiteKey) -> StoreRequest<LearnedServer> {
        let site = site.clone();
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE site = ?"))?
                .query_row([site.0], read)
                .optional()
                .map(Option::unwrap_or_default)
        })
    }

    /// Stores whether a server sends replies out of order.
    pub fn set_asynchronous(&self, site: &SiteKey, asynchronous: bool) -> StoreRequest<()> {
        self.set_column(site, "asynchronous", Some(i64::from(asynchronous)))
    }

    /// Stores how many sessions a server allows; `None` to delete this.
    pub fn set_max_sessions(&self, site: &SiteKey, sessions: Option<u32>) -> StoreRequest<()> {
        self.set_column(site, "max_sessions", sessions.map(i64::from))
    }

    /// The facts about a server, sorted by name.
    pub fn facts(&self, site: &SiteKey) -> StoreRequest<Vec<(String, String)>> {
        let site = site.clone();
        self.read(move |connection| {
            let mut facts = connection
                .prepare_cached("SELECT name, value FROM facts WHERE site = ? ORDER BY name")?;
            let rows = facts.query_map([site.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// The servers with a fact of this name, and its value.
    pub fn facts_named(&self, name: &str) -> StoreRequest<Vec<(SiteKey, String)>> {
        let name = name.to_owned();
        self.read(move |connection| {
            let mut facts = connection
                .prepare_cached("SELECT site, value FROM facts WHERE name = ? ORDER BY site")?;
            let rows = facts.query_map([name], |row| Ok((columns::key(row, 0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// Stores a fact about a server, or deletes it with `None`.
    pub fn set_fact(&self, site: &SiteKey, name: &str, value: Option<&str>) -> StoreRequest<()> {
        let (site, name, value) = (site.clone(), name.to_owned(), value.map(str::to_owned));
        self.write(move |connection| {
            match value {
                Some(value) => connection
                    .prepare_cached("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)")?
                    .execute(params![site.0, name, value])?,
                None => connection
                    .prepare_cached("DELETE FROM facts WHERE site = ? AND name = ?")?
                    .execute(params![site.0, name])?,
            };
            Ok(())
        })
    }

    fn set_column(
        &self,
        site: &SiteKey,
        column: &'static str,
        value: Option<i64>,
    ) -> StoreRequest<()> {
        let site = site.clone();
        self.write(move |connection: &Connection| {
            connection
                .prepare_cached(&format!(
                    "INSERT INTO servers (site, {column}, learned_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (site) DO UPDATE SET {column} = ?2, learned_at = ?3"
                ))?
                .execute(params![site.0, value, columns::millis(Timestamp::now())])
                .map(|_| ())
        })
    }
}

const SELECT: &str = "SELECT site, asynchronous, max_sessions, learned_at FROM servers";

fn read(row: &Row<'_>) -> rusqlite::Result<LearnedServer> {
    let learned: i64 = row.get(3)?;
    Ok(LearnedServer {
        asynchronous: row.get(1)?,
        max_sessions: row.get(2)?,
        learned_at: Some(columns::time(learned)),
    })
}
