//! Sockets, TLS, time limits, and the control connection.
//!
//! Rung 2. Nothing here knows what a login or a transfer is; it sends commands, receives replies,
//! opens data connections, and reports what went wrong with them.

pub mod certificate;
pub mod control;
pub mod conversation;
pub mod data;
pub mod dial;
pub mod egress;
pub mod error;
pub mod stream;
pub mod tls;
pub mod tls_server;

pub use certificate::{
    CertInfo, CertPolicy, CertRefusal, PresentedCert, TlsMismatch, TrustedCert, Validity,
};
pub use control::ControlConnection;
pub use conversation::{ConversationLine, ConversationLog, LineKind};
pub use data::{DataConnection, DataListener};
pub use dial::Dial;
pub use egress::{Egress, SocksProxy};
pub use error::NetError;
pub use stream::Stream;
pub use tls::{ClientTls, Identity, MinTls, TlsContext};
pub use tls_server::ServerTls;
