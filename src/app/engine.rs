//! Starts the engine and opens the queue as the settings say.

use std::sync::Arc;

use crate::app::{Environment, record};
use crate::cli::{Arguments, is_interactive};
use crate::config::LogLevel;
use crate::engine::{Engine, EngineHandle, EngineOptions};
use crate::queue::Store;
use crate::queue::store::History;
use crate::session::Limits;
use crate::site::Vault;

/// The front end that uses the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrontEnd {
    /// The screen: browses, shows the FTP conversation, asks questions.
    Screen,
    /// A command of the command line.
    Command,
}

/// Opens the queue database; the second value is a message for the user if something is wrong
/// with it. If it cannot be used, the queue is kept in memory, so that files can still be copied.
pub(super) fn open_store(environment: &Environment) -> (Store, Option<String>) {
    match Store::open(&environment.dirs.queue_file()) {
        Ok((store, None)) => (store, None),
        Ok((store, Some(damaged))) => {
            let text = format!(
                "the queue database was damaged and renamed to {}; a new, empty queue was created",
                damaged.display()
            );
            (store, Some(text))
        }
        Err(error) => {
            let text = format!("{error}; the queue of this run is not saved");
            (Store::in_memory(), Some(text))
        }
    }
}

/// Starts an engine on the current runtime.
pub(super) fn start(
    arguments: &Arguments,
    environment: &Environment,
    front_end: FrontEnd,
    store: Store,
) -> EngineHandle {
    let (times, transfer) = (&environment.settings.timeouts, &environment.settings.transfer);
    let option = arguments.timeout();
    let screen = front_end == FrontEnd::Screen;
    let options = EngineOptions {
        limits: Limits {
            connect: option.unwrap_or(times.connect),
            reply: option.unwrap_or(times.reply),
            set_up: option.unwrap_or(times.set_up),
            no_growth: option.unwrap_or(times.no_growth),
        },
        interactive: screen || is_interactive(),
        conversation: screen
            || arguments.verbose
            || environment.settings.log.level >= LogLevel::Debug,
        browsing: usize::from(screen),
        tries: transfer.tries,
        connect_tries: transfer.connect_tries,
        busy_wait: transfer.busy_wait,
        // on the screen the user decides how long to wait for a site
        patience: (!screen).then_some(transfer.patience),
        store,
        history: History {
            jobs: environment.settings.queue.keep_jobs,
            items: environment.settings.queue.keep_items,
        },
        sites_file: screen.then(|| environment.dirs.sites_file()),
        take: environment.settings.rules.take.clone(),
        vault: Some(Arc::new(Vault::new(environment.dirs.vault_file()))),
        ..EngineOptions::new(environment.trust.clone())
    };
    let engine = Engine::start(options);
    if environment.settings.log.level > LogLevel::Off {
        record::log_events(&engine);
    }
    engine
}
