//! Puts the parts together: arguments, settings, log, engine, and one of the two front ends.
//!
//! Rung 12. The command line is read before anything else is made, so that `--version` and
//! `--help` cost nothing.

mod engine;
mod log;
mod record;
mod screen;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::cli::record::{ErrorRecord, Summary};
use crate::cli::verb::demo::{self, Demo};
use crate::cli::verb::open::Open;
use crate::cli::{Arguments, CliError, Context, Exit, Output, Verb, output};
use crate::config::{Folders, Settings};
use crate::engine::{EngineHandle, Event, EventKind};
use crate::queue::Store;
use crate::site::{Trust, sites_file};

/// The threads that drive sockets: all of this program's work is waiting, none is computing.
const WORKERS: usize = 2;
/// How long a command may take to tell what it did after Ctrl-C.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Signals that come within this time are one: timeout(1) sends two, to the process and to its
/// group.
const ONE_PRESS: Duration = Duration::from_millis(500);

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match crate::cli::parse() {
        Ok(arguments) => arguments,
        Err(exit) => return exit.into(),
    };
    let mut out = arguments.output();
    let ended = match arguments.run_here(screen::check, &mut out) {
        Some(ended) => ended,
        None => run(&arguments),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            if !error.is_silent() {
                out.error(&error);
            }
            error.exit().into()
        }
    }
}

/// What every command that connects has.
struct Parts {
    folders: Folders,
    settings: Settings,
    trust: Arc<Trust>,
}

fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let runtime = || -> Result<Runtime, CliError> {
        let built = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
        built.map_err(|error| CliError::Start(Box::new(error)))
    };
    if let Some(Verb::Demo(Demo { serve: true })) = &arguments.verb {
        return runtime()?.block_on(serve(arguments));
    }
    let folders = Folders::find(arguments.folders())?;
    let settings = Settings::load(&folders)?;
    let trust = Arc::new(Trust::load(folders.certs_file())?);
    let _log = log::begin(&folders, &settings);
    let parts = Parts { folders, settings, trust };
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        match &arguments.verb {
            None => screen::open(arguments, &Open::default(), parts).await,
            Some(Verb::Open(open)) => screen::open(arguments, open, parts).await,
            Some(Verb::Demo(_)) => screen::demo(arguments, parts).await,
            Some(verb) => command(arguments, verb, parts).await,
        }
    });
    // somebody may still be asked something: nobody waits for the answer
    runtime.shutdown_background();
    ended
}

/// Runs the two sample servers until Ctrl-C.
async fn serve(arguments: &Arguments) -> Result<Exit, CliError> {
    let mut out = arguments.output();
    let samples = demo::start().await?;
    demo::print(&samples, &mut out)?;
    interrupt().await;
    Ok(Exit::Interrupted)
}

/// Runs one command of the command line with an engine of its own.
async fn command(arguments: &Arguments, verb: &Verb, parts: Parts) -> Result<Exit, CliError> {
    let loaded = sites_file::load(&parts.folders.sites_file())?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let (store, message) =
        if verb.uses_store() { engine::store(&parts) } else { (Store::in_memory(), None) };
    let engine = engine::start(arguments, &parts, engine::Front::Commands, store);
    let dialogue = arguments.verbose.then(|| Dialogue::show(&engine));
    let Parts { folders, settings, trust } = parts;
    let mut out = arguments.output();
    if let Some(message) = message {
        out.error(message);
    }
    let mut context = Context::new(folders, settings, loaded.sites, trust, engine.clone(), out)
        .with_passphrase(arguments.passphrase());
    let ended = {
        let work = verb.run(&mut context);
        tokio::pin!(work);
        tokio::select! {
            ended = &mut work => Some(ended),
            () = interrupt() => stop(&engine, work).await,
        }
    };
    let interrupted = ended.is_none();
    if !interrupted {
        tokio::select! {
            () = engine.shutdown() => {}
            () = interrupt() => {}
        }
    }
    if let Some(dialogue) = dialogue {
        dialogue.end().await;
    }
    report(&mut context.out, verb, ended)
}

/// Shows what is said on the control connections while it lives.
struct Dialogue {
    stop: oneshot::Sender<()>,
    shown: JoinHandle<()>,
}

impl Dialogue {
    fn show(engine: &EngineHandle) -> Self {
        let mut events = engine.events();
        let (stop, mut stopped) = oneshot::channel();
        let shown = tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    event = events.recv() => match event {
                        Ok(Event { what: EventKind::Spoken(spoken), .. }) => {
                            output::dialogue(&spoken);
                        }
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return,
                    },
                    _ = &mut stopped => return,
                }
            }
        });
        Self { stop, shown }
    }

    /// Shows what was said until now, and ends.
    async fn end(self) {
        // when it has ended by itself, nothing is left to be shown
        let _ = self.stop.send(());
        let _ = self.shown.await;
    }
}

/// Stops the engine, and lets the command say what it did until then; a second Ctrl-C does not
/// wait for that.
async fn stop(
    engine: &EngineHandle,
    work: impl Future<Output = Result<Exit, CliError>>,
) -> Option<Result<Exit, CliError>> {
    let last_words = async {
        let mut work = std::pin::pin!(work);
        let mut shutdown = std::pin::pin!(engine.shutdown());
        // the command hears of what the engine aborts while the engine stops
        tokio::select! {
            _ = &mut work => return shutdown.await,
            () = &mut shutdown => {}
        }
        // what it says is all that counts: the exit is that of an interruption
        let _ = tokio::time::timeout(LAST_WORDS, work).await;
    };
    let again = async {
        tokio::time::sleep(ONE_PRESS).await;
        interrupt().await;
    };
    tokio::select! {
        () = last_words => {}
        () = again => {}
    }
    // a question for a password leaves the terminal in raw mode
    let _ = crossterm::terminal::disable_raw_mode();
    None
}

fn report(
    out: &mut Output,
    verb: &Verb,
    ended: Option<Result<Exit, CliError>>,
) -> Result<Exit, CliError> {
    match ended {
        None => {
            out.clear();
            out.flush()?;
            Ok(Exit::Interrupted)
        }
        Some(Err(error)) if out.is_json() && !error.is_silent() => {
            out.object(&ErrorRecord::of_error(&error))?;
            if verb.transfers() {
                out.object(&Summary::of_nothing())?;
            }
            out.flush()?;
            Err(error)
        }
        Some(ended) => {
            out.clear();
            out.flush()?;
            ended
        }
    }
}

/// Ctrl-C, or the wish of the system that the program ends.
async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut end) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = end.recv() => {}
                () = ctrl_c() => {}
            }
            return;
        }
    }
    ctrl_c().await;
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // nobody can interrupt what cannot hear
        std::future::pending::<()>().await;
    }
}
