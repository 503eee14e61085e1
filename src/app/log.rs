//! The log file: one a day, as much as the settings say, never a password.

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};

use crate::cli::verb::config::LOG_FILE;
use crate::config::files::make_folder;
use crate::config::{Folders, LogLevel, Settings};

/// Begins the log; what is logged is written by the end of the guard's life. A log that cannot be
/// written is no reason not to work.
pub(super) fn begin(folders: &Folders, settings: &Settings) -> Option<WorkerGuard> {
    let level = match settings.log.level {
        LogLevel::Off => return None,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    make_folder(&folders.logs()).ok()?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(LOG_FILE)
        .max_log_files(settings.log.keep)
        .build(folders.logs())
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
