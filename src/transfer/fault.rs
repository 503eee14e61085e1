//! Why a transfer failed, with the server's reply.

use std::io;
use std::path::Path;

use thiserror::Error;

use crate::base::{Word, size};
use crate::ftp::{CommandError, Digest, Reply};
use crate::net::NetError;
use crate::session::SessionError;
use crate::transfer::address::AddressError;
use crate::transfer::conversation::Conversation;
use crate::transfer::plan::Side;
use crate::transfer::pump::EndError;

/// Why FXP is impossible.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Barrier {
    /// One is reached by IPv4 and the other by IPv6.
    #[error(
        "one server is reached by IPv4 and the other by IPv6, so they cannot connect to each other"
    )]
    Families,
    /// The sites' settings leave neither of them to listen.
    #[error("fxp_role of both sites is the same, so no server may listen, or none may connect")]
    Roles,
}

/// Why a transfer failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The passive side announced no port.
    #[error("the {} opens no passive port: {}", .side.word(), .reply.shown())]
    NoPassive {
        /// Who.
        side: Side,
        /// Its reply.
        reply: Reply,
    },
    /// A side opens no data connection to this machine.
    #[error("the {} opens no data connection: {}", .side.word(), .reply.shown())]
    NoData {
        /// Who.
        side: Side,
        /// Its reply.
        reply: Reply,
    },
    /// The active side will not connect to another server.
    #[error("the {} refuses to connect to another server: {}", .side.word(), .reply.shown())]
    RefusedPort {
        /// Who.
        side: Side,
        /// Its reply.
        reply: Reply,
    },
    /// A side cannot be brought into the state that the mode needs: PROT or SSCN was refused.
    #[error("the {} cannot do its part of encrypted FXP: {}", .side.word(), .reply.shown())]
    Role {
        /// Who.
        side: Side,
        /// Its reply.
        reply: Reply,
    },
    /// The data connection was not established, or the passive side rejected the peer.
    #[error("no data connection between the servers; the {} replied {}", .side.word(), .reply.shown())]
    NoConnection {
        /// Who said so.
        side: Side,
        /// Its reply.
        reply: Reply,
    },
    /// The address to connect to is not trusted, or not known.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// One side refuses to resume where the partial file ends.
    #[error("the {} cannot resume: {}", .side.word(), .reply.shown())]
    RestRefused {
        /// Who.
        side: Side,
        /// Its reply.
        reply: Reply,
    },
    /// A file that was resumed has other bytes than the source.
    #[error("the target differs from the source after it was resumed at byte {offset}")]
    NotResumed {
        /// Where it was resumed.
        offset: u64,
    },
    /// The source refuses to send the file.
    #[error("the source refuses to send the file: {}", .0.shown())]
    SourceRefused(Reply),
    /// The destination refuses the file.
    #[error("the destination refuses the file: {}", .0.shown())]
    TargetRefused(Reply),
    /// The file exists at the destination, which listed what it has (`X-DUPE`, quirk 67).
    #[error("already exists at the destination: {}", .0.shown())]
    Duplicate(Reply),
    /// The destination is full.
    #[error("the destination is full: {}", .0.shown())]
    NoSpace(Reply),
    /// One side reported an error while data flowed.
    #[error("the {} aborted the transfer: {}", .side.word(), .reply.shown())]
    BrokeOff {
        /// Who.
        side: Side,
        /// Its reply.
        reply: Reply,
    },
    /// The target is not as large as the source.
    #[error(
        "the target has {} of {}{}", size::bytes(*.have), size::bytes(*.want),
        if *.claimed { ", although both servers reported success" } else { "" }
    )]
    WrongSize {
        /// Bytes at the target.
        have: u64,
        /// Bytes at the source.
        want: u64,
        /// True when both final replies said 2yz.
        claimed: bool,
    },
    /// The destination reported success and stored nothing under this name.
    #[error("the destination reported success, but does not have the file: {}", .0.shown())]
    NotStored(Reply),
    /// The target's checksum is not the source's.
    #[error("the target differs from the source: {have} instead of {}", .want.hex())]
    WrongDigest {
        /// At the target.
        have: Digest,
        /// At the source.
        want: Digest,
    },
    /// The source is not what it was when the transfer began.
    #[error("the source changed while it was being copied: its {what} was {before} and is {after}")]
    SourceChanged {
        /// `size` or `time`.
        what: &'static str,
        /// Before the transfer.
        before: String,
        /// After it.
        after: String,
    },
    /// The mode may lose data, and no checksum could be compared.
    #[error("it cannot be proved that the file is complete: {0}")]
    Unproven(String),
    /// A control connection was lost.
    #[error("the connection to the {} was lost: {why}", .side.word())]
    Lost {
        /// Whose.
        side: Side,
        /// Why.
        why: String,
    },
    /// Nothing happened for too long.
    #[error("nothing happened for {seconds} s while {step}")]
    Silent {
        /// What was waited for.
        step: &'static str,
        /// How long, in seconds.
        seconds: u64,
    },
    /// The file arrived and could not be renamed to its final name.
    #[error("the file arrived, but could not be renamed to its final name: {}", .0.shown())]
    Rename(Reply),
    /// The server replied that the file was renamed, and it does not have its final name.
    #[error(
        "the file arrived, but does not have its final name, although the server replied {}",
        .0.shown()
    )]
    RenameIgnored(Reply),
    /// A server answered out of turn; the next attempt sends one command at a time.
    #[error("the {} answered out of turn", .0.word())]
    OutOfTurn(Side),
    /// A name that no command can contain.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// An existing file cannot be replaced safely there.
    #[error("the existing file cannot be replaced without a temporary name on this server")]
    NoSafeOverwrite,
    /// Data would have to be sent unencrypted, and a site forbids that.
    #[error("the data between these two servers cannot be encrypted: {0}")]
    Unprotected(&'static str),
    /// FXP between the two is impossible.
    #[error("{0}")]
    NoWay(#[from] Barrier),
    /// Something on this machine.
    #[error("{}: {why}", crate::base::text::visible(path.as_os_str().as_encoded_bytes()))]
    Local {
        /// The file.
        path: std::path::PathBuf,
        /// The system's reason.
        why: String,
        /// True when the disk is full.
        full: bool,
    },
    /// The local path leads out of the chosen directory, or may: a part of it is a symbolic link.
    #[error(
        "{} is a symbolic link, and may lead out of the directory that you chose",
        crate::base::text::visible(.0.as_os_str().as_encoded_bytes())
    )]
    OutOfFolder(std::path::PathBuf),
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The program ends; the transfer will be resumed later.
    #[error("interrupted")]
    Interrupted,
}

impl Fault {
    /// True when another FXP mode between the two servers may work (transfer rule 4).
    #[must_use]
    pub fn is_mode_specific(&self) -> bool {
        match self {
            Self::NoPassive { .. }
            | Self::RefusedPort { .. }
            | Self::Role { .. }
            | Self::NoConnection { .. }
            | Self::NoWay(_) => true,
            Self::Silent { step, .. } => *step == SET_UP,
            _ => false,
        }
    }

    /// True when the same mode may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Lost { .. } | Self::Silent { .. } | Self::OutOfTurn(_) => true,
            Self::SourceChanged { .. } | Self::NotStored(_) | Self::NotResumed { .. } => true,
            Self::WrongSize { .. } | Self::WrongDigest { .. } | Self::BrokeOff { .. } => true,
            Self::SourceRefused(reply) | Self::TargetRefused(reply) => {
                (400..500).contains(&reply.code) || is_passing(reply)
            }
            Self::NoConnection { reply, .. } => !is_forbidden(reply),
            Self::NoData { reply, .. } => (400..500).contains(&reply.code),
            _ => false,
        }
    }

    /// True when the file is in use: 450 (RFC 959 section 4.2.2: "file busy"), or a text that says
    /// so (quirk 71).
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::SourceRefused(reply) | Self::TargetRefused(reply) => {
                reply.code == 450
                    || ["in use", "busy", "being used", "is locked"]
                        .iter()
                        .any(|words| reply.mentions(words))
            }
            _ => false,
        }
    }

    /// True when what has arrived until then is the beginning of the file, so that a later attempt
    /// can resume it (transfer rule 9).
    #[must_use]
    pub fn leaves_beginning(&self) -> bool {
        matches!(
            self,
            Self::BrokeOff { .. } | Self::Lost { .. } | Self::Silent { .. } | Self::Interrupted
        )
    }

    /// A session that cannot be brought into the state that a plan needs: another plan may work.
    #[must_use]
    pub fn of_preparation(side: Side, error: SessionError) -> Self {
        match error {
            SessionError::ProtectionRefused { reply }
            | SessionError::Refused { reply, .. }
            | SessionError::NoData { reply, .. } => Self::Role { side, reply },
            SessionError::NoTls => Self::Unprotected("TLS is not in use on both servers"),
            error => Self::Lost { side, why: error.to_string() },
        }
    }

    /// A failure of one session during a transfer through this machine.
    pub(super) fn of_session(side: Side, error: SessionError) -> Self {
        match error {
            SessionError::Refused { reply, .. } => match side {
                Side::Source => Self::SourceRefused(reply),
                Side::Destination => refused_target(reply),
            },
            SessionError::NoData { reply, .. } => Self::NoData { side, reply },
            SessionError::RestRefused { reply } => Self::RestRefused { side, reply },
            SessionError::ProtectionRefused { .. } | SessionError::NoTls => {
                Self::Unprotected(match side {
                    Side::Source => "the source does not encrypt its data connections",
                    Side::Destination => "the destination does not encrypt its data connections",
                })
            }
            SessionError::Command(error) => Self::Command(error),
            SessionError::Net { source: NetError::Timeout { after, .. }, .. } => {
                Self::Silent { step: DATA, seconds: after.as_secs() }
            }
            error => Self::Lost { side, why: error.to_string() },
        }
    }

    /// As [`Fault::of_session`], after the server had begun to move data: something of the file may
    /// be there.
    pub(super) fn broke_off(side: Side, error: SessionError) -> Self {
        match Self::of_session(side, error) {
            Self::TargetRefused(reply) | Self::SourceRefused(reply) => {
                Self::BrokeOff { side, reply }
            }
            fault => fault,
        }
    }

    /// A data connection of this machine that broke, where the server did not say why.
    pub(super) fn of_data(side: Side, error: &EndError) -> Self {
        match error {
            EndError::Net(NetError::Timeout { after, .. }) => {
                Self::Silent { step: DATA, seconds: after.as_secs() }
            }
            error => Self::Lost { side, why: format!("data connection: {error}") },
        }
    }

    /// An error of this machine's file system.
    pub(super) fn local(path: &Path, error: &io::Error) -> Self {
        Self::Local {
            path: path.to_owned(),
            why: error.to_string(),
            full: error.kind() == io::ErrorKind::StorageFull,
        }
    }

    /// The cause of a failure by the replies of both servers. The side that refused before data
    /// flowed is the cause; the reply of the other side is only the consequence.
    pub(super) fn of_replies(source: &Conversation, destination: &Conversation) -> Self {
        let sides = [(Side::Source, source), (Side::Destination, destination)];
        for (side, conversation) in sides {
            if conversation.out_of_turn {
                return Self::OutOfTurn(side);
            }
        }
        for (side, conversation) in sides {
            // a server that refuses and then closes the connection has given the reason
            let lost = conversation.lost.clone().filter(|_| conversation.refusal().is_none());
            if let Some(why) = lost {
                return Self::Lost { side, why };
            }
        }
        match (source.refusal().cloned(), destination.refusal().cloned()) {
            (_, Some(reply)) if !destination.begun && !is_no_connection(&reply) => {
                refused_target(reply)
            }
            (Some(reply), _) if !source.begun && !is_no_connection(&reply) => {
                Self::SourceRefused(reply)
            }
            (_, Some(reply)) if is_no_connection(&reply) => {
                Self::NoConnection { side: Side::Destination, reply }
            }
            (Some(reply), _) if is_no_connection(&reply) => {
                Self::NoConnection { side: Side::Source, reply }
            }
            (_, Some(reply)) if matches!(reply.code, 452 | 552) => Self::NoSpace(reply),
            (Some(reply), _) => Self::BrokeOff { side: Side::Source, reply },
            (None, Some(reply)) => Self::BrokeOff { side: Side::Destination, reply },
            (None, None) => Self::Silent { step: REPLY, seconds: 0 },
        }
    }

    /// The server's reply, where there is one.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::NoPassive { reply, .. }
            | Self::NoData { reply, .. }
            | Self::RefusedPort { reply, .. }
            | Self::Role { reply, .. }
            | Self::NoConnection { reply, .. }
            | Self::BrokeOff { reply, .. }
            | Self::SourceRefused(reply)
            | Self::TargetRefused(reply)
            | Self::NoSpace(reply)
            | Self::NotStored(reply)
            | Self::RenameIgnored(reply)
            | Self::Rename(reply) => Some(reply),
            _ => None,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let remedy = match self {
            Self::RefusedPort { side, .. } => format!(
                "allow FXP on the {}: ProFTPD AllowForeignAddress on, vsftpd \
                 port_promiscuous=YES, pure-ftpd -w, pyftpdlib permit_foreign_addresses",
                side.word()
            ),
            Self::NoConnection { side, .. } => format!(
                "allow FXP on the {}: vsftpd pasv_promiscuous=YES, ProFTPD AllowForeignAddress \
                 on, pure-ftpd -w; or look for a firewall between the servers",
                side.word()
            ),
            Self::NoPassive { side, .. } => format!(
                "the {} may need PRET (pret = \"yes\" for its site), or has no free data ports",
                side.word()
            ),
            Self::NoData { side, .. } => format!(
                "a firewall may block the data ports of the {}, or its passive mode may be switched \
                 off; try passive = \"no\" for its site, or \"yes\" if it is \"no\"",
                side.word()
            ),
            Self::NoSpace(_) => "free some space at the destination, then retry".to_owned(),
            Self::Address(error) => return Some(error.remedy()),
            Self::NoWay(Barrier::Families) => {
                "set fxp_address of the site to an address that the other server can reach"
                    .to_owned()
            }
            Self::NoWay(Barrier::Roles) => {
                "set fxp_role = \"auto\" for one of the sites".to_owned()
            }
            Self::Role { side, .. } => format!(
                "the {} does not support encrypted FXP; another server \
                 with SSCN or CPSV can, or data_protection = \"prefer\" allows unencrypted data",
                side.word()
            ),
            Self::Unprotected(_) => {
                "set data_protection = \"prefer\" for both sites if the data may be unencrypted"
                    .to_owned()
            }
            Self::Silent { step, .. } if *step == SET_UP => {
                "one of the servers may silently drop connections of the other one: allow \
                 FXP on both"
                    .to_owned()
            }
            Self::Local { full: true, .. } => {
                "free some space on this machine, then retry".to_owned()
            }
            Self::OutOfFolder(_) => {
                "replace the link by a directory, or copy to the directory that it points to"
                    .to_owned()
            }
            Self::NoSafeOverwrite => {
                "allow temporary names for the site: use_temp_name = \"auto\"".to_owned()
            }
            _ => return None,
        };
        Some(remedy)
    }
}

/// The step of [`Fault::Silent`] when the data connection was never established.
pub(crate) const SET_UP: &str = "waiting for the data connection between the servers";
/// Its step when data stopped flowing.
pub(crate) const DATA: &str = "waiting for data to flow";
/// Its step when a checksum was not computed in time.
pub(crate) const DIGEST: &str = "waiting for a checksum";
/// Its step when a reply did not come.
pub(crate) const REPLY: &str = "waiting for a reply";

/// 425, and 522 of servers that demand session reuse or protection (quirks 22, 26).
fn is_no_connection(reply: &Reply) -> bool {
    matches!(reply.code, 425 | 522)
}

/// A 550 that means "not now" (quirk 71).
fn is_passing(reply: &Reply) -> bool {
    ["broken pipe", "timed out", "in use", "try again", "busy", "temporar"]
        .iter()
        .any(|words| reply.mentions(words))
}

/// A 425 that a second attempt would get again: a setting rejects the peer, or TLS.
fn is_forbidden(reply: &Reply) -> bool {
    let words =
        ["security", "foreign", "permi", "session reuse", "must be encrypted", "certificate"];
    words.iter().any(|words| reply.mentions(words))
}

/// The refusal of STOR, by its reason.
pub(crate) fn refused_target(reply: Reply) -> Fault {
    if matches!(reply.code, 452 | 552) || reply.mentions("no space") || reply.mentions("quota") {
        Fault::NoSpace(reply)
    } else if reply.mentions("x-dupe:") {
        Fault::Duplicate(reply)
    } else {
        Fault::TargetRefused(reply)
    }
}
