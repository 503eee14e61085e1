//! Sessions with one server: how it is reached, and how its quirks are handled.

mod names;
mod quirks;
mod reach;
mod socks;
mod times;

use std::sync::Arc;
use std::time::Duration;

use fxpane::base::Secret;
use fxpane::demo::Server;
use fxpane::ftp::listing::Listing;
use fxpane::net::{ConversationLog, TlsContext};
use fxpane::session::{Limits, Session, SessionError, SessionOptions};
use fxpane::site::{Security, Site, Trust};
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The current time in UTC, the time zone of the embedded server.
fn now() -> DateTime {
    Zoned::now().with_time_zone(TimeZone::UTC).datetime()
}

/// Options for logging in to a server, with changes to the site.
fn options(server: &Server, change: impl FnOnce(&mut Site)) -> SessionOptions {
    let mut site = Site::new(server.ip().to_string());
    site.port = Some(server.port());
    site.user = Some(server.user().to_owned());
    site.security = Security::None;
    change(&mut site);
    let trust = Arc::new(Trust::in_memory());
    let limit = Duration::from_secs(20);
    SessionOptions {
        password: Secret::from(server.password()),
        proxy_password: None,
        tls: TlsContext::new(),
        policy: trust.policy_for(&site),
        limits: Limits { connect: limit, reply: limit, set_up: limit, no_growth: limit },
        conversation: ConversationLog::default(),
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

/// Lists a directory.
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
