//! Writes engine events to the log file: connections, notices and, with `log.level = "debug"`, the
//! FTP conversation.

use tokio::sync::broadcast::error::RecvError;

use crate::engine::{EngineHandle, Event, EventKind, Level, LineKind, LogLine, SiteState};

/// Logs the events of the engine from now on, until it stops.
pub(super) fn log_events(engine: &EngineHandle) {
    let mut events = engine.events();
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(Event { what, .. }) => log_event(&what),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "log lines were lost because of too many events");
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
}

fn log_event(what: &EventKind) {
    match what {
        EventKind::Site { site, state } => match state {
            SiteState::Connected { tls, .. } => tracing::info!(site = site.0, tls, "connected"),
            SiteState::Failed(failure) => tracing::error!("{failure}"),
            SiteState::Connecting | SiteState::Disconnected => {}
        },
        EventKind::LogLine(LogLine { site, session, kind, text }) => {
            let sign = match kind {
                LineKind::Sent => ">",
                LineKind::Received => "<",
                LineKind::Note => "*",
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
