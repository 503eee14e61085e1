//! Sets up the terminal for the screen, and restores it at the end, after an error, and after a
//! panic anywhere in the program.

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

/// The size of the output buffer: large enough for a frame, so that a frame is one write.
const FRAME_BYTES: usize = 64 * 1024;

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The terminal, set up for the screen; dropping it restores the terminal.
pub struct TerminalGuard {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    before: Hook,
    broken: Arc<AtomicBool>,
    mouse: bool,
}

impl TerminalGuard {
    /// Sets up the terminal; `mouse` enables mouse events.
    ///
    /// # Errors
    /// If standard output is not a terminal, or if it cannot be set up.
    pub fn open(mouse: bool) -> io::Result<Self> {
        let broken = Arc::new(AtomicBool::new(false));
        let before: Hook = Arc::from(panic::take_hook());
        let (mark, then) = (Arc::clone(&broken), Arc::clone(&before));
        panic::set_hook(Box::new(move |info| {
            // restore the terminal first, or the message would be lost
            if !mark.swap(true, Ordering::SeqCst) {
                restore();
            }
            then(info);
        }));
        let open = || {
            set_up(mouse)?;
            let out = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
            Terminal::new(CrosstermBackend::new(out))
        };
        match open() {
            Ok(terminal) => Ok(Self { terminal, before, broken, mouse }),
            Err(error) => {
                restore();
                restore_hook(before);
                Err(error)
            }
        }
    }

    /// The terminal to draw on.
    pub fn terminal(&mut self) -> &mut Terminal<CrosstermBackend<BufWriter<Stdout>>> {
        &mut self.terminal
    }

    /// The console of the event loop. It knows whether a task panicked: then the terminal has been
    /// restored, and nothing may be drawn.
    #[must_use]
    pub fn console(&self) -> TerminalConsole {
        TerminalConsole { mouse: self.mouse, broken: Arc::clone(&self.broken) }
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        if !self.broken.swap(true, Ordering::SeqCst) {
            restore();
        }
        // the hook cannot be set while this thread panics
        if !std::thread::panicking() {
            restore_hook(Arc::clone(&self.before));
        }
    }
}

fn restore_hook(before: Hook) {
    panic::set_hook(Box::new(move |info| before(info)));
}

/// Switches to raw mode and the alternate screen.
fn set_up(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Restores the terminal. Errors are ignored: without a terminal there is no place to report them.
fn restore() {
    let mut out = io::stdout();
    let _ = execute!(out, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Reads terminal events and lends the terminal to the editor.
pub struct TerminalConsole {
    mouse: bool,
    broken: Arc<AtomicBool>,
}

impl Console for TerminalConsole {
    type Keys = EventStream;

    fn keys(&mut self) -> EventStream {
        EventStream::new()
    }

    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    fn edit(&mut self, file: &Path) -> io::Result<()> {
        restore();
        let status = editor(file).status();
        set_up(self.mouse)?;
        let status = status?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("the editor failed ({status})")))
    }
}

/// The command that opens the file in the user's editor.
fn editor(file: &Path) -> Command {
    let from_env = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = from_env("VISUAL").or_else(|| from_env("EDITOR"));
    #[cfg(unix)]
    {
        // the variable may contain options, so a shell splits it
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

/// Completes on SIGTERM, SIGHUP or SIGINT, so that the terminal is restored in that case too.
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
