//! The terminal as the screen needs it, and back as it was: at the end, after an error, and after
//! a panic anywhere in the program.

use std::future::Future;
use std::io::{self, BufWriter, Stdout, Write as _};
use std::panic::{self, PanicHookInfo};
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    EventStream,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::ui::run::Console;

/// Bytes of a frame that are collected before they are written: a frame is one write.
const FRAME_BYTES: usize = 64 * 1024;

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The terminal in its state for the screen; dropping it brings the old state back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    before: Hook,
    broken: Arc<AtomicBool>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over, and with `mouse` what the mouse does in it.
    ///
    /// # Errors
    /// When standard output is no terminal, or it cannot be set up.
    pub fn open(mouse: bool) -> io::Result<Self> {
        let broken = Arc::new(AtomicBool::new(false));
        let before: Hook = Arc::from(panic::take_hook());
        let (mark, then) = (Arc::clone(&broken), Arc::clone(&before));
        panic::set_hook(Box::new(move |info| {
            // first the terminal, or the message could not be read
            if !mark.swap(true, Ordering::SeqCst) {
                restore();
            }
            then(info);
        }));
        let set_up = || {
            take(mouse)?;
            let out = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
            Terminal::new(CrosstermBackend::new(out))
        };
        match set_up() {
            Ok(terminal) => Ok(Self { terminal, before, broken, mouse }),
            Err(error) => {
                restore();
                give_back(before);
                Err(error)
            }
        }
    }

    /// What is drawn on.
    pub fn terminal(&mut self) -> &mut Terminal<CrosstermBackend<BufWriter<Stdout>>> {
        &mut self.terminal
    }

    /// What the loop needs besides. It tells whether a part of the program broke: then the
    /// terminal has been given back, and nothing may be drawn any more.
    #[must_use]
    pub fn console(&self) -> TheConsole {
        TheConsole { mouse: self.mouse, broken: Arc::clone(&self.broken) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if !self.broken.swap(true, Ordering::SeqCst) {
            restore();
        }
        // a hook cannot be set while its own thread panics
        if !std::thread::panicking() {
            give_back(Arc::clone(&self.before));
        }
    }
}

fn give_back(before: Hook) {
    panic::set_hook(Box::new(move |info| before(info)));
}

/// Takes the terminal.
fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Brings the terminal back. What fails here cannot be told anywhere: the terminal is gone.
fn restore() {
    let mut out = io::stdout();
    let _ = execute!(out, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// The terminal's keys, and the terminal for others.
pub struct TheConsole {
    mouse: bool,
    broken: Arc<AtomicBool>,
}

impl Console for TheConsole {
    type Keys = EventStream;

    fn keys(&mut self) -> EventStream {
        EventStream::new()
    }

    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    fn edit(&mut self, file: &Path) -> io::Result<()> {
        restore();
        let ended = editor(file).status();
        take(self.mouse)?;
        let status = ended?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("the editor failed ({status})")))
    }
}

/// The user's editor on a file.
fn editor(file: &Path) -> Command {
    let named = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR"));
    #[cfg(unix)]
    {
        // the variable may hold options, which a shell takes apart as everywhere
        let line = format!("{} \"$1\"", editor.as_deref().unwrap_or("vi"));
        let mut command = Command::new("sh");
        command.args(["-c", &line, "sh"]).arg(file);
        command
    }
    #[cfg(not(unix))]
    {
        let mut command = Command::new(editor.as_deref().unwrap_or("notepad"));
        command.arg(file);
        command
    }
}

/// Ends when the system asks the program to end (SIGTERM, SIGHUP, SIGINT), so that the terminal is
/// brought back then too.
#[must_use]
pub fn end_signal() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [terminate, hangup, interrupt] = kinds.map(signal);
        if let (Ok(mut terminate), Ok(mut hangup), Ok(mut interrupt)) =
            (terminate, hangup, interrupt)
        {
            return Box::pin(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                    _ = interrupt.recv() => {}
                }
            });
        }
    }
    Box::pin(std::future::pending())
}
