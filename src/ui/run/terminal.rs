//! The terminal as the screen needs it, and back as it was: at the end, after an error, and after
//! a panic anywhere in the program.

use std::future::Future;
use std::io::{self, BufWriter, Stdout, Write as _};
use std::panic::{self, PanicHookInfo};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// Bytes of a frame that are collected before they are written: a frame is one write.
const FRAME_BYTES: usize = 64 * 1024;

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The terminal in its state for the screen; dropping it brings the old state back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    before: Hook,
    broken: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal over, and with `mouse` what the mouse does in it.
    ///
    /// # Errors
    /// When standard output is no terminal, or it cannot be set up.
    pub fn open(mouse: bool) -> io::Result<Self> {
        enable_raw_mode()?;
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
            execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
            if mouse {
                execute!(io::stdout(), EnableMouseCapture)?;
            }
            let out = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
            Terminal::new(CrosstermBackend::new(out))
        };
        match set_up() {
            Ok(terminal) => Ok(Self { terminal, before, broken }),
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

    /// Tells whether a part of the program broke: then the terminal has been given back, and
    /// nothing may be drawn any more.
    pub fn broken(&self) -> impl Fn() -> bool + use<> {
        let broken = Arc::clone(&self.broken);
        move || broken.load(Ordering::SeqCst)
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

/// Brings the terminal back. What fails here cannot be told anywhere: the terminal is gone.
fn restore() {
    let mut out = io::stdout();
    let _ = execute!(out, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Ends when the system asks the program to end (SIGTERM, SIGHUP), so that the terminal is
/// brought back then too.
#[must_use]
pub fn end_signal() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let both = signal(SignalKind::terminate())
            .and_then(|terminate| signal(SignalKind::hangup()).map(|hangup| (terminate, hangup)));
        if let Ok((mut terminate, mut hangup)) = both {
            return Box::pin(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
            });
        }
    }
    Box::pin(std::future::pending())
}
