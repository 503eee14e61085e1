//! The settings of `config.toml`, one table line each.

use std::time::Duration;

use crate::base::rules::{Exists, Links, Verify, ViaRule};
use crate::base::{Patterns, Selections, SourceText, Word, words};
use crate::config::error::{ConfigError, Problems};
use crate::config::field::{self, Field};
use crate::config::value::{self, Expected, Value};
use crate::config::{Folders, files};

/// The settings of the program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// How files are copied.
    pub transfer: Transfer,
    /// What of directories is copied.
    pub rules: TreeSettings,
    /// The queue.
    pub queue: Queue,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// The screen.
    pub screen: Screen,
    /// The log file.
    pub log: Log,
}

/// How files are copied, unless the command or the dialog says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What to do where the target exists.
    pub exists: Exists,
    /// How to check what arrived.
    pub verify: Verify,
    /// Which way.
    pub via: ViaRule,
    /// Lanes side by side; `None` lets the limits of both sites decide, at most 4.
    pub parallel: Option<usize>,
    /// Whether copies get the permissions of their sources.
    pub permissions: bool,
    /// Tries for a file that fails for a passing reason.
    pub tries: u32,
    /// Tries to connect.
    pub connect_tries: u32,
    /// How long a command waits for a site that was reached before, or is full.
    pub patience: Duration,
    /// The first wait for a file that is busy.
    pub busy_wait: Duration,
}

/// What of directories is copied, whatever site or job it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeSettings {
    /// Which entries.
    pub take: Selections,
    /// What becomes of symbolic links, unless the command says otherwise.
    pub links: Links,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Jobs that have ended and stay in it, at most.
    pub keep_jobs: u64,
    /// Their items, at most, all together.
    pub keep_items: u64,
}

/// How long to wait before giving up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection and its TLS handshake.
    pub connect: Duration,
    /// For a reply to a command.
    pub reply: Duration,
    /// For both servers to begin a transfer.
    pub set_up: Duration,
    /// For a transfer to make progress.
    pub no_growth: Duration,
}

/// The screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The name of the theme.
    pub theme: String,
    /// Borders and marks of ASCII characters only.
    pub ascii: bool,
    /// Clicks, wheel and dragging.
    pub mouse: bool,
    /// Names that begin with a dot are shown.
    pub hidden: bool,
    /// A dialog before copying and moving.
    pub confirm_copy: bool,
    /// A dialog before deleting.
    pub confirm_delete: bool,
    /// A dialog before leaving while transfers run.
    pub confirm_quit: bool,
}

/// The log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// What is written.
    pub level: LogLevel,
    /// How many days are kept.
    pub keep: usize,
}

/// How much is written to the log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What may become a problem, too.
    Warn,
    /// What was done, too.
    Info,
    /// The dialogue with the servers, too, without passwords.
    Debug,
    /// Everything.
    Trace,
}

words!(LogLevel {
    Off: "off",
    Error: "error",
    Warn: "warn",
    Info: "info",
    Debug: "debug",
    Trace: "trace"
});

impl Default for Transfer {
    fn default() -> Self {
        Self {
            exists: Exists::Ask,
            verify: Verify::Size,
            via: ViaRule::Auto,
            parallel: None,
            permissions: false,
            tries: 5,
            connect_tries: 3,
            patience: Duration::from_secs(600),
            busy_wait: Duration::from_secs(10),
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self { keep_jobs: 1000, keep_items: 2_000_000 }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            reply: Duration::from_secs(60),
            set_up: Duration::from_secs(30),
            no_growth: Duration::from_secs(120),
        }
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            ascii: false,
            mouse: true,
            hidden: true,
            confirm_copy: true,
            confirm_delete: true,
            confirm_quit: true,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info, keep: 7 }
    }
}

/// Most lanes that one job may have.
const MAX_PARALLEL: i64 = 64;

fn parallel(value: &Value) -> Result<Option<usize>, Expected> {
    if value.as_str() == Some("auto") {
        return Ok(None);
    }
    let lanes = value::integer(value, 1..=MAX_PARALLEL).ok().and_then(|n| usize::try_from(n).ok());
    lanes.map(Some).ok_or_else(|| Expected::new("\"auto\" or a whole number from 1 to 64"))
}

fn count(value: &Value, most: u32) -> Result<u32, Expected> {
    let number = value::integer(value, 1..=i64::from(most))?;
    Ok(u32::try_from(number).unwrap_or(most))
}

fn large(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

fn kept(value: &Value, most: i64) -> Result<u64, Expected> {
    Ok(value::integer(value, 1..=most)?.unsigned_abs())
}

fn take(value: &Value, patterns: &mut Patterns) -> Result<(), Expected> {
    *patterns = value::patterns(value)?;
    Ok(())
}

/// All settings of `config.toml`, in the order of the example file.
pub const SETTINGS: &[Field<Settings>] = &[
    Field {
        name: "transfer.exists",
        help: "What to do where the target exists: \"ask\" (a script, which cannot be asked,\n\
               skips), \"skip\", \"overwrite\", \"resume\", \"rename\" (keeps both) or \"newer\"\n\
               (overwrites when the source is newer).",
        get: |s| Some(s.transfer.exists.word().into()),
        set: |s, v| value::choice(v).map(|exists| s.transfer.exists = exists),
    },
    Field {
        name: "transfer.verify",
        help: "How to check what arrived: \"off\" (the servers' word), \"size\", or \"checksum\"\n\
               (by the strongest digest that both servers compute).",
        get: |s| Some(s.transfer.verify.word().into()),
        set: |s, v| value::choice(v).map(|verify| s.transfer.verify = verify),
    },
    Field {
        name: "transfer.via",
        help: "Which way: \"auto\" (straight from server to server, and through this machine\n\
               where that does not work), \"direct\" or \"relay\".",
        get: |s| Some(s.transfer.via.word().into()),
        set: |s, v| value::choice(v).map(|via| s.transfer.via = via),
    },
    Field {
        name: "transfer.parallel",
        help: "Files side by side in one job: \"auto\" (what both sites bear, at most 4) or a\n\
               number from 1 to 64.",
        get: |s| {
            let lanes = s.transfer.parallel.map(|lanes| i64::try_from(lanes).unwrap_or(i64::MAX));
            Some(lanes.map_or_else(|| "auto".into(), Value::from))
        },
        set: |s, v| parallel(v).map(|lanes| s.transfer.parallel = lanes),
    },
    Field {
        name: "transfer.permissions",
        help: "true: copies get the permissions of their sources, where those are known and the\n\
               server sets them (SITE CHMOD). A site's keep_permissions decides for that site.",
        get: |s| Some(s.transfer.permissions.into()),
        set: |s, v| value::boolean(v).map(|on| s.transfer.permissions = on),
    },
    Field {
        name: "transfer.tries",
        help: "How often a file is tried that fails for a reason that may pass, 1 to 100.",
        get: |s| Some(i64::from(s.transfer.tries).into()),
        set: |s, v| count(v, 100).map(|tries| s.transfer.tries = tries),
    },
    Field {
        name: "transfer.connect_tries",
        help: "How often a connection to a server that never answered is tried, 1 to 100. A wrong\n\
               password is tried once.",
        get: |s| Some(i64::from(s.transfer.connect_tries).into()),
        set: |s, v| count(v, 100).map(|tries| s.transfer.connect_tries = tries),
    },
    Field {
        name: "transfer.patience",
        help: "Seconds that a command waits for a server that it had reached and that is away\n\
               now, or that has no space left; 0 to 604800. What needs that server waits, all\n\
               else goes on. The screen waits for as long as it takes.",
        get: |s| Some(value::of_seconds(s.transfer.patience)),
        set: |s, v| value::seconds(v, 0..=604_800).map(|limit| s.transfer.patience = limit),
    },
    Field {
        name: "transfer.busy_wait",
        help: "Seconds until a file is tried again that somebody else has open; the time doubles\n\
               with each try, up to 5 minutes.",
        get: |s| Some(value::of_seconds(s.transfer.busy_wait)),
        set: |s, v| value::seconds(v, 1..=300).map(|wait| s.transfer.busy_wait = wait),
    },
    Field {
        name: "rules.skip_files",
        help: "Files that are left out when directories are copied: patterns such as\n\
               \"*.nfo/*.tmp\" (* ? [] for the whole name, any case), or a list of them. Sites\n\
               and jobs have such rules, too; what one of them leaves out is left out.",
        get: |s| Some(s.rules.take.files.skip.as_str().into()),
        set: |s, v| take(v, &mut s.rules.take.files.skip),
    },
    Field {
        name: "rules.pass_files",
        help: "When there are any: only files that match one of these.",
        get: |s| Some(s.rules.take.files.pass.as_str().into()),
        set: |s, v| take(v, &mut s.rules.take.files.pass),
    },
    Field {
        name: "rules.first_files",
        help: "Files that come before all others.",
        get: |s| Some(s.rules.take.files.first.as_str().into()),
        set: |s, v| take(v, &mut s.rules.take.files.first),
    },
    Field {
        name: "rules.skip_empty_files",
        help: "true: empty files are left out.",
        get: |s| Some(s.rules.take.files.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.rules.take.files.skip_empty = on),
    },
    Field {
        name: "rules.skip_dirs",
        help: "Directories that are left out with all that is in them.",
        get: |s| Some(s.rules.take.dirs.skip.as_str().into()),
        set: |s, v| take(v, &mut s.rules.take.dirs.skip),
    },
    Field {
        name: "rules.pass_dirs",
        help: "When there are any: only directories that match one of these.",
        get: |s| Some(s.rules.take.dirs.pass.as_str().into()),
        set: |s, v| take(v, &mut s.rules.take.dirs.pass),
    },
    Field {
        name: "rules.first_dirs",
        help: "Directories that come before the others beside them.",
        get: |s| Some(s.rules.take.dirs.first.as_str().into()),
        set: |s, v| take(v, &mut s.rules.take.dirs.first),
    },
    Field {
        name: "rules.skip_empty_dirs",
        help: "true: directories are made only for the first file that goes into them.",
        get: |s| Some(s.rules.take.dirs.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.rules.take.dirs.skip_empty = on),
    },
    Field {
        name: "rules.links",
        help: "Symbolic links in directories: \"skip\", or \"follow\" (what they lead to is\n\
               copied).",
        get: |s| Some(s.rules.links.word().into()),
        set: |s, v| value::choice(v).map(|links| s.rules.links = links),
    },
    Field {
        name: "queue.keep_jobs",
        help: "How many jobs that have ended stay in the queue, 1 to 1000000: beyond that the\n\
               oldest leave it.",
        get: |s| Some(large(s.queue.keep_jobs)),
        set: |s, v| kept(v, 1_000_000).map(|jobs| s.queue.keep_jobs = jobs),
    },
    Field {
        name: "queue.keep_items",
        help: "How many files they may have, all together, 1 to 1000000000; the newest job stays\n\
               however many it has.",
        get: |s| Some(large(s.queue.keep_items)),
        set: |s, v| kept(v, 1_000_000_000).map(|items| s.queue.keep_items = items),
    },
    Field {
        name: "timeouts.connect",
        help: "Seconds to wait for a connection and its TLS handshake.",
        get: |s| Some(value::of_seconds(s.timeouts.connect)),
        set: |s, v| value::seconds(v, 1..=3600).map(|limit| s.timeouts.connect = limit),
    },
    Field {
        name: "timeouts.reply",
        help: "Seconds to wait for the reply to a command.",
        get: |s| Some(value::of_seconds(s.timeouts.reply)),
        set: |s, v| value::seconds(v, 1..=3600).map(|limit| s.timeouts.reply = limit),
    },
    Field {
        name: "timeouts.set_up",
        help: "Seconds to wait for both servers to begin a transfer.",
        get: |s| Some(value::of_seconds(s.timeouts.set_up)),
        set: |s, v| value::seconds(v, 1..=3600).map(|limit| s.timeouts.set_up = limit),
    },
    Field {
        name: "timeouts.no_growth",
        help: "Seconds that a transfer may stand still.",
        get: |s| Some(value::of_seconds(s.timeouts.no_growth)),
        set: |s, v| value::seconds(v, 1..=86_400).map(|limit| s.timeouts.no_growth = limit),
    },
    Field {
        name: "screen.theme",
        help: "The colours: the name of a built-in theme, or of a file in the folder themes,\n\
               without its .toml.",
        get: |s| Some(s.screen.theme.as_str().into()),
        set: |s, v| value::name(v).map(|theme| s.screen.theme = theme),
    },
    Field {
        name: "screen.ascii",
        help: "true: borders and marks of plain ASCII characters, as they are anyway where the\n\
               locale names another encoding than UTF-8.",
        get: |s| Some(s.screen.ascii.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.ascii = on),
    },
    Field {
        name: "screen.mouse",
        help: "true: clicks, wheel and dragging work; selecting text with the mouse then needs\n\
               Shift in most terminals.",
        get: |s| Some(s.screen.mouse.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.mouse = on),
    },
    Field {
        name: "screen.hidden",
        help: "true: names that begin with a dot are shown.",
        get: |s| Some(s.screen.hidden.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.hidden = on),
    },
    Field {
        name: "screen.confirm_copy",
        help: "true: a dialog with the rules opens before files are copied or moved.",
        get: |s| Some(s.screen.confirm_copy.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.confirm_copy = on),
    },
    Field {
        name: "screen.confirm_delete",
        help: "true: a dialog opens before anything is deleted.",
        get: |s| Some(s.screen.confirm_delete.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.confirm_delete = on),
    },
    Field {
        name: "screen.confirm_quit",
        help: "true: a dialog opens before the program ends while transfers run.",
        get: |s| Some(s.screen.confirm_quit.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.confirm_quit = on),
    },
    Field {
        name: "log.level",
        help: "What goes into the log file: \"off\", \"error\", \"warn\", \"info\", \"debug\" (the\n\
               dialogue with the servers, without passwords) or \"trace\".",
        get: |s| Some(s.log.level.word().into()),
        set: |s, v| value::choice(v).map(|level| s.log.level = level),
    },
    Field {
        name: "log.keep",
        help: "Days for which log files are kept, 1 to 366.",
        get: |s| i64::try_from(s.log.keep).ok().map(Value::from),
        set: |s, v| {
            let days = value::integer(v, 1..=366)?;
            s.log.keep = usize::try_from(days).unwrap_or(s.log.keep);
            Ok(())
        },
    },
];

/// The example file, `config.example.toml`: every setting with its meaning and its default.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

impl Settings {
    /// Reads `config.toml`; without the file everything is at its default.
    ///
    /// # Errors
    /// [`ConfigError`]: all mistakes with file, line and column. The file is left as it is.
    pub fn load(folders: &Folders) -> Result<Self, ConfigError> {
        match files::read(&folders.settings_file())? {
            Some(source) => Ok(Self::parse(&source)?),
            None => Ok(Self::default()),
        }
    }

    /// Reads the text of a `config.toml`.
    ///
    /// # Errors
    /// All mistakes.
    pub fn parse(source: &SourceText) -> Result<Self, Problems> {
        let document = toml_edit::Document::parse(source.text())
            .map_err(|error| Problems::syntax(source, &error))?;
        let mut settings = Self::default();
        let mut problems = Problems::default();
        field::apply(SETTINGS, document.as_table(), &mut settings, source, &mut problems);
        problems.or(settings)
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
