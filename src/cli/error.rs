//! What a command can fail with, and the exit code of each (design section 7).

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::base::text;
use crate::cli::form::FormError;
use crate::config::ConfigError;
use crate::engine::{Failure, FailureKind};
use crate::queue::{self, StoreError};
use crate::site::import::ImportError;
use crate::site::sites_file::SitesError;
use crate::site::{LocationError, VaultError};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All done or skipped.
    Done,
    /// Something failed.
    Failed,
    /// The command line or the settings are wrong.
    Usage,
    /// A server could not be reached or logged in to.
    Connect,
    /// Nothing but refusals by a safety rule.
    Safety,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
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

    /// The exit of a failure of this kind, if nothing else happened.
    #[must_use]
    pub fn of(kind: &FailureKind) -> Self {
        match kind {
            FailureKind::Connect | FailureKind::Login | FailureKind::VaultLocked => Self::Connect,
            FailureKind::UnknownCertificate { .. } | FailureKind::Safety => Self::Safety,
            FailureKind::Cancelled => Self::Interrupted,
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

/// Why a command did not do what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// An argument is no location.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// A file of settings is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bookmarks cannot be changed so.
    #[error(transparent)]
    Sites(#[from] SitesError),
    /// Types and pipes that make no sense.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The queue cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file that is no queue.
    #[error("{}: {source}", text::visible(path.as_os_str().as_encoded_bytes()))]
    QueueFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: queue::import::ImportError,
    },
    /// The engine's answer.
    #[error("{}{}", .0, or_empty(.0.kind == FailureKind::Login, PASSWORD_HELP))]
    Failure(#[from] Failure),
    /// A directory without `-r`.
    #[error("{0} is a directory; use -r to take it with all that is in it")]
    IsDirectory(String),
    /// Nothing has that name.
    #[error("{0}: there is no such file or directory")]
    NotFound(String),
    /// Sources on different sites that would become the same file.
    #[error("{0}: another source has the same name; copy it by itself, to another place")]
    SameName(String),
    /// Both ends are on this machine.
    #[error("both ends are on this machine; use cp(1)")]
    BothLocal,
    /// `get` from here, or to a server.
    #[error("get copies from servers to this machine: {0} {1}")]
    NotGet(String, &'static str),
    /// `put` to here, or from a server.
    #[error("put copies from this machine to a server: {0} {1}")]
    NotPut(String, &'static str),
    /// A new path on another server.
    #[error("{0} is on another server; mv works within one, use cp and rm between two")]
    OtherSite(String),
    /// Nothing to copy.
    #[error("there is nothing to copy; name sources, or a list of them with --from")]
    NoSources,
    /// Not octal.
    #[error("“{}” is no mode; write it in octal digits, such as 644", text::visible_str(.0))]
    Mode(String),
    /// A question that needs a yes, and nobody to ask.
    #[error("{0} would delete whole directories; say --yes where nobody can be asked")]
    NeedsYes(String),
    /// The user said no.
    #[error("nothing was deleted")]
    Declined,
    /// A password is needed and nobody can be asked.
    #[error(
        "{site}: the password of {user} is needed, and there is no terminal to ask at; name a \
         file that holds it with --password-file, or tell the bookmark where to find it \
         (fxpane sites edit NAME --password env:VARIABLE)"
    )]
    NoPassword {
        /// The server, safe to show.
        site: String,
        /// The login name, safe to show.
        user: String,
    },
    /// Nothing was typed.
    #[error("no password was typed; nothing was changed")]
    EmptyPassword,
    /// `--password` with something else; it is not repeated, since it may be the password.
    #[error(
        "--password says where the password is, never what it is: ask, env:VARIABLE, \
         command:COMMAND, netrc, vault, vault:ENTRY or plain"
    )]
    PasswordWhere,
    /// A file of a password where none is kept.
    #[error("--password-file gives a password to keep; say where, with --password vault or plain")]
    PasswordFor,
    /// The vault's passphrase is needed and nobody can be asked.
    #[error(
        "the passphrase of the vault is needed, and there is no terminal to ask at; name a file \
         that holds it with --vault-passphrase-file or FXPANE_VAULT_PASSPHRASE_FILE"
    )]
    NoPassphrase,
    /// Two passphrases that should be one.
    #[error("the two passphrases are not the same; nothing was changed")]
    NotTheSame,
    /// The vault does not open, or does not take a password.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Bookmarks of another program cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Nobody knows where the other program keeps its bookmarks.
    #[error("name the file of bookmarks")]
    NoImportFile,
    /// The editor cannot be run or failed.
    #[error("the editor {editor} failed: {reason}; nothing was changed")]
    Editor {
        /// The command.
        editor: String,
        /// The system's reason, or its exit status.
        reason: String,
    },
    /// `edit` without anything to edit.
    #[error(
        "there is nothing to change; use --set NAME=VALUE, --unset NAME, --password, or --editor"
    )]
    NoChange,
    /// A setting that cannot go.
    #[error("a bookmark cannot be without its {0}; give it another one with --set {0}=…")]
    Needed(&'static str),
    /// A file that is written for the user.
    #[error("cannot write {}: {source}", text::visible(.path.as_os_str().as_encoded_bytes()))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A server of which nothing is known.
    #[error("nothing is known of the server {}; `fxpane sites trust list` names all", text::visible_str(.0))]
    NotKnown(String),
    /// The file of a password cannot be read.
    #[error("cannot read the password from {}: {source}",
        text::visible(.path.as_os_str().as_encoded_bytes()))]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A list of sources or a listing cannot be read.
    #[error("cannot read {}: {source}", text::visible(.path.as_os_str().as_encoded_bytes()))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No fingerprint.
    #[error("“{}” is no SHA-256 fingerprint; it has 64 hexadecimal digits", text::visible_str(.0))]
    Fingerprint(String),
    /// `--save-cert` without knowing which.
    #[error("--save-cert keeps the certificate that --accept-cert names; name one")]
    NothingToSave,
    /// A setting of a bookmark that nobody knows.
    #[error("no setting of a site is called “{}”{}", text::visible_str(.name), .nearest
        .map_or_else(String::new, |near| format!("; did you mean “{near}”?")))]
    UnknownSetting {
        /// The name as typed.
        name: String,
        /// A setting with nearly that name.
        nearest: Option<&'static str>,
    },
    /// A setting that cannot have this value.
    #[error("“{name}” must be {expected}")]
    Setting {
        /// The setting.
        name: String,
        /// What it can be.
        expected: crate::config::Expected,
    },
    /// `NAME=VALUE` without its `=`.
    #[error("--set needs NAME=VALUE, such as --set max_sessions=2")]
    NoAssignment,
    /// A bookmark whose server is none.
    #[error("a bookmark needs a server: {0} is on this machine; write ftp://HOST/PATH")]
    NoServer(String),
    /// A time that is none.
    #[error("“{}” is no time; write YYYY-MM-DDTHH:MM:SS", text::visible_str(.0))]
    Time(String),
    /// An encoding that nobody knows.
    #[error("“{}” is no encoding; write a name such as utf-8, latin1, shift_jis or koi8-r",
        text::visible_str(.0))]
    Encoding(String),
    /// Standard output is gone or full.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
    /// The terminal does not answer.
    #[error("cannot ask at the terminal: {0}")]
    Terminal(#[source] io::Error),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The runtime, a server of the demo, the screen.
    #[error("cannot start: {0}")]
    Start(#[source] Box<dyn std::error::Error + Send + Sync>),
}

const PASSWORD_HELP: &str =
    "; a password can stand in a file (--password-file), a bookmark or the URL";

fn or_empty(yes: bool, words: &'static str) -> &'static str {
    if yes { words } else { "" }
}

impl CliError {
    /// How the program ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Failure(failure) => Exit::of(&failure.kind),
            Self::NotFound(_) | Self::IsDirectory(_) | Self::SameName(_) => Exit::Failed,
            Self::Terminal(_) | Self::Start(_) => Exit::Failed,
            // whoever reads has seen enough, as with `fxpane ls … | head`
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) | Self::Declined | Self::Read { .. } => Exit::Failed,
            Self::Write { .. } | Self::NotKnown(_) => Exit::Failed,
            Self::NoPassword { .. } | Self::NoPassphrase => Exit::Connect,
            Self::Vault(VaultError::Wrong | VaultError::Locked) => Exit::Connect,
            Self::Interrupted => Exit::Interrupted,
            _ => Exit::Usage,
        }
    }

    /// True for ends that need no words.
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
