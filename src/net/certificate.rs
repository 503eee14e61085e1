//! What is judged about a certificate, and how the answer gets through the TLS stack.

use std::fmt;
use std::io;
use std::sync::Arc;

use ring::digest;
use thiserror::Error;
use tokio_rustls::rustls::{
    self, AlertDescription, CertificateError, OtherError, PeerIncompatible,
};

/// A certificate that a server presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The name or address that was connected to.
    pub host: String,
    /// The port that was connected to.
    pub port: u16,
    /// SHA-256 of the certificate, lower-case hex.
    pub fingerprint: String,
    /// `None` when a root of the system vouches for it, else why not.
    pub distrust: Option<String>,
}

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertRefusal {
    /// Nobody vouches for it, and it was never seen before.
    #[error("the certificate is not known ({reason}); its SHA-256 is {fingerprint}")]
    Unknown {
        /// SHA-256, lower-case hex.
        fingerprint: String,
        /// Why the system's roots do not vouch for it.
        reason: String,
    },
    /// Another one was trusted before.
    #[error(
        "the certificate has changed: trusted since {since} was {trusted}, now it is {fingerprint}"
    )]
    Changed {
        /// SHA-256 of what came, lower-case hex.
        fingerprint: String,
        /// SHA-256 of what is trusted.
        trusted: String,
        /// When the trusted one was first seen.
        since: String,
    },
    /// A data connection showed another certificate than its control connection.
    #[error("the data connection shows another certificate than the control connection")]
    DataDiffers,
}

/// Decides whether a certificate is trusted.
pub trait CertJudge: Send + Sync + fmt::Debug {
    /// Accepts or refuses.
    ///
    /// # Errors
    /// The refusal, which ends the handshake and reaches the caller of the connection.
    fn judge(&self, presented: &Presented) -> Result<(), CertRefusal>;
}

/// SHA-256 of a certificate, lower-case hex.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The refusal as the TLS stack carries it to the caller of the handshake.
pub(crate) fn refuse(refusal: CertRefusal) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(refusal))).into()
}

/// The judge's refusal inside an I/O error of a TLS stream.
pub(crate) fn refusal_in(error: &io::Error) -> Option<CertRefusal> {
    match tls_error(error)? {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<CertRefusal>().cloned()
        }
        _ => None,
    }
}

/// The words of a TLS failure inside an I/O error.
pub(crate) fn tls_failure(error: &io::Error) -> Option<String> {
    tls_error(error).map(ToString::to_string)
}

/// What two sides of TLS may not agree upon (RFC 8446 section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMatter {
    /// The version of the protocol.
    Version,
    /// Our certificate: there is none, or not one that the server knows.
    OurCertificate,
    /// The server does not say; before TLS 1.3 a missing certificate is told so as well.
    Anything,
}

/// What was not agreed upon, where the failure is a refusal.
pub(crate) fn tls_matter(error: &io::Error) -> Option<TlsMatter> {
    match tls_error(error)? {
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::ProtocolVersion => Some(TlsMatter::Version),
            AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => Some(TlsMatter::OurCertificate),
            AlertDescription::HandshakeFailure => Some(TlsMatter::Anything),
            _ => None,
        },
        rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Some(TlsMatter::Version),
        _ => None,
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref::<rustls::Error>()
}
