//! What the engine tells, in the log file: connections and notices, and with `log.level = "debug"`
//! the dialogue with the servers.

use tokio::sync::broadcast::error::RecvError;

use crate::engine::{EngineHandle, Event, EventKind, Level, SiteState, Speaker, Spoken};

/// Writes down what the engine tells from now on, until it ends.
pub(super) fn keep(engine: &EngineHandle) {
    let mut events = engine.events();
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(Event { what, .. }) => note(&what),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "some lines are missing here: too much happened");
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
}

fn note(what: &EventKind) {
    match what {
        EventKind::Site { site, state } => match state {
            SiteState::Connected { tls, .. } => tracing::info!(site = site.0, tls, "connected"),
            SiteState::Failed(failure) => tracing::error!("{failure}"),
            SiteState::Connecting | SiteState::Disconnected => {}
        },
        EventKind::Spoken(Spoken { site, session, by, text }) => {
            let sign = match by {
                Speaker::Us => ">",
                Speaker::Server => "<",
                Speaker::Remark => "*",
            };
            tracing::debug!("{}#{session} {sign} {text}", site.0);
        }
        EventKind::Notice { level: Level::Info, text } => tracing::info!("{text}"),
        EventKind::Notice { level: Level::Warning, text } => tracing::warn!("{text}"),
        EventKind::Notice { level: Level::Error, text } => tracing::error!("{text}"),
        EventKind::DirectoryChanged { .. }
        | EventKind::Queue(_)
        | EventKind::Question(_)
        | EventKind::Answered(_) => {}
    }
}
