//! Failures: from the typed errors of the lower rungs to what people and front ends are told.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::base::text;
use crate::net::{CertInfo, CertRefusal, NetError, TrustedCert};
use crate::queue::{ItemState, StoreError};
use crate::session::SessionError;
use crate::site::{Location, PasswordError, Site, VaultError};
use crate::transfer::{Fault, Outcome};

/// Why something did not work, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The site it happened with.
    pub site: Option<Arc<Site>>,
    /// What was being done.
    pub step: Step,
    /// What went wrong, with the server's words, safe to show.
    pub cause: String,
    /// What the user can do about it.
    pub remedy: Option<String>,
    /// What the program can do about it.
    pub kind: FailureKind,
}

/// What was being done; its words follow “cannot”.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Reach a site and log in to it.
    Connect,
    /// Anything else: `list /pub`, `open the vault`.
    Other(Cow<'static, str>),
}

/// What a program makes of a failure: exit codes and dialogs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// No connection: refused, timed out, unknown host, not an FTP server.
    Connect,
    /// The server does not accept user or password, or a password is needed.
    Login,
    /// The password is in the vault, and the vault's passphrase is needed:
    /// [`crate::engine::EngineHandle::unlock`], then the same request again.
    VaultLocked,
    /// A certificate that no trusted authority signed; it can be trusted by its fingerprint.
    UnknownCertificate {
        /// The certificate.
        shown: CertInfo,
        /// The one that was trusted before, where it was another.
        trusted: Option<Box<TrustedCert>>,
    },
    /// A safety rule forbids it: protection, address, read-only.
    Safety,
    /// The server refused: permission, no such file, and so on.
    Refused,
    /// Something on this machine: disk, permission, path.
    Local,
    /// The user cancelled.
    Cancelled,
    /// Another process runs the job: nothing failed.
    Elsewhere,
    /// The connection broke or fell silent; worth another try.
    Transient,
    /// What was asked for makes no sense.
    Usage,
}

impl Failure {
    /// A failure that happened with no site, and about which nothing can be advised.
    #[must_use]
    pub fn new(step: impl Into<Step>, cause: impl Into<String>, kind: FailureKind) -> Self {
        let (step, cause) = (step.into(), cause.into());
        Self { site: None, step, cause, remedy: None, kind }
    }

    /// It happened with this site.
    #[must_use]
    pub fn with(self, site: &Arc<Site>) -> Self {
        Self { site: Some(site.clone()), ..self }
    }

    /// This can be done about it.
    #[must_use]
    pub fn advise(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// The label of the site it happened with.
    #[must_use]
    pub fn site_label(&self) -> Option<String> {
        self.site.as_ref().map(|site| site.label())
    }

    /// Cause and remedy, as the reason why an item failed.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{}: {remedy}", self.cause),
            None => self.cause.clone(),
        }
    }

    /// The one of these locations that is on the site it happened with.
    pub fn location<'a>(
        &self,
        among: impl IntoIterator<Item = &'a Location>,
    ) -> Option<&'a Location> {
        let key = self.site.as_ref()?.key();
        among.into_iter().find(|at| at.key().as_ref() == Some(&key))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(site) = self.site_label() {
            write!(f, "{site}: ")?;
        }
        write!(f, "cannot {}: {}", self.step, self.cause)?;
        if let Some(remedy) = &self.remedy {
            write!(f, " — {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::Other(words) => words,
        })
    }
}

impl From<&'static str> for Step {
    fn from(words: &'static str) -> Self {
        Self::Other(Cow::Borrowed(words))
    }
}

impl From<String> for Step {
    fn from(words: String) -> Self {
        Self::Other(Cow::Owned(words))
    }
}

/// A failure of a session with `site` while doing `step`.
pub(super) fn of_session(site: &Arc<Site>, step: impl Into<Step>, error: &SessionError) -> Failure {
    let step = step.into();
    let connecting = step == Step::Connect;
    let kind = match error {
        SessionError::Net { source, .. } => match source {
            NetError::Certificate(refusal) => of_certificate(refusal),
            NetError::Connect { .. } | NetError::Resolve { .. } | NetError::Reply(_) => {
                FailureKind::Connect
            }
            NetError::Tls(_) | NetError::TlsRefused { .. } | NetError::Injected => {
                FailureKind::Connect
            }
            NetError::Timeout { .. } if connecting => FailureKind::Connect,
            NetError::ForeignPeer(_) => FailureKind::Safety,
            _ if connecting => FailureKind::Connect,
            _ => FailureKind::Transient,
        },
        SessionError::Login { .. } => FailureKind::Login,
        SessionError::NotAdmitted { .. } | SessionError::TlsRequired { .. } => FailureKind::Connect,
        SessionError::TlsRefused { .. }
        | SessionError::TlsStripped { .. }
        | SessionError::ProtectionRefused { .. }
        | SessionError::NoTls => FailureKind::Safety,
        SessionError::TooMany { .. } | SessionError::Closing { .. } => {
            if connecting {
                FailureKind::Connect
            } else {
                FailureKind::Transient
            }
        }
        SessionError::Command(_) => FailureKind::Usage,
        // whatever the server refuses before the login has succeeded
        SessionError::Refused { .. } | SessionError::Unexpected { .. } if connecting => {
            FailureKind::Connect
        }
        SessionError::RestRefused { .. }
        | SessionError::NoData { .. }
        | SessionError::Refused { .. }
        | SessionError::Unexpected { .. }
        | SessionError::TooLarge(_) => FailureKind::Refused,
    };
    Failure { remedy: error.remedy(), ..Failure::new(step, error.to_string(), kind).with(site) }
}

fn of_certificate(refusal: &CertRefusal) -> FailureKind {
    match refusal {
        CertRefusal::Unknown { shown, .. } => {
            FailureKind::UnknownCertificate { shown: shown.clone(), trusted: None }
        }
        CertRefusal::Changed { shown, trusted } => {
            let trusted = Some(Box::new(trusted.clone()));
            FailureKind::UnknownCertificate { shown: shown.clone(), trusted }
        }
        CertRefusal::DataDiffers => FailureKind::Safety,
    }
}

/// No password could be had.
pub(super) fn of_password(site: &Arc<Site>, error: &PasswordError) -> Failure {
    let locked = matches!(error, PasswordError::Vault(VaultError::Locked | VaultError::Changed));
    let kind = if locked { FailureKind::VaultLocked } else { FailureKind::Login };
    let remedy = error.remedy().map(str::to_owned);
    Failure { remedy, ..Failure::new("log in", error.to_string(), kind).with(site) }
}

/// The vault did not open.
pub(super) fn of_vault(error: &VaultError) -> Failure {
    let kind = match error {
        VaultError::Locked
        | VaultError::WrongPassphrase
        | VaultError::Changed
        | VaultError::EmptyPassphrase => FailureKind::VaultLocked,
        _ => FailureKind::Local,
    };
    Failure::new("open the vault", error.to_string(), kind)
}

/// The file system of this machine refused.
pub(super) fn of_io(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    let shown = text::visible(path.as_os_str().as_encoded_bytes());
    Failure::new(format!("{verb} {shown}"), error.to_string(), FailureKind::Local)
}

/// A transfer failed.
pub(super) fn of_fault(fault: &Fault) -> Failure {
    let kind = match fault {
        Fault::Cancelled | Fault::Interrupted => FailureKind::Cancelled,
        Fault::Address(_)
        | Fault::Unprotected(_)
        | Fault::NoSafeOverwrite
        | Fault::OutOfFolder(_) => FailureKind::Safety,
        Fault::Local { .. } => FailureKind::Local,
        Fault::Command(_) => FailureKind::Usage,
        fault if fault.is_transient() => FailureKind::Transient,
        _ => FailureKind::Refused,
    };
    Failure { remedy: fault.remedy(), ..Failure::new("copy", fault.to_string(), kind) }
}

/// Something at a place does not work as it should.
pub(super) fn trouble(at: &Location, verb: &str, cause: &str) -> Failure {
    let step = format!("{verb} {}", at.path_text());
    Failure { site: at.site().cloned(), ..Failure::new(step, cause, FailureKind::Refused) }
}

/// The queue's store refused.
pub(super) fn of_store(step: impl Into<Step>, error: &StoreError) -> Failure {
    Failure::new(step, error.to_string(), FailureKind::Local)
}

/// What was asked for makes no sense.
pub(super) fn usage(step: impl Into<Step>, cause: impl Into<String>) -> Failure {
    Failure::new(step, cause, FailureKind::Usage)
}

/// Another process runs the job.
pub(super) fn elsewhere(step: impl Into<Step>) -> Failure {
    Failure::new(step, "another fxpane process runs it", FailureKind::Elsewhere)
}

/// Nothing is ever changed on a read-only site.
pub(super) fn read_only(site: &Arc<Site>, step: impl Into<Step>) -> Failure {
    Failure::new(step, "the site is marked read-only", FailureKind::Safety)
        .with(site)
        .advise("set read_only = false for the site if it may be changed")
}

/// How an item ends for which something did not work: what the user has given up did not fail.
pub(super) fn end(state: ItemState, why: Option<&FailureKind>) -> ItemState {
    match (state, why) {
        (ItemState::Failed, Some(FailureKind::Cancelled)) => ItemState::Cancelled,
        (state, _) => state,
    }
}

/// Behind the reason of a failure that has left the old or the new file under another name.
pub(super) fn names_now(outcome: &Outcome) -> String {
    let Outcome { displaced, stranded, .. } = outcome;
    let old = displaced.as_ref().map(|old| format!("; the old file is now {old}"));
    let new = stranded.as_ref().map(|new| format!("; the new file is complete as {new}"));
    old.unwrap_or_default() + &new.unwrap_or_default()
}

/// True when the failure is one that no further try can mend.
pub(super) fn is_final(kind: &FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Login
            | FailureKind::VaultLocked
            | FailureKind::UnknownCertificate { .. }
            | FailureKind::Safety
            | FailureKind::Usage
            | FailureKind::Elsewhere
            | FailureKind::Cancelled
    )
}

/// The user has cancelled it, or the engine ends.
pub(super) fn cancelled() -> Failure {
    Failure::new("go on", "cancelled", FailureKind::Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::Reply;

    #[test]
    fn no_refusal_before_the_login_is_one_of_a_file() {
        let site = Arc::new(Site::new("h".to_owned()));
        for code in [331, 421, 425, 430, 450, 500, 530, 550] {
            let reply = Reply::new(code, "no");
            for error in [
                SessionError::refused("log in", reply.clone()),
                SessionError::NotAdmitted { reply: reply.clone() },
                SessionError::TlsRequired { reply: reply.clone() },
                SessionError::Login { reply: reply.clone() },
                SessionError::Closing { reply: reply.clone() },
                SessionError::TooMany { reply: reply.clone() },
                SessionError::Unexpected { step: "log in".to_owned(), reply },
            ] {
                let failure = of_session(&site, Step::Connect, &error);
                let expected = matches!(failure.kind, FailureKind::Connect | FailureKind::Login);
                // 425 belongs to a data connection, of which a login has none
                assert!(expected || code == 425, "{failure:?}");
                assert!(failure.cause.contains(&format!("{code} no")), "{failure:?}");
            }
        }
    }
}
