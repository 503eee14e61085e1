//! The event loop: connects terminal, engine and clock with the pure model.
//!
//! The loop waits for keys, engine events and answers, handles all that have arrived, and then
//! draws once, so that a burst of events costs one frame. Effects run in their own tasks, so that
//! the screen never waits for the network.

mod export;
pub mod input;
mod jobs;
pub mod perform;
pub mod remote_edit;
pub mod terminal;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::Event as TerminalEvent;
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::base::text;
use crate::config;
use crate::engine::{EngineHandle, Event, Failure, Level};
use crate::queue::{JobRules, Store, TreeRules};
use crate::site::{Location, LocationError, Site};
use crate::ui::glyphs::{ASCII, UNICODE};
use crate::ui::keymap::Keymap;
use crate::ui::model::msg::{
    Draft, ManageError, Msg, PaneSide, SavedSites, SitesRequest, UiEffect,
};
use crate::ui::model::pane::Navigation;
use crate::ui::model::{HistoryEntry, Model, ModelSetup, WallClock};
use crate::ui::run::perform::Performer;
use crate::ui::theme::Theme;
use crate::ui::update::{navigate, sites, update};
use crate::ui::view;

/// Parses the text of an address into a location.
pub type ParseLocation = Arc<dyn Fn(&str) -> Result<Location, LocationError> + Send + Sync>;

/// Saves the history of addresses for the next run.
pub type Remember = Arc<dyn Fn(&[String]) + Send + Sync>;

/// Changes the saved sites.
pub type ManageSites = Arc<dyn Fn(SitesRequest) -> Result<SavedSites, ManageError> + Send + Sync>;

/// Access to the user's files and the queue.
#[derive(Clone)]
pub struct UserFiles {
    /// Parses addresses.
    pub parse: ParseLocation,
    /// Saves the history of addresses.
    pub remember: Remember,
    /// Changes the saved sites.
    pub manage: ManageSites,
    /// The queue, for exports.
    pub queue: Store,
}

/// A configuration file, with the name that messages use.
#[derive(Debug, Clone)]
pub struct UserFile {
    /// The file name that the user sees.
    pub name: String,
    /// The content of the file.
    pub text: String,
}

/// The initial state of the screen.
#[derive(Clone)]
pub struct Start {
    /// The location that the left pane opens.
    pub left: Option<Location>,
    /// The location that the right pane opens.
    pub right: Option<Location>,
    /// The saved sites.
    pub sites: Vec<Arc<Site>>,
    /// Access to the user's files and the queue.
    pub files: UserFiles,
    /// Addresses opened in previous runs, the newest last.
    pub history: Vec<String>,
    /// The user's `keymap.toml`, if there is one.
    pub keymap: Option<UserFile>,
    /// The user's theme, if there is one.
    pub theme: Option<UserFile>,
    /// The screen settings of `config.toml`.
    pub settings: config::ScreenSettings,
    /// The initial rules of the copy dialog.
    pub rules: JobRules,
    /// The initial directory rules of the copy dialog.
    pub tree: TreeRules,
    /// Do not use colours (`NO_COLOR` is set).
    pub no_color: bool,
    /// The demo servers are shown: explain what to try.
    pub demo: bool,
    /// Messages to show at the start, such as errors in configuration files.
    pub messages: Vec<String>,
}

/// Why the screen could not start or continue.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// The terminal cannot be used for drawing.
    #[error(
        "cannot use the terminal: {0}; only the screen needs one, the commands do not \
         (fxpane --help)"
    )]
    Terminal(#[source] io::Error),
    /// Reading keys from the terminal failed.
    #[error("cannot read from the terminal: {0}")]
    Input(#[source] io::Error),
    /// A task panicked; the panic message is on standard error.
    #[error("internal error, see the message above; please report this bug")]
    Panicked,
}

/// The minimum time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// The interval of animations.
const TICK: Duration = Duration::from_millis(100);
/// The most messages taken from one source before the other sources and a frame get their turn.
const BATCH: usize = 256;

/// Shows the screen until the user quits. The engine keeps running; the caller stops it.
///
/// # Errors
/// [`UiError`]: the terminal cannot be used, or a task panicked.
pub async fn run(engine: EngineHandle, start: Start) -> Result<(), UiError> {
    let mut screen =
        terminal::TerminalGuard::open(start.settings.mouse).map_err(UiError::Terminal)?;
    let mut console = screen.console();
    let outcome = drive(screen.terminal(), &mut console, engine, start).await;
    // restore the terminal before anything is printed
    drop(screen);
    outcome
}

/// What the loop needs from a terminal besides drawing.
trait Console {
    /// The stream of terminal events.
    type Keys: Stream<Item = io::Result<TerminalEvent>> + Send + Unpin + 'static;

    /// Starts reading terminal events.
    fn keys(&mut self) -> Self::Keys;

    /// True if a task panicked and the terminal has already been restored.
    fn is_broken(&self) -> bool;

    /// Runs the user's editor in the terminal and waits for it.
    ///
    /// # Errors
    /// The editor could not be started, or it returned an error.
    fn edit(&mut self, file: &Path) -> io::Result<()>;
}

/// [`run`] on the given terminal.
async fn drive<B, C>(
    terminal: &mut Terminal<B>,
    console: &mut C,
    engine: EngineHandle,
    start: Start,
) -> Result<(), UiError>
where
    B: Backend<Error: std::error::Error + Send + Sync + 'static>,
    C: Console,
{
    let started = Instant::now();
    // subscribe before the first request, so that no event is missed
    let mut events = engine.events();
    let (answers_in, mut answers) = mpsc::unbounded_channel();
    let mut performer = Performer::new(
        engine,
        start.files.clone(),
        start.sites.iter().map(|site| Site::clone(site)).collect(),
        answers_in,
    );
    let mut keys = Keys::read(console.keys());
    let size = terminal.size().map_err(draw_failed)?;
    let mut model = model(&start, (size.width, size.height));
    let mut out = open(&mut model, start);
    let mut signal = terminal::end_signal();
    let mut drawn: Option<Instant> = None;
    let mut changed = true;
    loop {
        let mut after = Vec::new();
        for effect in out.drain(..) {
            match effect {
                UiEffect::Quit => return Ok(()),
                UiEffect::Redraw => wipe(terminal).map_err(draw_failed)?,
                UiEffect::Edit(draft) => {
                    // keys typed into the editor are not for the screen
                    keys.stop().await;
                    let result = edited(console, &draft);
                    keys = Keys::read(console.keys());
                    signal = terminal::end_signal();
                    wipe(terminal).map_err(draw_failed)?;
                    after.push(Msg::Edited(draft, result));
                }
                effect => performer.perform(effect),
            }
        }
        for msg in after {
            out.extend(update(&mut model, msg));
            changed = true;
        }
        if console.is_broken() {
            return Err(UiError::Panicked);
        }
        let due = drawn.map_or_else(Instant::now, |drawn| drawn + FRAME);
        if changed && Instant::now() >= due {
            terminal.draw(|frame| view::draw(&model, frame)).map_err(draw_failed)?;
            drawn = Some(Instant::now());
            changed = false;
        }
        let wake = if changed { due } else { Instant::now() + TICK };
        let mut inbox = Vec::new();
        if !out.is_empty() {
            continue;
        }
        tokio::select! {
            key = keys.events.recv() => inbox.extend(terminal_message(key)?),
            event = events.recv() => inbox.extend(engine_message(event)),
            Some(answer) = answers.recv() => inbox.push(answer),
            () = sleep_until(wake), if changed || model.is_moving() => {}
            () = &mut signal => return Ok(()),
        }
        for _ in 0..BATCH {
            let Ok(key) = keys.events.try_recv() else { break };
            inbox.extend(terminal_message(Some(key))?);
        }
        for _ in 0..BATCH {
            match events.try_recv() {
                Ok(event) => inbox.push(Msg::Engine(Box::new(event))),
                Err(broadcast::error::TryRecvError::Lagged(_)) => inbox.push(Msg::Lagged),
                Err(_) => break,
            }
        }
        while let Ok(answer) = answers.try_recv() {
            inbox.push(answer);
        }
        let now = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        changed |= !inbox.is_empty() || model.is_moving();
        out.extend(update(&mut model, Msg::Tick(now)));
        for msg in inbox {
            performer.finished(&msg);
            out.extend(update(&mut model, msg));
        }
    }
}

/// Clears the terminal and the previous frame. `Terminal::clear` is not used because it queries the
/// cursor position and waits for the answer, which the key reader would consume.
fn wipe<B: Backend>(terminal: &mut Terminal<B>) -> Result<(), B::Error> {
    terminal.backend_mut().clear()?;
    // the next frame is compared with the buffer that is still empty
    terminal.swap_buffers();
    Ok(())
}

/// Moves terminal events into a channel, so that all pending events can be read at once: polling
/// the terminal stream without waiting loses the wake-up of a later wait.
struct Keys {
    events: mpsc::UnboundedReceiver<io::Result<TerminalEvent>>,
    reader: JoinHandle<()>,
}

impl Keys {
    fn read<I>(mut stream: I) -> Self
    where
        I: Stream<Item = io::Result<TerminalEvent>> + Send + Unpin + 'static,
    {
        let (sender, events) = mpsc::unbounded_channel();
        let reader = tokio::spawn(async move {
            while let Some(event) = stream.next().await {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Self { events, reader }
    }

    /// Stops reading; returns once the terminal is free.
    async fn stop(&mut self) {
        self.reader.abort();
        // the task was aborted, so its result does not matter
        let _ = (&mut self.reader).await;
    }
}

/// Runs the editor; returns true if it changed the file.
fn edited(console: &mut impl Console, draft: &Draft) -> Result<bool, Failure> {
    let failed = |error: io::Error| remote_edit::local("edit the file", &error);
    let before = remote_edit::fingerprint(&draft.file).map_err(failed)?;
    console.edit(&draft.file).map_err(failed)?;
    let after = remote_edit::fingerprint(&draft.file).map_err(failed)?;
    Ok(before != after)
}

impl Drop for Keys {
    fn drop(&mut self) {
        // keys typed from now on are not for the screen
        self.reader.abort();
    }
}

fn draw_failed(error: impl std::error::Error + Send + Sync + 'static) -> UiError {
    UiError::Terminal(io::Error::other(error))
}

/// Converts a terminal event; `None` for events that the screen does not handle.
fn terminal_message(event: Option<io::Result<TerminalEvent>>) -> Result<Option<Msg>, UiError> {
    match event {
        Some(Ok(event)) => Ok(input::message(event)),
        Some(Err(error)) => Err(UiError::Input(error)),
        None => Err(UiError::Input(io::ErrorKind::UnexpectedEof.into())),
    }
}

fn engine_message(event: Result<Event, broadcast::error::RecvError>) -> Option<Msg> {
    match event {
        Ok(event) => Some(Msg::Engine(Box::new(event))),
        Err(broadcast::error::RecvError::Lagged(_)) => Some(Msg::Lagged),
        // the performer holds a handle with a sender, so the channel stays open
        Err(broadcast::error::RecvError::Closed) => None,
    }
}

fn model(start: &Start, size: (u16, u16)) -> Model {
    let mut messages = start.messages.clone();
    let keymap = start.keymap.as_ref().map_or_else(Keymap::default, |file| {
        let (keymap, problems) = Keymap::with_user(&file.text);
        messages.extend(problems.iter().map(|problem| format!("{}, {problem}", file.name)));
        keymap
    });
    let mut theme = start.theme.as_ref().map_or_else(Theme::default, |file| {
        let (theme, problems) = Theme::with_user(&file.text);
        messages.extend(problems.iter().map(|problem| format!("{}, {problem}", file.name)));
        theme
    });
    if start.no_color {
        theme = Theme::mono();
    }
    let mut model = Model::new(ModelSetup {
        size,
        keymap,
        theme,
        glyphs: if start.settings.ascii { ASCII } else { UNICODE },
        sites: start.sites.clone(),
        clock: WallClock { start: Timestamp::now(), zone: TimeZone::system() },
        settings: start.settings.clone(),
        rules: start.rules,
        tree: start.tree.clone(),
    });
    let parsed = start.history.iter().filter_map(|text| {
        // drop addresses that can no longer be opened
        let location = (start.files.parse)(text).ok()?;
        Some(HistoryEntry { text: text::visible_str(text), location })
    });
    model.history.extend(parsed);
    if start.demo {
        let text = "two demo servers: Space selects, F5 copies to the other pane, F1 shows help";
        model.notify(Level::Info, text);
    }
    let more = messages.len().saturating_sub(1);
    // only the last message stays visible, the others are in the log
    for (at, text) in messages.into_iter().enumerate().rev() {
        let count =
            if at == 0 && more > 0 { format!(" ({more} more in the log)") } else { String::new() };
        model.notify(Level::Warning, format!("{text}{count}"));
    }
    model
}

/// Opens the initial locations, or the list of sites if there are none.
fn open(model: &mut Model, start: Start) -> Vec<UiEffect> {
    let mut out = Vec::new();
    let nothing = start.left.is_none() && start.right.is_none();
    for (side, at) in [(PaneSide::Left, start.left), (PaneSide::Right, start.right)] {
        if let Some(at) = at {
            navigate::list(model, side, at, Navigation::Go, None, &mut out);
        }
    }
    if !start.demo {
        out.push(UiEffect::FindInterrupted(false));
    }
    if nothing && !model.sites.is_empty() {
        sites::open(model, PaneSide::Left);
    }
    out
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
