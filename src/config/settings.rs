//! The settings of `config.toml`, one table entry each.

use std::time::Duration;

use crate::base::rules::{Exists, Links, Verify, ViaRule};
use crate::base::{EntryFilters, Patterns, SourceText, Word, words};
use crate::config::error::{ConfigError, Problems};
use crate::config::field::{self, Field};
use crate::config::value::{self, Expected, Value};
use crate::config::{UserDirs, files};

/// All settings of the program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Section `[transfer]`: how files are copied.
    pub transfer: TransferSettings,
    /// Section `[rules]`: which entries of directories are copied.
    pub rules: TreeSettings,
    /// Section `[queue]`: how long finished jobs are kept.
    pub queue: QueueSettings,
    /// Section `[timeouts]`: time limits.
    pub timeouts: TimeoutSettings,
    /// Section `[screen]`: the screen.
    pub screen: ScreenSettings,
    /// Section `[log]`: the log file.
    pub log: LogSettings,
}

/// How files are copied, unless a command or the copy dialog overrides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferSettings {
    /// What to do if the target exists.
    pub exists: Exists,
    /// How to verify copied files.
    pub verify: Verify,
    /// Directly between the servers, or relayed through this machine.
    pub via: ViaRule,
    /// Number of parallel lanes of a job; `None` lets the limits of both sites decide, at most 4.
    pub parallel: Option<usize>,
    /// True if copies get the permissions of their sources.
    pub permissions: bool,
    /// Number of attempts for a file that fails for a temporary reason.
    pub tries: u32,
    /// Number of attempts to connect to a server that was never reached.
    pub connect_tries: u32,
    /// How long a command waits for a site that became unreachable or is full.
    pub patience: Duration,
    /// The first delay before a busy file is tried again.
    pub busy_wait: Duration,
}

/// Which entries of directories are copied, for all sites and jobs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeSettings {
    /// Filters for files and directories.
    pub take: EntryFilters,
    /// What to do with symbolic links, unless a command overrides it.
    pub links: Links,
}

/// How long finished jobs stay in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// Maximum number of finished jobs.
    pub keep_jobs: u64,
    /// Maximum number of items of all finished jobs together.
    pub keep_items: u64,
}

/// Time limits of network operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeoutSettings {
    /// For connecting, including the TLS handshake.
    pub connect: Duration,
    /// For the reply to a command.
    pub reply: Duration,
    /// For both servers to start a transfer.
    pub set_up: Duration,
    /// For a transfer without progress.
    pub no_growth: Duration,
}

/// How the screen looks and behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenSettings {
    /// The name of the theme.
    pub theme: String,
    /// Draw borders and symbols with ASCII characters only.
    pub ascii: bool,
    /// Handle clicks, wheel and dragging.
    pub mouse: bool,
    /// Show names that begin with a dot.
    pub hidden: bool,
    /// Open a dialog before files are copied or moved.
    pub confirm_copy: bool,
    /// Open a dialog before anything is deleted.
    pub confirm_delete: bool,
    /// Open a dialog before quitting while transfers run.
    pub confirm_quit: bool,
}

/// The log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The least severe level that is written.
    pub level: LogLevel,
    /// Number of daily log files to keep.
    pub keep: usize,
}

/// How much is written to the log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// No log file.
    Off,
    /// Failures.
    Error,
    /// Also warnings.
    Warn,
    /// Also connections and other normal events.
    Info,
    /// Also the FTP conversation, without passwords.
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

impl Default for TransferSettings {
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

impl Default for QueueSettings {
    fn default() -> Self {
        Self { keep_jobs: 1000, keep_items: 2_000_000 }
    }
}

impl Default for TimeoutSettings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            reply: Duration::from_secs(60),
            set_up: Duration::from_secs(30),
            no_growth: Duration::from_secs(120),
        }
    }
}

impl Default for ScreenSettings {
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

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: LogLevel::Info, keep: 7 }
    }
}

/// Maximum number of lanes of one job.
const MAX_PARALLEL: i64 = 64;

fn parallel(value: &Value) -> Result<Option<usize>, Expected> {
    if value.as_str() == Some("auto") {
        return Ok(None);
    }
    let lanes = value::integer(value, 1..=MAX_PARALLEL).ok().and_then(|n| usize::try_from(n).ok());
    lanes.map(Some).ok_or_else(|| Expected::new("\"auto\" or a whole number from 1 to 64"))
}

fn count(value: &Value, max: u32) -> Result<u32, Expected> {
    let number = value::integer(value, 1..=i64::from(max))?;
    Ok(u32::try_from(number).unwrap_or(max))
}

fn from_u64(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

fn keep_limit(value: &Value, max: i64) -> Result<u64, Expected> {
    Ok(value::integer(value, 1..=max)?.unsigned_abs())
}

fn set_patterns(value: &Value, patterns: &mut Patterns) -> Result<(), Expected> {
    *patterns = value::patterns(value)?;
    Ok(())
}

/// All settings of `config.toml`, in the order of the example file.
pub const SETTINGS: &[Field<Settings>] = &[
    Field {
        name: "transfer.exists",
        help: "What to do if the target exists: \"ask\" (skips when not interactive), \"skip\",\n\
               \"overwrite\", \"resume\", \"rename\" (keeps both) or \"newer\" (overwrites if the\n\
               source is newer).",
        get: |s| Some(s.transfer.exists.word().into()),
        set: |s, v| value::choice(v).map(|exists| s.transfer.exists = exists),
    },
    Field {
        name: "transfer.verify",
        help: "How to verify copied files: \"off\" (trust the servers' replies), \"size\", or\n\
               \"checksum\" (the strongest one that both servers support).",
        get: |s| Some(s.transfer.verify.word().into()),
        set: |s, v| value::choice(v).map(|verify| s.transfer.verify = verify),
    },
    Field {
        name: "transfer.via",
        help: "How to copy between two servers: \"direct\" (FXP), \"relay\" (through this\n\
               machine), or \"auto\" (directly, else by relay).",
        get: |s| Some(s.transfer.via.word().into()),
        set: |s, v| value::choice(v).map(|via| s.transfer.via = via),
    },
    Field {
        name: "transfer.parallel",
        help: "Number of files that a job transfers in parallel: \"auto\" (as many as both sites\n\
               allow, at most 4) or a number from 1 to 64.",
        get: |s| {
            let lanes = s.transfer.parallel.map(|lanes| i64::try_from(lanes).unwrap_or(i64::MAX));
            Some(lanes.map_or_else(|| "auto".into(), Value::from))
        },
        set: |s, v| parallel(v).map(|lanes| s.transfer.parallel = lanes),
    },
    Field {
        name: "transfer.permissions",
        help: "Copy permissions, if the source reports them and the destination supports\n\
               SITE CHMOD. A site's keep_permissions overrides this setting.",
        get: |s| Some(s.transfer.permissions.into()),
        set: |s, v| value::boolean(v).map(|on| s.transfer.permissions = on),
    },
    Field {
        name: "transfer.tries",
        help: "Number of attempts for a file that fails for a temporary reason, 1 to 100.",
        get: |s| Some(i64::from(s.transfer.tries).into()),
        set: |s, v| count(v, 100).map(|tries| s.transfer.tries = tries),
    },
    Field {
        name: "transfer.connect_tries",
        help: "Number of attempts to connect to a server that was never reached, 1 to 100. A\n\
               wrong password is not tried again.",
        get: |s| Some(i64::from(s.transfer.connect_tries).into()),
        set: |s, v| count(v, 100).map(|tries| s.transfer.connect_tries = tries),
    },
    Field {
        name: "transfer.patience",
        help: "Seconds that a command waits for a server that has become unreachable or has no\n\
               space left, 0 to 604800. Transfers that do not need the server continue. The\n\
               screen waits without limit.",
        get: |s| Some(value::of_seconds(s.transfer.patience)),
        set: |s, v| value::seconds(v, 0..=604_800).map(|limit| s.transfer.patience = limit),
    },
    Field {
        name: "transfer.busy_wait",
        help: "Seconds before a file that another program has open is tried again, 1 to 300. The\n\
               delay doubles with each attempt, up to 5 minutes.",
        get: |s| Some(value::of_seconds(s.transfer.busy_wait)),
        set: |s, v| value::seconds(v, 1..=300).map(|wait| s.transfer.busy_wait = wait),
    },
    Field {
        name: "rules.skip_files",
        help: "Files to exclude when directories are copied: patterns such as \"*.nfo/*.tmp\"\n\
               (with * ? [], matched against the whole name, ignoring case), or a list of\n\
               patterns. Sites and jobs can have filters too; a file is copied only if all of\n\
               them include it.",
        get: |s| Some(s.rules.take.files.skip.as_str().into()),
        set: |s, v| set_patterns(v, &mut s.rules.take.files.skip),
    },
    Field {
        name: "rules.pass_files",
        help: "Include only files that match one of these patterns. Empty: all files.",
        get: |s| Some(s.rules.take.files.pass.as_str().into()),
        set: |s, v| set_patterns(v, &mut s.rules.take.files.pass),
    },
    Field {
        name: "rules.first_files",
        help: "Copy files that match one of these patterns before all others.",
        get: |s| Some(s.rules.take.files.first.as_str().into()),
        set: |s, v| set_patterns(v, &mut s.rules.take.files.first),
    },
    Field {
        name: "rules.skip_empty_files",
        help: "Exclude empty files.",
        get: |s| Some(s.rules.take.files.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.rules.take.files.skip_empty = on),
    },
    Field {
        name: "rules.skip_dirs",
        help: "Directories to exclude, with everything in them.",
        get: |s| Some(s.rules.take.dirs.skip.as_str().into()),
        set: |s, v| set_patterns(v, &mut s.rules.take.dirs.skip),
    },
    Field {
        name: "rules.pass_dirs",
        help: "Include only directories that match one of these patterns. Empty: all directories.",
        get: |s| Some(s.rules.take.dirs.pass.as_str().into()),
        set: |s, v| set_patterns(v, &mut s.rules.take.dirs.pass),
    },
    Field {
        name: "rules.first_dirs",
        help: "Copy directories that match one of these patterns before the others next to them.",
        get: |s| Some(s.rules.take.dirs.first.as_str().into()),
        set: |s, v| set_patterns(v, &mut s.rules.take.dirs.first),
    },
    Field {
        name: "rules.skip_empty_dirs",
        help: "Create a directory only when the first file is copied into it.",
        get: |s| Some(s.rules.take.dirs.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.rules.take.dirs.skip_empty = on),
    },
    Field {
        name: "rules.links",
        help: "Symbolic links in directories: \"skip\", or \"follow\" (copies what they point to).",
        get: |s| Some(s.rules.links.word().into()),
        set: |s, v| value::choice(v).map(|links| s.rules.links = links),
    },
    Field {
        name: "queue.keep_jobs",
        help: "Number of finished jobs to keep in the queue, 1 to 1000000. The oldest ones beyond\n\
               that are removed.",
        get: |s| Some(from_u64(s.queue.keep_jobs)),
        set: |s, v| keep_limit(v, 1_000_000).map(|jobs| s.queue.keep_jobs = jobs),
    },
    Field {
        name: "queue.keep_items",
        help: "Total number of files of finished jobs to keep, 1 to 1000000000. The newest\n\
               finished job is always kept.",
        get: |s| Some(from_u64(s.queue.keep_items)),
        set: |s, v| keep_limit(v, 1_000_000_000).map(|items| s.queue.keep_items = items),
    },
    Field {
        name: "timeouts.connect",
        help: "Seconds to wait for a connection, including the TLS handshake.",
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
        help: "Seconds to wait for both servers to start a transfer.",
        get: |s| Some(value::of_seconds(s.timeouts.set_up)),
        set: |s, v| value::seconds(v, 1..=3600).map(|limit| s.timeouts.set_up = limit),
    },
    Field {
        name: "timeouts.no_growth",
        help: "Seconds without progress after which a transfer fails.",
        get: |s| Some(value::of_seconds(s.timeouts.no_growth)),
        set: |s, v| value::seconds(v, 1..=86_400).map(|limit| s.timeouts.no_growth = limit),
    },
    Field {
        name: "screen.theme",
        help: "Colour theme: \"default\", or the name of a file in the directory themes, without\n\
               .toml.",
        get: |s| Some(s.screen.theme.as_str().into()),
        set: |s, v| value::name(v).map(|theme| s.screen.theme = theme),
    },
    Field {
        name: "screen.ascii",
        help: "Draw borders and symbols with ASCII characters only. Always done if the locale's\n\
               encoding is not UTF-8.",
        get: |s| Some(s.screen.ascii.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.ascii = on),
    },
    Field {
        name: "screen.mouse",
        help: "Support the mouse (clicks, wheel, dragging). In most terminals, hold Shift to\n\
               select text while this is on.",
        get: |s| Some(s.screen.mouse.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.mouse = on),
    },
    Field {
        name: "screen.hidden",
        help: "Show names that begin with a dot.",
        get: |s| Some(s.screen.hidden.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.hidden = on),
    },
    Field {
        name: "screen.confirm_copy",
        help: "Open a dialog with the transfer rules before files are copied or moved.",
        get: |s| Some(s.screen.confirm_copy.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.confirm_copy = on),
    },
    Field {
        name: "screen.confirm_delete",
        help: "Ask for confirmation before anything is deleted.",
        get: |s| Some(s.screen.confirm_delete.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.confirm_delete = on),
    },
    Field {
        name: "screen.confirm_quit",
        help: "Ask for confirmation before quitting while transfers run.",
        get: |s| Some(s.screen.confirm_quit.into()),
        set: |s, v| value::boolean(v).map(|on| s.screen.confirm_quit = on),
    },
    Field {
        name: "log.level",
        help: "Log level: \"off\", \"error\", \"warn\", \"info\", \"debug\" (includes the FTP\n\
               conversation, without passwords) or \"trace\".",
        get: |s| Some(s.log.level.word().into()),
        set: |s, v| value::choice(v).map(|level| s.log.level = level),
    },
    Field {
        name: "log.keep",
        help: "Number of daily log files to keep, 1 to 366.",
        get: |s| i64::try_from(s.log.keep).ok().map(Value::from),
        set: |s, v| {
            let days = value::integer(v, 1..=366)?;
            s.log.keep = usize::try_from(days).unwrap_or(s.log.keep);
            Ok(())
        },
    },
];

/// The example file, `config.example.toml`, which documents every setting and its default.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

impl Settings {
    /// Reads `config.toml`; returns the defaults if the file is missing.
    ///
    /// # Errors
    /// [`ConfigError`]: all errors with file, line and column. The file is not modified.
    pub fn load(dirs: &UserDirs) -> Result<Self, ConfigError> {
        match files::read(&dirs.settings_file())? {
            Some(source) => Ok(Self::parse(&source)?),
            None => Ok(Self::default()),
        }
    }

    /// Parses the text of a `config.toml`.
    ///
    /// # Errors
    /// [`Problems`]: all errors in the text.
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
