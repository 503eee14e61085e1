//! What a command can fail with, and the exit code of each (docs/command-line.md "Exit codes").

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::base::{JobId, text};
use crate::cli::form::FormError;
use crate::config::ConfigError;
use crate::engine::{Failure, FailureKind};
use crate::queue::{self, StoreError};
use crate::site::import::SiteImportError;
use crate::site::sites_file::SitesError;
use crate::site::{LocationError, VaultError};

/// The exit status of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done or skipped.
    Done,
    /// Something failed.
    Failed,
    /// Usage error, or invalid configuration.
    Usage,
    /// Could not connect or log in.
    Connect,
    /// Every failure was a refusal by a safety rule.
    Safety,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The numeric exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Connect => 3,
            Self::Safety => 4,
            Self::Interrupted => 130,
        }
    }

    /// The exit status of a run in which only failures of this kind happened.
    #[must_use]
    pub fn of(kind: &FailureKind) -> Self {
        match kind {
            FailureKind::Connect | FailureKind::Login | FailureKind::VaultLocked => Self::Connect,
            FailureKind::UnknownCertificate { .. } | FailureKind::Safety => Self::Safety,
            FailureKind::Cancelled => Self::Interrupted,
            FailureKind::Elsewhere => Self::Done,
            FailureKind::Usage => Self::Usage,
            FailureKind::Refused | FailureKind::Local | FailureKind::Transient => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// An argument is not a valid location.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// A configuration file is invalid or cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A change to the sites is not possible.
    #[error(transparent)]
    Sites(#[from] SitesError),
    /// Transfer types or pipes that contradict each other.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The queue database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A `queue` command that cannot be carried out, such as for an unknown job number.
    #[error("{0}")]
    Queue(String),
    /// Why a job of the queue cannot be run.
    #[error("job {job}: {source}")]
    Job {
        /// The job.
        job: JobId,
        /// The reason.
        source: Box<CliError>,
    },
    /// A file that is not a valid queue export.
    #[error("{}: {source}", text::visible(path.as_os_str().as_encoded_bytes()))]
    QueueFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        source: queue::import::QueueImportError,
    },
    /// A failure reported by the engine.
    #[error("{}{}", .0, or_empty(wants_password(.0), PASSWORD_HELP))]
    Failure(#[from] Failure),
    /// A directory without `-r`.
    #[error("{0} is a directory; pass -r to include its contents")]
    IsDirectory(String),
    /// No such file, directory or command.
    #[error("{0}: no such file or directory")]
    NotFound(String),
    /// Sources on different sites that would become the same file.
    #[error("{0}: another source has the same name; copy it separately, to another destination")]
    SameName(String),
    /// Source and destination are both local.
    #[error("source and destination are both local; use cp(1)")]
    BothLocal,
    /// `get` with a local source.
    #[error("get copies from servers to this machine: {0} {1}")]
    NotGet(String, &'static str),
    /// `put` with a remote source.
    #[error("put copies from this machine to a server: {0} {1}")]
    NotPut(String, &'static str),
    /// `mv` to another server.
    #[error("{0} is another server; mv works within one server, use cp and rm between two")]
    OtherSite(String),
    /// No sources given.
    #[error("nothing to copy; name the sources, or a file that lists them with --from")]
    NoSources,
    /// A mode that is not octal.
    #[error("“{}” is not a valid mode; write octal digits, such as 644", text::visible_str(.0))]
    Mode(String),
    /// A deletion that must be confirmed, without a terminal to ask at. Says what would be deleted.
    #[error("{0}; pass --yes to confirm when not interactive")]
    NeedsYes(String),
    /// The user declined a deletion.
    #[error("nothing was deleted")]
    Declined,
    /// A password is needed, and there is no terminal to ask at.
    #[error(
        "{site}: the password of {user} is needed, and there is no terminal to ask at; pass \
         --password-file FILE, or store the source of the password with the site \
         (fxpane sites edit NAME --password env:VARIABLE)"
    )]
    NoPassword {
        /// The server, safe to show.
        site: String,
        /// The login name, safe to show.
        user: String,
    },
    /// An empty password was typed.
    #[error("the password is empty; nothing was changed")]
    EmptyPassword,
    /// `--password` with an invalid value; it is not repeated, as it may be the password itself.
    #[error(
        "--password takes the source of the password, not the password itself: ask, \
         env:VARIABLE, command:COMMAND, netrc, vault, vault:ENTRY or plain"
    )]
    PasswordSource,
    /// `--password-file` without a `--password` that stores it.
    #[error("--password-file needs --password vault or --password plain, which store the password")]
    PasswordFileUnused,
    /// The vault passphrase is needed, and there is no terminal to ask at.
    #[error(
        "the vault passphrase is needed, and there is no terminal to ask at; pass \
         --vault-passphrase-file FILE or set FXPANE_VAULT_PASSPHRASE_FILE"
    )]
    NoPassphrase,
    /// The repeated passphrase differs from the first.
    #[error("the two passphrases do not match; nothing was changed")]
    PassphraseMismatch,
    /// The vault cannot be unlocked, read or written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The sites of another program cannot be read.
    #[error(transparent)]
    Import(#[from] SiteImportError),
    /// The default site file of the other program is unknown.
    #[error("the default site file of this program is unknown; name the file to import")]
    NoImportFile,
    /// The editor failed or could not be started.
    #[error("the editor {editor} failed: {reason}; nothing was changed")]
    Editor {
        /// The command.
        editor: String,
        /// The system's reason, or its exit status.
        reason: String,
    },
    /// `edit` without anything to edit.
    #[error("nothing to change; use --set NAME=VALUE, --unset NAME, --password, or --editor")]
    NoChange,
    /// `--unset` of a required setting.
    #[error("a site cannot be without its {0}; change it with --set {0}=VALUE")]
    RequiredSetting(&'static str),
    /// An output file cannot be written.
    #[error("cannot write {}: {source}", text::visible(.path.as_os_str().as_encoded_bytes()))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// `sites trust forget` for a server that is not in the list.
    #[error(
        "no certificate is known for the server {}; `fxpane sites trust list` lists all servers",
        text::visible_str(.0)
    )]
    UnknownServer(String),
    /// A password file cannot be read.
    #[error("cannot read the password from {}: {source}",
        text::visible(.path.as_os_str().as_encoded_bytes()))]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// An input file cannot be read.
    #[error("cannot read {}: {source}", text::visible(.path.as_os_str().as_encoded_bytes()))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A malformed certificate fingerprint.
    #[error(
        "“{}” is not a valid SHA-256 fingerprint; write 64 hexadecimal digits",
        text::visible_str(.0)
    )]
    Fingerprint(String),
    /// `--save-cert` without `--accept-cert`.
    #[error("--save-cert needs --accept-cert, which names the certificate to remember")]
    SaveWithoutAccept,
    /// An unknown setting of a site.
    #[error("unknown site setting “{}”{}", text::visible_str(.name), .nearest
        .map_or_else(String::new, |near| format!("; did you mean “{near}”?")))]
    UnknownSetting {
        /// The name as typed.
        name: String,
        /// A setting with a similar name.
        nearest: Option<&'static str>,
    },
    /// An invalid value of a setting.
    #[error("“{name}” must be {expected}")]
    Setting {
        /// The setting.
        name: String,
        /// The values it can have.
        expected: crate::config::Expected,
    },
    /// `--set` without `=`.
    #[error("--set needs NAME=VALUE, such as --set max_sessions=2")]
    NoAssignment,
    /// A local path where a server is needed.
    #[error("{0} is a local path; name a server, such as ftp://HOST/PATH")]
    NoServer(String),
    /// A malformed time.
    #[error("“{}” is not a valid time; write YYYY-MM-DDTHH:MM:SS", text::visible_str(.0))]
    Time(String),
    /// An unknown encoding.
    #[error("unknown encoding “{}”; write a name such as utf-8, latin1, shift_jis or koi8-r",
        text::visible_str(.0))]
    Encoding(String),
    /// Standard output is closed or full.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
    /// The terminal cannot be read or configured.
    #[error("cannot read from the terminal: {0}")]
    Terminal(#[source] io::Error),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The runtime, a demo server or the screen could not be started.
    #[error("cannot start: {0}")]
    Start(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// True if another password may help: a login can fail for other reasons.
fn wants_password(failure: &Failure) -> bool {
    failure.kind == FailureKind::Login
        && failure.remedy.as_ref().is_none_or(|remedy| remedy.contains("password"))
}

const PASSWORD_HELP: &str =
    "; the password can come from a file (--password-file), the site's settings or the URL";

fn or_empty(condition: bool, text: &'static str) -> &'static str {
    if condition { text } else { "" }
}

impl CliError {
    /// The error as the reason why this job cannot be run.
    #[must_use]
    pub fn of_job(self, job: JobId) -> Self {
        Self::Job { job, source: Box::new(self) }
    }

    /// The exit status of this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Job { source, .. } => source.exit(),
            Self::Failure(failure) => Exit::of(&failure.kind),
            Self::NotFound(_) | Self::IsDirectory(_) | Self::SameName(_) => Exit::Failed,
            Self::Terminal(_) | Self::Start(_) => Exit::Failed,
            // the reader closed the pipe on purpose, as in `fxpane ls … | head`
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) | Self::Declined | Self::Read { .. } => Exit::Failed,
            Self::Write { .. } | Self::UnknownServer(_) => Exit::Failed,
            Self::NoPassword { .. } | Self::NoPassphrase => Exit::Connect,
            Self::Vault(VaultError::WrongPassphrase | VaultError::Locked) => Exit::Connect,
            Self::Interrupted => Exit::Interrupted,
            _ => Exit::Usage,
        }
    }

    /// True for errors that are not printed.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        match self {
            Self::Output(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Failure(failure) => failure.kind == FailureKind::Cancelled,
            Self::Interrupted => true,
            _ => false,
        }
    }
}
