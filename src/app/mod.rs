//! The program: arguments, settings, log, engine, and one of the two front ends.
//!
//! Rung 12. The command line is parsed before anything else is set up, so that `--version` and
//! `--help` are fast.

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
use crate::config::{Settings, UserDirs};
use crate::engine::{EngineHandle, Event, EventKind};
use crate::queue::Store;
use crate::site::{Trust, sites_file};

/// Runtime threads: the program waits for sockets and computes little.
const WORKERS: usize = 2;
/// Time for a command to print its results after Ctrl-C.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Signals within this time count as one: timeout(1) sends two, to the process and to its group.
const SIGNAL_DEBOUNCE: Duration = Duration::from_millis(500);

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match crate::cli::parse() {
        Ok(arguments) => arguments,
        Err(exit) => return exit.into(),
    };
    let mut out = arguments.output();
    let ended = match arguments.run_offline(screen::check, &mut out) {
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

/// The user's files, for everything that connects.
struct Environment {
    dirs: UserDirs,
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
    let dirs = UserDirs::find(arguments.dirs())?;
    let settings = Settings::load(&dirs)?;
    let trust = Arc::new(Trust::load(dirs.certs_file())?);
    let _log = log::start(&dirs, &settings);
    let environment = Environment { dirs, settings, trust };
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        match &arguments.verb {
            None => screen::open(arguments, &Open::default(), environment).await,
            Some(Verb::Open(open)) => screen::open(arguments, open, environment).await,
            Some(Verb::Demo(_)) => screen::demo(arguments, environment).await,
            Some(verb) => command(arguments, verb, environment).await,
        }
    });
    // do not wait for a prompt that still blocks on standard input
    runtime.shutdown_background();
    ended
}

/// Runs the two demo servers until Ctrl-C.
async fn serve(arguments: &Arguments) -> Result<Exit, CliError> {
    let mut out = arguments.output();
    let servers = demo::start().await?;
    demo::print(&servers, &mut out)?;
    interrupt().await;
    Ok(Exit::Interrupted)
}

/// Runs one command of the command line with its own engine.
async fn command(
    arguments: &Arguments,
    verb: &Verb,
    environment: Environment,
) -> Result<Exit, CliError> {
    let loaded = sites_file::load(&environment.dirs.sites_file())?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let (store, message) = if verb.uses_store() {
        engine::open_store(&environment)
    } else {
        (Store::in_memory(), None)
    };
    let engine = engine::start(arguments, &environment, engine::FrontEnd::Command, store);
    let conversation = arguments.verbose.then(|| ConversationPrinter::start(&engine));
    let Environment { dirs, settings, trust } = environment;
    let mut out = arguments.output();
    if let Some(message) = message {
        out.error(message);
    }
    let mut context = Context::new(dirs, settings, loaded.sites, trust, engine.clone(), out)
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
    if let Some(conversation) = conversation {
        conversation.stop().await;
    }
    report(&mut context.out, verb, ended)
}

/// Prints the FTP conversation on standard error until it is stopped.
struct ConversationPrinter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl ConversationPrinter {
    fn start(engine: &EngineHandle) -> Self {
        let mut events = engine.events();
        let (stop, mut stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    event = events.recv() => match event {
                        Ok(Event { what: EventKind::LogLine(line), .. }) => {
                            output::conversation(&line);
                        }
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return,
                    },
                    _ = &mut stopped => return,
                }
            }
        });
        Self { stop, task }
    }

    /// Prints what has been received so far, then stops.
    async fn stop(self) {
        // both fail only if the task has already ended
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// Stops the engine and lets the command print its results; a second Ctrl-C ends at once.
async fn stop(
    engine: &EngineHandle,
    work: impl Future<Output = Result<Exit, CliError>>,
) -> Option<Result<Exit, CliError>> {
    let graceful = async {
        let mut work = std::pin::pin!(work);
        let mut shutdown = std::pin::pin!(engine.shutdown());
        // the command receives the reports of aborted transfers while the engine stops
        tokio::select! {
            _ = &mut work => return shutdown.await,
            () = &mut shutdown => {}
        }
        // its result does not matter: the exit status is that of an interruption
        let _ = tokio::time::timeout(STOP_GRACE, work).await;
    };
    let second_signal = async {
        tokio::time::sleep(SIGNAL_DEBOUNCE).await;
        interrupt().await;
    };
    tokio::select! {
        () = graceful => {}
        () = second_signal => {}
    }
    // an interrupted password prompt leaves the terminal in raw mode
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
                out.object(&Summary::not_started())?;
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

/// Waits for Ctrl-C or SIGTERM.
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
        // without a signal handler, wait forever: the signal's default action ends the process
        std::future::pending::<()>().await;
    }
}
