//! From the typed errors of the lower rungs to what people and front ends are told.

use crate::base::{RemotePath, text};
use crate::engine::api::{Failure, FailureKind};
use crate::net::{CertRefusal, NetError};
use crate::queue::ItemState;
use crate::session::SessionError;
use crate::site::{Location, PasswordError, Site, VaultError};
use crate::transfer::{Fault, Side};

/// A failure of a session with `site` while doing `step`.
pub(super) fn of_session(site: &Site, step: &str, error: &SessionError) -> Failure {
    let kind = match error {
        SessionError::Net { source, .. } => match source {
            NetError::Certificate(refusal) => of_certificate(refusal),
            NetError::Connect { .. } | NetError::Resolve { .. } | NetError::Reply(_) => {
                FailureKind::Connect
            }
            NetError::Tls(_) | NetError::TlsRefused { .. } | NetError::Injected => {
                FailureKind::Connect
            }
            NetError::Timeout { .. } if step == CONNECT => FailureKind::Connect,
            NetError::ForeignPeer(_) => FailureKind::Safety,
            _ if step == CONNECT => FailureKind::Connect,
            _ => FailureKind::Transient,
        },
        SessionError::Login { .. } => FailureKind::Login,
        SessionError::TlsRefused { .. }
        | SessionError::TlsStripped { .. }
        | SessionError::ProtectionRefused { .. }
        | SessionError::NoTls => FailureKind::Safety,
        SessionError::TooMany { .. } | SessionError::Closing { .. } => {
            if step == CONNECT {
                FailureKind::Connect
            } else {
                FailureKind::Transient
            }
        }
        SessionError::Command(_) => FailureKind::Usage,
        SessionError::RestRefused { .. }
        | SessionError::Refused { .. }
        | SessionError::Unexpected { .. }
        | SessionError::TooLarge(_) => FailureKind::Refused,
    };
    Failure {
        site: Some(site.label()),
        step: step.to_owned(),
        cause: error.to_string(),
        remedy: error.remedy(),
        kind,
    }
}

/// The step of everything until the login has succeeded.
pub(super) const CONNECT: &str = "connect";

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
pub(super) fn of_password(site: &Site, error: &PasswordError) -> Failure {
    let locked = matches!(error, PasswordError::Vault(VaultError::Locked | VaultError::Changed));
    Failure {
        site: Some(site.label()),
        step: "log in".to_owned(),
        cause: error.to_string(),
        remedy: error.remedy().map(str::to_owned),
        kind: if locked { FailureKind::VaultLocked } else { FailureKind::Login },
    }
}

/// The vault did not open.
pub(super) fn of_vault(error: &VaultError) -> Failure {
    let kind = match error {
        VaultError::Locked | VaultError::Wrong | VaultError::Changed | VaultError::Empty => {
            FailureKind::VaultLocked
        }
        _ => FailureKind::Local,
    };
    Failure {
        site: None,
        step: "open the vault".to_owned(),
        cause: error.to_string(),
        remedy: None,
        kind,
    }
}

/// The file system of this machine refused.
pub(super) fn of_io(step: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
    let shown = text::visible(path.as_os_str().as_encoded_bytes());
    Failure {
        site: None,
        step: format!("{step} {shown}"),
        cause: error.to_string(),
        remedy: None,
        kind: FailureKind::Local,
    }
}

/// A transfer failed between these two places.
pub(super) fn of_fault(source: &str, target: &str, fault: &Fault) -> Failure {
    let side = match fault {
        Fault::SourceRefused(_) => Some(Side::Source),
        Fault::TargetRefused(_) | Fault::NoSpace(_) | Fault::Rename(_) => Some(Side::Destination),
        Fault::NoPassive { side, .. }
        | Fault::RefusedPort { side, .. }
        | Fault::Role { side, .. }
        | Fault::NoConnection { side, .. }
        | Fault::BrokeOff { side, .. }
        | Fault::Lost { side, .. }
        | Fault::OutOfTurn(side) => Some(*side),
        _ => None,
    };
    let site = side.map(|side| match side {
        Side::Source => source.to_owned(),
        Side::Destination => target.to_owned(),
    });
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
    Failure {
        site,
        step: "copy".to_owned(),
        cause: fault.to_string(),
        remedy: fault.remedy(),
        kind,
    }
}

/// Something at a place does not work as it should.
pub(super) fn trouble(at: &Location, step: &str, cause: &str) -> Failure {
    let site = at.site().map(|site| site.label());
    let step = format!("{step} {}", at.path_text());
    Failure { site, step, cause: cause.to_owned(), remedy: None, kind: FailureKind::Refused }
}

/// The queue's store refused.
pub(super) fn of_store(step: &str, error: &crate::queue::StoreError) -> Failure {
    Failure {
        site: None,
        step: step.to_owned(),
        cause: error.to_string(),
        remedy: None,
        kind: FailureKind::Local,
    }
}

/// What was asked for makes no sense.
pub(super) fn usage(step: &str, cause: impl Into<String>) -> Failure {
    Failure {
        site: None,
        step: step.to_owned(),
        cause: cause.into(),
        remedy: None,
        kind: FailureKind::Usage,
    }
}

/// Nothing is ever changed on a read-only site.
pub(super) fn read_only(site: &Site, step: &str) -> Failure {
    Failure {
        site: Some(site.label()),
        step: step.to_owned(),
        cause: "the site is marked read-only".to_owned(),
        remedy: Some("set read_only = false for the site if it may be changed".to_owned()),
        kind: FailureKind::Safety,
    }
}

/// How an item ends for which something did not work: what the user has given up did not fail.
pub(super) fn end(state: ItemState, why: Option<&FailureKind>) -> ItemState {
    match (state, why) {
        (ItemState::Failed, Some(FailureKind::Cancelled)) => ItemState::Cancelled,
        (state, _) => state,
    }
}

/// A failure in the short form of the queue panel: cause and remedy.
pub(super) fn reason(failure: &Failure) -> String {
    match &failure.remedy {
        Some(remedy) => format!("{}: {remedy}", failure.cause),
        None => failure.cause.clone(),
    }
}

/// Behind the reason of a failure that has cost an old file its name.
pub(super) fn aside(old: &RemotePath) -> String {
    format!("; the old file is now {old}")
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
            | FailureKind::Cancelled
    )
}

/// The user has cancelled it, or the engine ends.
pub(super) fn cancelled() -> Failure {
    Failure {
        site: None,
        step: "go on".to_owned(),
        cause: "cancelled".to_owned(),
        remedy: None,
        kind: FailureKind::Cancelled,
    }
}
