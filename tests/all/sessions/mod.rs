//! One logged-in server: how it is reached, and how its ways are met.

mod names;
mod reach;
mod socks;
mod times;
mod ways;

use std::sync::Arc;
use std::time::Duration;

use fxpane::base::Secret;
use fxpane::demo::Server;
use fxpane::ftp::listing::Listing;
use fxpane::net::{Dialogue, TlsContext};
use fxpane::session::{Limits, Options, Session, SessionError};
use fxpane::site::{Security, Site, Trust};
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// This moment in UTC, as the embedded server's clock has it.
fn now() -> DateTime {
    Zoned::now().with_time_zone(TimeZone::UTC).datetime()
}

/// How to log in to a server, with changes to the site.
fn options(server: &Server, change: impl FnOnce(&mut Site)) -> Options {
    let mut site = Site::new(server.ip().to_string());
    site.port = Some(server.port());
    site.user = Some(server.user().to_owned());
    site.security = Security::None;
    change(&mut site);
    let trust = Arc::new(Trust::in_memory());
    let limit = Duration::from_secs(20);
    Options {
        password: Secret::from(server.password()),
        proxy_password: None,
        tls: TlsContext::new(),
        judge: trust.judge_for(&site),
        limits: Limits { connect: limit, reply: limit, set_up: limit, no_growth: limit },
        dialogue: Dialogue::default(),
        tls_seen: false,
        known: None,
        only_tls12: false,
        site: Arc::new(site),
    }
}

/// Logs in to a server.
async fn open(server: &Server, change: impl FnOnce(&mut Site)) -> Session {
    try_open(server, change).await.unwrap()
}

async fn try_open(
    server: &Server,
    change: impl FnOnce(&mut Site),
) -> Result<Session, SessionError> {
    Session::open(options(server, change)).await
}

/// The directory's entries by name.
async fn list(session: &mut Session, path: &str) -> Listing {
    session.list(&path.into(), now()).await.unwrap()
}

/// The names of a directory, sorted.
async fn names(session: &mut Session, path: &str) -> Vec<String> {
    let entries = list(session, path).await.entries;
    let mut names: Vec<String> =
        entries.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()).collect();
    names.sort();
    names
}
