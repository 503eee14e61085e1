//! The only place that prints: results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};

use serde::Serialize;

use crate::base::text;
use crate::cli::error::CliError;
use crate::config::locale;
use crate::engine::{Speaker, Spoken};
use crate::site::url::masked;

/// Bytes that are written at once: a large listing is tens of thousands of lines.
const BUFFER: usize = 64 * 1024;

/// A line of the dialogue with a server, on standard error.
pub fn dialogue(spoken: &Spoken) {
    let mark = match spoken.by {
        Speaker::Us => '>',
        Speaker::Server => '<',
        Speaker::Remark => '*',
    };
    let (site, session) = (text::visible_str(&spoken.site.0), spoken.session);
    // without standard error nobody is left to be told
    let _ = writeln!(io::stderr().lock(), "{site}#{session} {mark} {}", spoken.text);
}

/// Help and version, or a mistake on the command line; passwords in URLs are not repeated.
///
/// # Errors
/// Standard output or standard error is gone.
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

/// Where results, remarks and progress go.
#[derive(Debug)]
pub struct Output {
    out: BufWriter<Stdout>,
    json: bool,
    quiet: bool,
    terminal: bool,
    line_shown: bool,
    verbose: bool,
    ascii: bool,
}

impl Output {
    /// `json`: one object a line; `quiet`: nothing but results that were asked for, and errors;
    /// `verbose`: the dialogue with the servers goes to standard error, where a progress line
    /// would be in its way.
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
        }
    }

    /// True when the terminal takes nothing but ASCII.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// True when results are JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line of the result.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn line(&mut self, line: impl Display) -> Result<(), CliError> {
        self.clear();
        writeln!(self.out, "{line}").map_err(CliError::Output)
    }

    /// A line that tells what was done; nothing with `--quiet`.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn done(&mut self, line: impl Display) -> Result<(), CliError> {
        if self.quiet { Ok(()) } else { self.line(line) }
    }

    /// An object of the result.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn object(&mut self, object: &impl Serialize) -> Result<(), CliError> {
        self.clear();
        serde_json::to_writer(&mut self.out, object)
            .map_err(|error| CliError::Output(error.into()))?;
        self.out.write_all(b"\n").map_err(CliError::Output)
    }

    /// Bytes of the result as they are.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.out.write_all(bytes).map_err(CliError::Output)
    }

    /// What was written so far reaches whoever reads.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn flush(&mut self) -> Result<(), CliError> {
        self.out.flush().map_err(CliError::Output)
    }

    /// Something went wrong. Errors may repeat what was typed, but not the passwords of URLs in it.
    pub fn error(&mut self, error: impl Display) {
        self.say(format_args!("fxpane: {}", masked(&error.to_string())));
    }

    /// Something worth telling that is no error; nothing with `--quiet`.
    pub fn remark(&mut self, remark: impl Display) {
        if !self.quiet {
            self.say(remark);
        }
    }

    /// A line on standard error whatever the options say.
    pub fn say(&mut self, line: impl Display) {
        self.clear();
        // results that were written before must be seen before; when standard error is gone,
        // nobody is left to be told
        let _ = self.out.flush();
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// A question, with the cursor behind it.
    pub fn ask(&mut self, question: impl Display) {
        self.clear();
        let mut stderr = io::stderr().lock();
        // without standard error the question cannot be seen, and gets no answer
        let _ = self.out.flush();
        let _ = write!(stderr, "{question} ");
        let _ = stderr.flush();
    }

    /// True when a progress line can be seen.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        self.terminal && !self.quiet && !self.verbose
    }

    /// Replaces the progress line.
    pub fn progress(&mut self, line: &str) {
        if self.shows_progress() {
            self.line_shown = true;
            let mut stderr = io::stderr().lock();
            // a progress line that cannot be drawn is no reason to stop
            let _ = write!(stderr, "\r\x1b[K{line}");
            let _ = stderr.flush();
        }
    }

    /// Takes the progress line away.
    pub fn clear(&mut self) {
        if self.line_shown {
            self.line_shown = false;
            let mut stderr = io::stderr().lock();
            // see above
            let _ = write!(stderr, "\r\x1b[K");
            let _ = stderr.flush();
        }
    }
}
