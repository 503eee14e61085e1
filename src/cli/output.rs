//! The only place that prints: results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};

use serde::Serialize;

use crate::base::text;
use crate::cli::error::CliError;
use crate::config::locale;
use crate::engine::{LineKind, LogLine};
use crate::site::url::masked;

/// Size of the output buffer in bytes: a large listing has tens of thousands of lines.
const BUFFER: usize = 64 * 1024;

/// Prints a line of the FTP conversation on standard error.
pub fn conversation(line: &LogLine) {
    let mark = match line.kind {
        LineKind::Sent => '>',
        LineKind::Received => '<',
        LineKind::Note => '*',
    };
    let (site, session) = (text::visible_str(&line.site.0), line.session);
    // there is nowhere to report a closed standard error
    let _ = writeln!(io::stderr().lock(), "{site}#{session} {mark} {}", line.text);
}

/// Prints help, version or a usage error; masks passwords in URLs.
///
/// # Errors
/// Standard output or standard error is closed.
pub fn usage(error: &clap::Error, hint: Option<&str>) -> io::Result<()> {
    let terminal =
        if error.use_stderr() { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
    let styled = error.render();
    let colored = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let text = if colored { styled.ansi().to_string() } else { styled.to_string() };
    let hint = hint.map_or_else(String::new, |hint| format!("\n  tip: {hint}\n"));
    let text = masked(&format!("{text}{hint}"));
    if error.use_stderr() {
        io::stderr().lock().write_all(text.as_bytes())
    } else {
        io::stdout().lock().write_all(text.as_bytes())
    }
}

/// Prints results, notes and progress.
#[derive(Debug)]
pub struct Output {
    out: BufWriter<Stdout>,
    json: bool,
    quiet: bool,
    terminal: bool,
    line_shown: bool,
    verbose: bool,
    ascii: bool,
    outlives_reader: bool,
    reader_gone: bool,
}

impl Output {
    /// `json`: results are JSON, one object per line; `quiet`: only requested results and errors;
    /// `verbose`: the FTP conversation goes to standard error, so there is no progress line.
    #[must_use]
    pub fn new(json: bool, quiet: bool, verbose: bool) -> Self {
        Self {
            out: BufWriter::with_capacity(BUFFER, io::stdout()),
            json,
            quiet,
            terminal: io::stderr().is_terminal(),
            line_shown: false,
            verbose,
            ascii: !locale::is_utf8(),
            outlives_reader: false,
            reader_gone: false,
        }
    }

    /// From now on, a closed pipe on standard output ends only the output: work that has begun is
    /// finished without it, as the reader (`head`) knows nothing of the work.
    pub fn outlive_reader(&mut self) {
        self.outlives_reader = true;
    }

    /// Writes results, unless their reader is gone.
    fn write(
        &mut self,
        write: impl FnOnce(&mut BufWriter<Stdout>) -> io::Result<()>,
    ) -> Result<(), CliError> {
        if self.reader_gone {
            return Ok(());
        }
        let written = write(&mut self.out);
        self.reader_gone = self.outlives_reader
            && written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        if self.reader_gone { Ok(()) } else { written.map_err(CliError::Output) }
    }

    /// True if the terminal's encoding is not UTF-8.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// True if results are printed as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a line of the result.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn line(&mut self, line: impl Display) -> Result<(), CliError> {
        self.clear();
        self.write(|out| writeln!(out, "{line}"))
    }

    /// Prints a line about completed work, unless `--quiet`.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn info(&mut self, line: impl Display) -> Result<(), CliError> {
        if self.quiet { Ok(()) } else { self.line(line) }
    }

    /// Prints a JSON object of the result.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn object(&mut self, object: &impl Serialize) -> Result<(), CliError> {
        self.clear();
        self.write(|out| {
            serde_json::to_writer(&mut *out, object)?;
            out.write_all(b"\n")
        })
    }

    /// Writes bytes of the result unchanged.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.write(|out| out.write_all(bytes))
    }

    /// Flushes standard output.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn flush(&mut self) -> Result<(), CliError> {
        self.write(io::Write::flush)
    }

    /// Prints an error, even with `--quiet`; masks passwords in URLs.
    pub fn error(&mut self, error: impl Display) {
        self.message(format_args!("fxpane: {}", masked(&error.to_string())));
    }

    /// Prints a note on standard error, unless `--quiet`.
    pub fn note(&mut self, note: impl Display) {
        if !self.quiet {
            self.message(note);
        }
    }

    /// Prints a line on standard error, even with `--quiet`.
    pub fn message(&mut self, line: impl Display) {
        self.clear();
        // flush first to keep results and messages in order; the next result reports an error of
        // standard output, and there is nowhere to report a closed standard error
        if !self.reader_gone {
            let _ = self.out.flush();
        }
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Prints a prompt on standard error, without a line end.
    pub fn ask(&mut self, question: impl Display) {
        self.clear();
        let mut stderr = io::stderr().lock();
        // if standard error is closed, the prompt just stays unanswered
        if !self.reader_gone {
            let _ = self.out.flush();
        }
        let _ = write!(stderr, "{question} ");
        let _ = stderr.flush();
    }

    /// True if a progress line is shown.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        self.terminal && !self.quiet && !self.verbose
    }

    /// Replaces the progress line.
    pub fn progress(&mut self, line: &str) {
        if self.shows_progress() {
            self.line_shown = true;
            let mut stderr = io::stderr().lock();
            // a progress line that cannot be drawn must not stop the transfer
            let _ = write!(stderr, "\r\x1b[K{line}");
            let _ = stderr.flush();
        }
    }

    /// Erases the progress line.
    pub fn clear(&mut self) {
        if self.line_shown {
            self.line_shown = false;
            let mut stderr = io::stderr().lock();
            // see `progress`
            let _ = write!(stderr, "\r\x1b[K");
            let _ = stderr.flush();
        }
    }
}
