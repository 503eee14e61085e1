//! Sockets, TLS, time limits, and the control connection.
//!
//! Rung 2. Nothing here knows what a login or a transfer is; it moves commands out and replies
//! in, opens data connections, and says clearly what went wrong with them.

pub mod certificate;
pub mod control;
pub mod data;
pub mod dial;
pub mod dialogue;
pub mod egress;
pub mod error;
pub mod stream;
pub mod tls;
pub mod tls_server;

pub use certificate::{
    CertFacts, CertJudge, CertRefusal, Presented, TlsMatter, TrustedCert, Validity,
};
pub use control::Control;
pub use data::{DataConnection, DataListener};
pub use dial::Dial;
pub use dialogue::{Dialogue, Line, Speaker};
pub use egress::{Egress, Proxy};
pub use error::NetError;
pub use stream::Stream;
pub use tls::{ClientTls, Identity, MinTls, TlsContext};
pub use tls_server::ServerTls;
