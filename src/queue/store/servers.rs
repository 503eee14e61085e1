//! What is known of a server: whether it answers out of turn, how many sessions it bears, and
//! free facts by name.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::queue::store::words;
use crate::queue::store::{Pending, Store};
use crate::site::SiteKey;

/// What is known of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Server {
    /// It answers out of turn, and is driven one command at a time (design rule 13).
    pub asynchronous: bool,
    /// How many sessions it bears, when it refused more.
    pub max_sessions: Option<u32>,
    /// When that was learned; `None` when nothing was.
    pub learned_at: Option<Timestamp>,
}

impl Store {
    /// All servers of which something is known.
    pub fn servers(&self) -> Pending<Vec<(SiteKey, Server)>> {
        self.read(|connection| {
            let mut all = connection.prepare_cached(&format!("{SELECT} ORDER BY site"))?;
            let rows = all.query_map([], |row| Ok((words::key(row, 0)?, read(row)?)))?;
            rows.collect()
        })
    }

    /// What is known of one server; the default when nothing is.
    pub fn server(&self, site: &SiteKey) -> Pending<Server> {
        let site = site.clone();
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE site = ?"))?
                .query_row([site.0], read)
                .optional()
                .map(Option::unwrap_or_default)
        })
    }

    /// The server answers out of turn, or (`false`) was found to be in order again.
    pub fn set_asynchronous(&self, site: &SiteKey, asynchronous: bool) -> Pending<()> {
        self.learn(site, "asynchronous", Some(i64::from(asynchronous)))
    }

    /// The server bears so many sessions; `None` to forget it.
    pub fn set_max_sessions(&self, site: &SiteKey, sessions: Option<u32>) -> Pending<()> {
        self.learn(site, "max_sessions", sessions.map(i64::from))
    }

    /// The free facts of a server, by name.
    pub fn facts(&self, site: &SiteKey) -> Pending<Vec<(String, String)>> {
        let site = site.clone();
        self.read(move |connection| {
            let mut facts = connection
                .prepare_cached("SELECT name, value FROM facts WHERE site = ? ORDER BY name")?;
            let rows = facts.query_map([site.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// Keeps a free fact of a server, or with `None` forgets it.
    pub fn set_fact(&self, site: &SiteKey, name: &str, value: Option<&str>) -> Pending<()> {
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

    fn learn(&self, site: &SiteKey, column: &'static str, value: Option<i64>) -> Pending<()> {
        let site = site.clone();
        self.write(move |connection: &Connection| {
            connection
                .prepare_cached(&format!(
                    "INSERT INTO servers (site, {column}, learned_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (site) DO UPDATE SET {column} = ?2, learned_at = ?3"
                ))?
                .execute(params![site.0, value, words::millis(Timestamp::now())])
                .map(|_| ())
        })
    }
}

const SELECT: &str = "SELECT site, asynchronous, max_sessions, learned_at FROM servers";

fn read(row: &Row<'_>) -> rusqlite::Result<Server> {
    let learned: i64 = row.get(3)?;
    Ok(Server {
        asynchronous: row.get(1)?,
        max_sessions: row.get(2)?,
        learned_at: Some(words::time(learned)),
    })
}
