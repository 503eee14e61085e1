//! The driver: terminal, engine and clock on one side, the pure model on the other.
//!
//! One loop waits for keys, for the engine's events and for answers, takes all that has come,
//! and then draws once; a flood of events costs one frame. What the model asks for runs in tasks
//! of its own, so that the screen never waits for the network.

pub mod edit;
mod export;
pub mod input;
mod jobs;
pub mod perform;
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
use crate::queue::{Rules, Store, TreeRules};
use crate::site::{Location, LocationError, Site};
use crate::ui::glyphs::{ASCII, UNICODE};
use crate::ui::keymap::Keymap;
use crate::ui::model::msg::{Draft, Effect, ManageError, Msg, Side, SitesNow, SitesOrder};
use crate::ui::model::pane::Way;
use crate::ui::model::{Clock, Model, Past, Setup};
use crate::ui::run::perform::Performer;
use crate::ui::theme::Theme;
use crate::ui::update::{go, sites, update};
use crate::ui::view;

/// Finds out which location a typed text means.
pub type ParseLocation = Arc<dyn Fn(&str) -> Result<Location, LocationError> + Send + Sync>;

/// Keeps the addresses opened before for the next run.
pub type Remember = Arc<dyn Fn(&[String]) + Send + Sync>;

/// Changes the bookmarks.
pub type ManageSites = Arc<dyn Fn(SitesOrder) -> Result<SitesNow, ManageError> + Send + Sync>;

/// What the screen needs of the user's files.
#[derive(Clone)]
pub struct UserFiles {
    /// Reads typed addresses.
    pub parse: ParseLocation,
    /// Keeps the addresses opened before.
    pub remember: Remember,
    /// Changes the bookmarks.
    pub manage: ManageSites,
    /// The queue, to be written into a file.
    pub queue: Store,
}

/// A file of the user's, for messages about it.
#[derive(Debug, Clone)]
pub struct UserFile {
    /// Its name as the user knows it.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// What the screen begins with.
#[derive(Clone)]
pub struct Start {
    /// What the left pane opens.
    pub left: Option<Location>,
    /// What the right pane opens.
    pub right: Option<Location>,
    /// Bookmarks, for the list of sites.
    pub sites: Vec<Arc<Site>>,
    /// What it needs of the user's files.
    pub files: UserFiles,
    /// Addresses opened in earlier runs, the newest last.
    pub history: Vec<String>,
    /// The user's `keymap.toml`.
    pub keymap: Option<UserFile>,
    /// The user's theme.
    pub theme: Option<UserFile>,
    /// What `config.toml` says about the screen.
    pub wishes: config::Screen,
    /// The rules that the copy dialog begins with.
    pub rules: Rules,
    /// The rules for directories that the copy dialog begins with.
    pub tree: TreeRules,
    /// No colours (`NO_COLOR`).
    pub no_color: bool,
    /// The sample servers are shown: say what to try.
    pub demo: bool,
    /// What to tell at the start, such as mistakes in files.
    pub messages: Vec<String>,
}

/// Why the screen ended.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// There is no terminal to draw on.
    #[error(
        "cannot use the terminal: {0}; the screen needs one, the commands do not (fxpane --help)"
    )]
    Terminal(#[source] io::Error),
    /// The terminal gives no more keys.
    #[error("cannot read from the terminal: {0}")]
    Input(#[source] io::Error),
    /// A part of the program broke; what it was stands on standard error.
    #[error("a part of the program broke, see the message above; please report it")]
    Panicked,
}

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// How often moving things move.
const TICK: Duration = Duration::from_millis(100);
/// What is taken of one source before the others and a frame get their turn.
const BATCH: usize = 256;

/// Shows the screen until the user quits. The engine goes on; stopping it is the caller's matter.
///
/// # Errors
/// [`UiError`]: no terminal, or a part of the program broke.
pub async fn run(engine: EngineHandle, start: Start) -> Result<(), UiError> {
    let mut screen = terminal::Screen::open(start.wishes.mouse).map_err(UiError::Terminal)?;
    let mut console = screen.console();
    let outcome = drive(screen.terminal(), &mut console, engine, start).await;
    // the terminal is the user's again before anything is said
    drop(screen);
    outcome
}

/// What the loop needs of a terminal besides drawing on it.
trait Console {
    /// Its keys.
    type Keys: Stream<Item = io::Result<TerminalEvent>> + Send + Unpin + 'static;

    /// Reads the keys from now on.
    fn keys(&mut self) -> Self::Keys;

    /// True when a part of the program broke and the terminal was given back already.
    fn is_broken(&self) -> bool;

    /// Gives the terminal to the user's editor until that has ended.
    ///
    /// # Errors
    /// The editor could not be started, or says that it failed.
    fn edit(&mut self, file: &Path) -> io::Result<()>;
}

/// [`run`] on a given terminal.
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
    let began = Instant::now();
    // before the first request, so that nothing is missed
    let mut events = engine.events();
    let (answers_in, mut answers) = mpsc::unbounded_channel();
    let mut performer = Performer::new(
        engine,
        start.files.clone(),
        start.sites.iter().map(|site| Site::clone(site)).collect(),
        answers_in,
    );
    let mut keys = Keys::read(console.keys());
    let size = terminal.size().map_err(undrawn)?;
    let mut model = model(&start, (size.width, size.height));
    let mut out = open(&mut model, start);
    let mut signal = terminal::end_signal();
    let mut drawn: Option<Instant> = None;
    let mut changed = true;
    loop {
        let mut after = Vec::new();
        for effect in out.drain(..) {
            match effect {
                Effect::Quit => return Ok(()),
                Effect::Redraw => wipe(terminal).map_err(undrawn)?,
                Effect::Edit(draft) => {
                    // what is typed into the editor is not the screen's
                    keys.stop().await;
                    let result = edited(console, &draft);
                    keys = Keys::read(console.keys());
                    signal = terminal::end_signal();
                    wipe(terminal).map_err(undrawn)?;
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
            terminal.draw(|frame| view::draw(&model, frame)).map_err(undrawn)?;
            drawn = Some(Instant::now());
            changed = false;
        }
        let wake = if changed { due } else { Instant::now() + TICK };
        let mut inbox = Vec::new();
        if !out.is_empty() {
            continue;
        }
        tokio::select! {
            key = keys.typed.recv() => inbox.extend(typed(key)?),
            event = events.recv() => inbox.extend(heard(event)),
            Some(answer) = answers.recv() => inbox.push(answer),
            () = sleep_until(wake), if changed || model.is_moving() => {}
            () = &mut signal => return Ok(()),
        }
        for _ in 0..BATCH {
            let Ok(key) = keys.typed.try_recv() else { break };
            inbox.extend(typed(Some(key))?);
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
        let now = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        changed |= !inbox.is_empty() || model.is_moving();
        out.extend(update(&mut model, Msg::Tick(now)));
        for msg in inbox {
            performer.answered(&msg);
            out.extend(update(&mut model, msg));
        }
    }
}

/// Empties the terminal, and forgets what was on it. `Terminal::clear` would ask the terminal where
/// its cursor is, and the answer would be waited for among the keys.
fn wipe<B: Backend>(terminal: &mut Terminal<B>) -> Result<(), B::Error> {
    terminal.backend_mut().clear()?;
    // what is drawn next is compared with the buffer that has been empty until now
    terminal.swap_buffers();
    Ok(())
}

/// The terminal's events in a channel, so that all that has come can be taken at once: a terminal
/// stream that is looked at without waiting forgets to wake whoever waits for it later.
struct Keys {
    typed: mpsc::UnboundedReceiver<io::Result<TerminalEvent>>,
    reader: JoinHandle<()>,
}

impl Keys {
    fn read<I>(mut stream: I) -> Self
    where
        I: Stream<Item = io::Result<TerminalEvent>> + Send + Unpin + 'static,
    {
        let (sender, typed) = mpsc::unbounded_channel();
        let reader = tokio::spawn(async move {
            while let Some(event) = stream.next().await {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Self { typed, reader }
    }

    /// Reads no more; returns when the terminal is let go.
    async fn stop(&mut self) {
        self.reader.abort();
        // it has been told to end: how it ends does not matter
        let _ = (&mut self.reader).await;
    }
}

/// Runs the editor; says whether the file is another one now.
fn edited(console: &mut impl Console, draft: &Draft) -> Result<bool, Failure> {
    let failed = |error: io::Error| edit::local("edit the file", &error);
    let before = edit::fingerprint(&draft.file).map_err(failed)?;
    console.edit(&draft.file).map_err(failed)?;
    let after = edit::fingerprint(&draft.file).map_err(failed)?;
    Ok(before != after)
}

impl Drop for Keys {
    fn drop(&mut self) {
        // what is typed from now on is not the screen's any more
        self.reader.abort();
    }
}

fn undrawn(error: impl std::error::Error + Send + Sync + 'static) -> UiError {
    UiError::Terminal(io::Error::other(error))
}

/// What came from the terminal, as a message; nothing for what means nothing here.
fn typed(event: Option<io::Result<TerminalEvent>>) -> Result<Option<Msg>, UiError> {
    match event {
        Some(Ok(event)) => Ok(input::message(event)),
        Some(Err(error)) => Err(UiError::Input(error)),
        None => Err(UiError::Input(io::ErrorKind::UnexpectedEof.into())),
    }
}

fn heard(event: Result<Event, broadcast::error::RecvError>) -> Option<Msg> {
    match event {
        Ok(event) => Some(Msg::Engine(Box::new(event))),
        Err(broadcast::error::RecvError::Lagged(_)) => Some(Msg::Lagged),
        // the performer holds a handle with a sender, so this cannot come before the end
        Err(broadcast::error::RecvError::Closed) => None,
    }
}

fn model(start: &Start, size: (u16, u16)) -> Model {
    let mut told = start.messages.clone();
    let keymap = start.keymap.as_ref().map_or_else(Keymap::default, |file| {
        let (keymap, problems) = Keymap::with_user(&file.text);
        told.extend(problems.iter().map(|problem| format!("{}, {problem}", file.name)));
        keymap
    });
    let mut theme = start.theme.as_ref().map_or_else(Theme::default, |file| {
        let (theme, problems) = Theme::with_user(&file.text);
        told.extend(problems.iter().map(|problem| format!("{}, {problem}", file.name)));
        theme
    });
    if start.no_color {
        theme = Theme::mono();
    }
    let mut model = Model::new(Setup {
        size,
        keymap,
        theme,
        glyphs: if start.wishes.ascii { ASCII } else { UNICODE },
        sites: start.sites.clone(),
        clock: Clock { start: Timestamp::now(), zone: TimeZone::system() },
        wishes: start.wishes.clone(),
        rules: start.rules,
        tree: start.tree.clone(),
    });
    let parsed = start.history.iter().filter_map(|text| {
        // what cannot be opened any more is not worth keeping
        let location = (start.files.parse)(text).ok()?;
        Some(Past { text: text::visible_str(text), location })
    });
    model.history.extend(parsed);
    if start.demo {
        let words = "two sample servers: Space selects, F5 copies to the other pane, F1 helps";
        model.say(Level::Info, words);
    }
    let more = told.len().saturating_sub(1);
    // the last one said is seen, the others stand in the log
    for (at, text) in told.into_iter().enumerate().rev() {
        let count =
            if at == 0 && more > 0 { format!(" ({more} more in the log)") } else { String::new() };
        model.say(Level::Warning, format!("{text}{count}"));
    }
    model
}

/// Opens what the user wants to see first.
fn open(model: &mut Model, start: Start) -> Vec<Effect> {
    let mut out = Vec::new();
    let nothing = start.left.is_none() && start.right.is_none();
    for (side, at) in [(Side::Left, start.left), (Side::Right, start.right)] {
        if let Some(at) = at {
            go::list(model, side, at, Way::Go, None, &mut out);
        }
    }
    if !start.demo {
        out.push(Effect::Jobs(false));
    }
    if nothing && !model.sites.is_empty() {
        sites::open(model, Side::Left);
    }
    out
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
