//! What the engine tells, in the log file: connections and notices, and with `log.level = "debug"`
//! the dialogue with the servers.

use tokio::sync::broadcast::error::RecvError;

use crate::engine::{EngineHandle, Event, Happening, Level, SiteState, Speaker, Spoken};

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

fn note(what: &Happening) {
    match what {
        Happening::Site { site, state } => match state {
            SiteState::Connected { tls, .. } => tracing::info!(site = site.0, tls, "connected"),
            SiteState::Failed(failure) => tracing::error!("{failure}"),
            SiteState::Connecting | SiteState::Disconnected => {}
        },
        Happening::Spoken(Spoken { site, session, by, text }) => {
            let sign = match by {
                Speaker::Us => ">",
                Speaker::Server => "<",
                Speaker::Remark => "*",
            };
            tracing::debug!("{}#{session} {sign} {text}", site.0);
        }
        Happening::Notice { level: Level::Info, text } => tracing::info!("{text}"),
        Happening::Notice { level: Level::Warning, text } => tracing::warn!("{text}"),
        Happening::Notice { level: Level::Error, text } => tracing::error!("{text}"),
        Happening::DirectoryChanged { .. }
        | Happening::Queue(_)
        | Happening::Question(_)
        | Happening::Answered(_) => {}
    }
}
