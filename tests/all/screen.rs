//! End-to-end test of the screen: the real program in a pseudo-terminal.

use std::error::Error;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::{MouseProtocolMode, Parser};

/// A generous timeout for busy machines.
const PATIENCE: Duration = Duration::from_secs(60);

const DOWN: &str = "\x1b[B";
const F5: &str = "\x1b[15~";
const ENTER: &str = "\r";

/// The program in a terminal of 120 columns and 40 rows.
struct Screen {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    seen: Parser,
    /// Keeps the terminal open until the program has ended.
    _terminal: Box<dyn MasterPty + Send>,
    _home: TempDir,
}

impl Screen {
    fn open(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let home = tempfile::tempdir()?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fxpane"));
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home.path());
        command.env("FXPANE_CONFIG_DIR", home.path().join("config"));
        command.env("FXPANE_DATA_DIR", home.path().join("data"));
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let (mut reader, keys) = (pair.master.try_clone_reader()?, pair.master.take_writer()?);
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            // after the program has ended, reading fails on some systems and returns 0 on others
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let cells = |count| NonZeroU16::new(count).ok_or("a terminal without cells");
        let seen = Parser::new(cells(size.rows)?, cells(size.cols)?, 0);
        Ok(Self { child, keys, output, seen, _terminal: pair.master, _home: home })
    }

    fn press(&mut self, keys: &[&str]) -> Result<(), Box<dyn Error>> {
        for key in keys {
            self.keys.write_all(key.as_bytes())?;
        }
        Ok(self.keys.flush()?)
    }

    /// Reads output until the screen meets a condition.
    fn until(&mut self, what: &str, is: impl Fn(&str) -> bool) -> Result<String, Box<dyn Error>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.seen.screen().contents();
            if is(&shown) {
                return Ok(shown);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(chunk) => self.seen.process(&chunk),
                Err(error) => return Err(format!("no {what} ({error}) on\n{shown}").into()),
            }
        }
    }

    /// Reads the remaining output of a program that is about to end; returns its exit code.
    fn end(&mut self) -> Result<u32, Box<dyn Error>> {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(chunk) =
            self.output.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.seen.process(&chunk);
        }
        Ok(self.child.wait()?.exit_code())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // fails if the program has already ended
        let _ = self.child.kill();
    }
}

/// The text of the right pane, down to the bar of the queue panel.
fn right_pane(shown: &str) -> String {
    let rows = shown.lines().take_while(|line| !line.contains("━ Queue"));
    rows.filter_map(|line| line.split_once('┃')).map(|(_, right)| format!("{right}\n")).collect()
}

/// The text below the panes.
fn panel(shown: &str) -> String {
    let rows = shown.lines().skip_while(|line| !line.contains("━ Queue"));
    rows.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_demo_copies_two_selected_files_and_restores_the_terminal() -> Result<(), Box<dyn Error>> {
    let mut screen = Screen::open(&["demo"])?;
    screen.until("two connected panes", |shown| {
        shown.contains("mirror  ftpes  /pub")
            && shown.contains("nas  ftpes  /incoming")
            && shown.contains("photos/")
            && right_pane(shown).contains("README.md")
    })?;
    assert!(screen.seen.screen().alternate_screen());
    // .., docs/, photos/
    screen.press(&[DOWN, DOWN, ENTER])?;
    screen.until("list of photos", |shown| shown.contains("photo-003.jpg"))?;
    // Space also moves to the next entry
    screen.press(&[DOWN, " ", DOWN, " "])?;
    screen.until("selection", |shown| {
        shown.contains("●photo-000.jpg") && shown.contains("●photo-002.jpg")
    })?;
    screen.press(&[F5])?;
    screen.until("dialog", |shown| shown.contains("‹ Copy ›") && shown.contains("2 files"))?;
    screen.press(&[ENTER])?;
    let shown = screen.until("copied files", |shown| {
        let (pane, queue) = (right_pane(shown), panel(shown));
        ["photo-000.jpg", "photo-002.jpg"]
            .iter()
            .all(|name| pane.contains(name) && queue.contains(&format!("✓ {name}")))
            && queue.contains("copied 2 files, ")
    })?;
    assert!(!right_pane(&shown).contains("photo-001.jpg"), "{shown}");
    assert!(!panel(&shown).contains("photo-001.jpg"), "{shown}");
    assert!(!right_pane(&shown).contains(".fxpart"), "{shown}");
    screen.press(&["q"])?;
    assert_eq!(screen.end()?, 0);
    let after = screen.seen.screen();
    assert!(!after.alternate_screen(), "the alternate screen was left on");
    assert!(!after.hide_cursor(), "the cursor was left hidden");
    assert!(!after.bracketed_paste(), "bracketed paste was left on");
    assert_eq!(after.mouse_protocol_mode(), MouseProtocolMode::None);
    Ok(())
}
