//! An engine by the user's settings.

use std::sync::Arc;

use crate::app::{Parts, record};
use crate::cli::{Arguments, is_interactive};
use crate::config::LogLevel;
use crate::engine::{Engine, EngineHandle, EngineOptions};
use crate::queue::Store;
use crate::queue::store::History;
use crate::session::Limits;
use crate::site::Vault;

/// Who will use the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// The screen: it browses, shows the dialogue and asks.
    Screen,
    /// A command.
    Commands,
}

/// The queue's store, and what the user is to be told of it: a queue that cannot be used keeps
/// nobody from copying, but it is then forgotten at the end.
pub(super) fn store(parts: &Parts) -> (Store, Option<String>) {
    match Store::open(&parts.folders.queue_file()) {
        Ok((store, None)) => (store, None),
        Ok((store, Some(aside))) => {
            let text = format!(
                "the queue's file was damaged; it was set aside as {}, and the queue begins anew",
                aside.display()
            );
            (store, Some(text))
        }
        Err(error) => {
            let text = format!("{error}; until then the queue is forgotten when fxpane ends");
            (Store::in_memory(), Some(text))
        }
    }
}

/// Starts an engine on the current runtime.
pub(super) fn start(
    arguments: &Arguments,
    parts: &Parts,
    front: Front,
    store: Store,
) -> EngineHandle {
    let (times, transfer) = (&parts.settings.timeouts, &parts.settings.transfer);
    let asked = arguments.timeout();
    let screen = front == Front::Screen;
    let options = EngineOptions {
        limits: Limits {
            connect: asked.unwrap_or(times.connect),
            reply: asked.unwrap_or(times.reply),
            set_up: asked.unwrap_or(times.set_up),
            no_growth: asked.unwrap_or(times.no_growth),
        },
        interactive: screen || is_interactive(),
        dialogue: screen || arguments.verbose || parts.settings.log.level >= LogLevel::Debug,
        browsing: usize::from(screen),
        tries: transfer.tries,
        connect_tries: transfer.connect_tries,
        busy_wait: transfer.busy_wait,
        // with somebody at the screen a site is waited for until they say otherwise
        patience: (!screen).then_some(transfer.patience),
        store,
        history: History {
            jobs: parts.settings.queue.keep_jobs,
            items: parts.settings.queue.keep_items,
        },
        bookmarks: screen.then(|| parts.folders.sites_file()),
        take: parts.settings.rules.take.clone(),
        vault: Some(Arc::new(Vault::new(parts.folders.vault_file()))),
        ..EngineOptions::new(parts.trust.clone())
    };
    let engine = Engine::start(options);
    if parts.settings.log.level > LogLevel::Off {
        record::keep(&engine);
    }
    engine
}
