//! Why a transfer failed, by cause, with the server's words.

use thiserror::Error;

use crate::base::{Word, size};
use crate::ftp::{CommandError, Digest, Reply};
use crate::session::SessionError;
use crate::transfer::address::AddressError;
use crate::transfer::side::Side;

/// Why there is no direct way at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Barrier {
    /// One is reached by IPv4 and the other by IPv6.
    #[error(
        "one server is reached by IPv4 and the other by IPv6, so they cannot be sent to each other"
    )]
    Families,
    /// The sites' settings leave neither of them to listen.
    #[error("fxp_role of both sites is the same, so nobody listens, or nobody connects")]
    Roles,
}

/// Why a transfer failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The passive side announced no port.
    #[error("the {} gives no port: {}", .side.word(), .reply.shown())]
    NoPassive {
        /// Who.
        side: Side,
        /// Its words.
        reply: Reply,
    },
    /// The active side will not connect to another server.
    #[error("the {} refuses to connect to another server: {}", .side.word(), .reply.shown())]
    RefusedPort {
        /// Who.
        side: Side,
        /// Its words.
        reply: Reply,
    },
    /// A side cannot be brought into the state that the way needs: PROT or SSCN was refused.
    #[error("the {} cannot take its part: {}", .side.word(), .reply.shown())]
    Role {
        /// Who.
        side: Side,
        /// Its words.
        reply: Reply,
    },
    /// The data connection did not come about, or the passive side turned the peer away.
    #[error("the servers get no data connection; the {} says {}", .side.word(), .reply.shown())]
    NoConnection {
        /// Who said so.
        side: Side,
        /// Its words.
        reply: Reply,
    },
    /// The address to connect to is not to be trusted, or not known.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// One side will not go on where the partial file ends.
    #[error("the {} cannot resume: {}", .side.word(), .reply.shown())]
    RestRefused {
        /// Who.
        side: Side,
        /// Its words.
        reply: Reply,
    },
    /// The source will not send the file.
    #[error("the source will not send the file: {}", .0.shown())]
    SourceRefused(Reply),
    /// The destination will not take the file.
    #[error("the destination will not take the file: {}", .0.shown())]
    TargetRefused(Reply),
    /// The destination has the file already, and named all that it has (`X-DUPE`, quirk 67).
    #[error("the destination has it already: {}", .0.shown())]
    Duplicate(Reply),
    /// The destination is full.
    #[error("the destination is full: {}", .0.shown())]
    NoSpace(Reply),
    /// One side reported an error while data flowed.
    #[error("the {} broke off: {}", .side.word(), .reply.shown())]
    BrokeOff {
        /// Who.
        side: Side,
        /// Its words.
        reply: Reply,
    },
    /// The target is not as large as the source.
    #[error(
        "the target has {} of {}{}", size::bytes(*.have), size::bytes(*.want),
        if *.claimed { ", although both servers say that all went well" } else { "" }
    )]
    WrongSize {
        /// Bytes at the target.
        have: u64,
        /// Bytes at the source.
        want: u64,
        /// True when both final replies said 2yz.
        claimed: bool,
    },
    /// The target's digest is not the source's.
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
    /// The way that was taken may lose data, and no checksum could be compared.
    #[error("it cannot be proved that the file arrived whole: {0}")]
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
    /// The file arrived and could not be given its name.
    #[error("the file arrived whole, but cannot get its name: {}", .0.shown())]
    Rename(Reply),
    /// A server answered out of turn; the next try goes one command at a time.
    #[error("the {} answered out of turn", .0.word())]
    OutOfTurn(Side),
    /// A name that no command can carry.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// An existing file cannot be replaced safely there.
    #[error("the existing file cannot be replaced without a temporary name on this server")]
    NoSafeOverwrite,
    /// Data would have to go in the clear, and a site forbids that.
    #[error("the data cannot be protected between these two servers: {0}")]
    Unprotected(&'static str),
    /// There is no direct way between the two, whatever is tried.
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
    /// The way to the file on this machine leads out of the folder that was chosen, or may: there
    /// is a symbolic link.
    #[error(
        "{} is a symbolic link, and may lead out of the folder that you chose",
        crate::base::text::visible(.0.as_os_str().as_encoded_bytes())
    )]
    OutOfFolder(std::path::PathBuf),
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The program ends; the transfer is to go on later.
    #[error("interrupted")]
    Interrupted,
}

impl Fault {
    /// True when another way between the two servers may work (transfer rule 4).
    #[must_use]
    pub fn is_of_the_way(&self) -> bool {
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

    /// True when the same way may work a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Lost { .. } | Self::Silent { .. } | Self::OutOfTurn(_) => true,
            Self::SourceChanged { .. } => true,
            Self::WrongSize { .. } | Self::WrongDigest { .. } | Self::BrokeOff { .. } => true,
            Self::SourceRefused(reply) | Self::TargetRefused(reply) => {
                (400..500).contains(&reply.code) || is_passing(reply)
            }
            Self::NoConnection { reply, .. } => !is_forbidden(reply),
            _ => false,
        }
    }

    /// True when somebody else works with the file: 450 (RFC 959 section 4.2.2: "file busy"), or
    /// words that say so (quirk 71).
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

    /// True when what has arrived until then is the beginning of the file, so that a later try can
    /// go on where it ends (transfer rule 9).
    #[must_use]
    pub fn leaves_beginning(&self) -> bool {
        matches!(
            self,
            Self::BrokeOff { .. } | Self::Lost { .. } | Self::Silent { .. } | Self::Interrupted
        )
    }

    /// A session that cannot be brought into the state that a plan needs: another plan may do.
    #[must_use]
    pub fn of_preparation(side: Side, error: SessionError) -> Self {
        match error {
            SessionError::ProtectionRefused { reply } | SessionError::Refused { reply, .. } => {
                Self::Role { side, reply }
            }
            SessionError::NoTls => Self::Unprotected("not both of them are reached under TLS"),
            error => Self::Lost { side, why: error.to_string() },
        }
    }

    /// The server's words, where it said any.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::NoPassive { reply, .. }
            | Self::RefusedPort { reply, .. }
            | Self::Role { reply, .. }
            | Self::NoConnection { reply, .. }
            | Self::BrokeOff { reply, .. }
            | Self::SourceRefused(reply)
            | Self::TargetRefused(reply)
            | Self::NoSpace(reply)
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
            Self::NoSpace(_) => "free some space at the destination, then retry".to_owned(),
            Self::Address(error) => return Some(error.remedy()),
            Self::NoWay(Barrier::Families) => {
                "set fxp_address of the site to the address that the other server reaches it by"
                    .to_owned()
            }
            Self::NoWay(Barrier::Roles) => {
                "set fxp_role = \"auto\" for one of the sites".to_owned()
            }
            Self::Role { side, .. } => format!(
                "the {} takes no part in protected transfers between servers; another server \
                 with SSCN or CPSV can, or data_protection = \"prefer\" lets data go in the clear",
                side.word()
            ),
            Self::Unprotected(_) => {
                "set data_protection = \"prefer\" for both sites if the data may go in the clear"
                    .to_owned()
            }
            Self::Silent { step, .. } if *step == SET_UP => {
                "one of the servers may drop connections of the other one without a word: allow \
                 FXP on both"
                    .to_owned()
            }
            Self::Local { full: true, .. } => {
                "free some space on this machine, then retry".to_owned()
            }
            Self::OutOfFolder(_) => {
                "put a directory in the place of the link, or copy to where it leads".to_owned()
            }
            Self::NoSafeOverwrite => {
                "allow temporary names for the site: use_temp_name = \"auto\"".to_owned()
            }
            _ => return None,
        };
        Some(remedy)
    }
}

/// What [`Fault::Silent`] says when the data connection never came about.
pub(crate) const SET_UP: &str = "waiting for the data connection between the servers";
/// What it says when data stopped flowing.
pub(crate) const DATA: &str = "waiting for data to flow";
/// What it says when a digest did not come.
pub(crate) const DIGEST: &str = "waiting for a checksum";
/// What it says when a reply did not come.
pub(crate) const REPLY: &str = "waiting for a reply";

/// A 550 that means "not now" (quirk 71).
fn is_passing(reply: &Reply) -> bool {
    ["broken pipe", "timed out", "in use", "try again", "busy", "temporar"]
        .iter()
        .any(|words| reply.mentions(words))
}

/// A 425 that no second try mends: the peer is turned away by a setting, or TLS is.
fn is_forbidden(reply: &Reply) -> bool {
    let words =
        ["security", "foreign", "permi", "session reuse", "must be encrypted", "certificate"];
    words.iter().any(|words| reply.mentions(words))
}

/// The destination's refusal of STOR, by cause.
pub(crate) fn refused_target(reply: Reply) -> Fault {
    if matches!(reply.code, 452 | 552) || reply.mentions("no space") || reply.mentions("quota") {
        Fault::NoSpace(reply)
    } else if reply.mentions("x-dupe:") {
        Fault::Duplicate(reply)
    } else {
        Fault::TargetRefused(reply)
    }
}
