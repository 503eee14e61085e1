//! The kinds of failure of a way between two servers.

use crate::base::words;

/// Why a way between two servers did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The active side will not connect to another machine than the client's.
    RefusedPort,
    /// The active side does not know PORT or EPRT.
    PortUnknown,
    /// The passive side turns away whoever is not the client.
    RefusedPeer,
    /// The passive side says nothing when somebody else than the client connects.
    SilentPeer,
    /// The active side cannot reach the passive one.
    Unreachable,
    /// The TLS server on the data connection wants the session of the control connection, which
    /// another server cannot have.
    SessionReuse,
    /// The side cannot or will not take its part under TLS.
    TlsRole,
    /// The source loses data as TLS client.
    LossyRole,
    /// The TLS client does not trust the other server's certificate.
    Certificate,
    /// The side takes no data in the clear.
    ClearRefused,
    /// The passive side opens no port.
    NoPassive,
    /// The passive side wants PRET before PASV.
    PretNeeded,
    /// The announced address is not to be trusted, or not known.
    Address,
    /// The server takes no more connections.
    LoginLimit,
    /// The server does not let this user do it.
    Permission,
    /// The destination is full.
    Space,
    /// What arrived is not what was sent.
    Damaged,
    /// It may work a little later.
    Transient,
    /// No way is left to try.
    NoWay,
    /// Something else, in the server's words.
    Other,
}

words!(Cause {
    RefusedPort: "refused-port",
    PortUnknown: "port-unknown",
    RefusedPeer: "refused-peer",
    SilentPeer: "silent-peer",
    Unreachable: "unreachable",
    SessionReuse: "session-reuse",
    TlsRole: "tls-role",
    LossyRole: "lossy-role",
    Certificate: "certificate",
    ClearRefused: "clear-refused",
    NoPassive: "no-passive",
    PretNeeded: "pret-needed",
    Address: "address",
    LoginLimit: "login-limit",
    Permission: "permission",
    Space: "space",
    Damaged: "damaged",
    Transient: "transient",
    NoWay: "no-way",
    Other: "other"
});

impl Cause {
    /// True when another way between the same servers may work (transfer rule 4).
    #[must_use]
    pub fn is_of_the_way(self) -> bool {
        match self {
            Self::RefusedPort
            | Self::PortUnknown
            | Self::RefusedPeer
            | Self::SilentPeer
            | Self::Unreachable
            | Self::SessionReuse
            | Self::TlsRole
            | Self::LossyRole
            | Self::Certificate
            | Self::ClearRefused
            | Self::NoPassive
            | Self::PretNeeded
            | Self::NoWay => true,
            Self::Address
            | Self::LoginLimit
            | Self::Permission
            | Self::Space
            | Self::Damaged
            | Self::Transient
            | Self::Other => false,
        }
    }

    /// True when the server said no, rather than that something broke.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        !matches!(
            self,
            Self::SilentPeer
                | Self::Unreachable
                | Self::Damaged
                | Self::LossyRole
                | Self::Transient
                | Self::Other
                | Self::NoWay
        )
    }
}
