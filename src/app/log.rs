//! The log file: rotated daily, at the configured level, without passwords.

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};

use crate::cli::verb::config::LOG_FILE;
use crate::config::files::create_dir;
use crate::config::{LogLevel, Settings, UserDirs};

/// Starts logging; the log is flushed when the guard is dropped. `None` if logging is off or the
/// log cannot be written, which does not keep the program from running.
pub(super) fn start(dirs: &UserDirs, settings: &Settings) -> Option<WorkerGuard> {
    let level = match settings.log.level {
        LogLevel::Off => return None,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    create_dir(&dirs.logs()).ok()?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(LOG_FILE)
        .max_log_files(settings.log.keep)
        .build(dirs.logs())
        .ok()?;
    let (writer, guard): (NonBlocking, WorkerGuard) = tracing_appender::non_blocking(file);
    let log = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_ansi(false)
        .with_max_level(level)
        .finish();
    tracing::subscriber::set_global_default(log).ok()?;
    Some(guard)
}
