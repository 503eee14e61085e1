//! The classes of failure of an FXP mode between two servers.

use crate::base::words;

/// Why an FXP mode between two servers did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// The active side refuses to connect to another address than the client's.
    RefusedPort,
    /// The active side does not know PORT or EPRT.
    PortUnknown,
    /// The passive side rejects connections from other addresses than the client's.
    RefusedPeer,
    /// The passive side silently drops connections from other addresses than the client's.
    SilentPeer,
    /// The active side cannot reach the passive one.
    Unreachable,
    /// The TLS server on the data connection demands the TLS session of the control connection,
    /// which another server cannot have.
    SessionReuse,
    /// The side cannot act as TLS client or server for FXP.
    TlsRole,
    /// The source loses data as TLS client.
    LossyRole,
    /// The TLS client does not trust the other server's certificate.
    Certificate,
    /// The side refuses unencrypted data.
    ClearRefused,
    /// The passive side opens no port.
    NoPassive,
    /// The passive side needs PRET before PASV.
    PretNeeded,
    /// The announced address is not trusted, or not known.
    Address,
    /// The server accepts no more connections.
    LoginLimit,
    /// The user has no permission.
    Permission,
    /// The destination is full.
    Space,
    /// What arrived is not what was sent.
    Damaged,
    /// It may work later.
    Transient,
    /// No FXP mode is left to try.
    NoWay,
    /// Anything else.
    Other,
}

words!(FailureClass {
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

impl FailureClass {
    /// True when another FXP mode between the same servers may work (transfer rule 4).
    #[must_use]
    pub fn is_mode_specific(self) -> bool {
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

    /// True when the server refused, rather than that something broke.
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
