//! Certificates: what is checked and shown to the user, and how a refusal is passed through the TLS
//! stack.

use std::fmt;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ring::digest;
use thiserror::Error;
use tokio_rustls::rustls::{
    self, AlertDescription, CertificateError, OtherError, PeerIncompatible,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

/// The days on which a certificate is valid (RFC 5280 section 4.1.2.5), in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first valid day.
    pub from: Date,
    /// The last valid day.
    pub until: Date,
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "valid from {} until {}", self.from, self.until)
    }
}

/// The properties by which a person recognizes a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertInfo {
    /// SHA-256, lower-case hex.
    pub fingerprint: String,
    /// `None` when it was not recorded or cannot be parsed.
    pub validity: Option<Validity>,
}

impl CertInfo {
    /// Reads the properties of a DER certificate.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        Self { fingerprint: fingerprint(certificate), validity: validity(certificate) }
    }
}

impl fmt::Display for CertInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint)?;
        match &self.validity {
            Some(validity) => write!(f, " ({validity})"),
            None => Ok(()),
        }
    }
}

/// The certificate that was trusted before the server presented a different one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedCert {
    /// The recorded properties.
    pub facts: CertInfo,
    /// The day on which the user trusted it, `YYYY-MM-DD`.
    pub since: String,
}

/// A certificate that a server presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedCert {
    /// The host name or address of the connection.
    pub host: String,
    /// The port of the connection.
    pub port: u16,
    /// The properties of the certificate.
    pub facts: CertInfo,
    /// Why it is not signed by a trusted authority of the system; `None` if it is.
    pub distrust: Option<String>,
}

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertRefusal {
    /// It is not signed by a trusted authority, and the user has not trusted it.
    #[error("the certificate is not trusted ({reason}); its SHA-256 fingerprint is {shown}")]
    Unknown {
        /// The presented certificate.
        shown: CertInfo,
        /// Why no trusted authority of the system vouches for it.
        reason: String,
    },
    /// The user trusted a different certificate for this server.
    #[error(
"the certificate has changed: {} was trusted on {}, now the server presents {shown}",
trusted.facts, trusted.since
)]
    Changed {
        /// The presented certificate.
        shown: CertInfo,
        /// The trusted certificate.
        trusted: TrustedCert,
    },
    /// A data connection presented a different certificate than its control connection.
    #[error("the data connection presents a different certificate than the control connection")]
    DataDiffers,
}

/// Decides whether a certificate is trusted.
pub trait CertPolicy: Send + Sync + fmt::Debug {
    /// Accepts or refuses a certificate.
    ///
    /// # Errors
    /// The refusal; it ends the handshake and is returned to the caller that connects.
    fn check(&self, presented: &PresentedCert) -> Result<(), CertRefusal>;
}

/// SHA-256 of a certificate, lower-case hex.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The days on which a certificate is valid; `None` when it cannot be parsed.
fn validity(certificate: &[u8]) -> Option<Validity> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let day = |time: &ASN1Time| {
        let at = Timestamp::from_second(time.timestamp()).ok()?;
        Some(at.to_zoned(TimeZone::UTC).date())
    };
    let validity = certificate.validity();
    Some(Validity { from: day(&validity.not_before)?, until: day(&validity.not_after)? })
}

/// Wraps a refusal in a TLS error, from which [`refusal_in`] extracts it.
pub(crate) fn refuse(refusal: CertRefusal) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(refusal))).into()
}

/// The [`CertRefusal`] inside an I/O error of a TLS stream.
pub(crate) fn refusal_in(error: &io::Error) -> Option<CertRefusal> {
    match tls_error(error)? {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<CertRefusal>().cloned()
        }
        _ => None,
    }
}

/// The text of a TLS failure inside an I/O error.
pub(crate) fn tls_failure(error: &io::Error) -> Option<String> {
    tls_error(error).map(ToString::to_string)
}

/// What the two sides of a TLS handshake did not agree on (RFC 8446 section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMismatch {
    /// The protocol version.
    Version,
    /// The client certificate: missing, or unknown to the server.
    ClientCertificate,
    /// The alert does not say. Before TLS 1.3 a missing client certificate is reported like this
    /// too.
    Unspecified,
}

/// What was not agreed on, if the failure is a refusal by either side.
pub(crate) fn tls_mismatch(error: &io::Error) -> Option<TlsMismatch> {
    match tls_error(error)? {
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::ProtocolVersion => Some(TlsMismatch::Version),
            AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => Some(TlsMismatch::ClientCertificate),
            AlertDescription::HandshakeFailure => Some(TlsMismatch::Unspecified),
            _ => None,
        },
        rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Some(TlsMismatch::Version),
        _ => None,
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref::<rustls::Error>()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn validity_is_read_from_the_certificate() {
        let mut params = CertificateParams::new(vec!["ftp.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2025, 3, 1);
        params.not_after = date_time_ymd(2055, 12, 31);
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let facts = CertInfo::of(certificate.der());
        let validity = Validity { from: date(2025, 3, 1), until: date(2055, 12, 31) };
        assert_eq!(facts.validity, Some(validity));
        let digits = fingerprint(certificate.der());
        assert_eq!(facts.to_string(), format!("{digits} (valid from 2025-03-01 until 2055-12-31)"));
        // an unreadable certificate still has a fingerprint
        let broken = CertInfo::of(&certificate.der()[..40]);
        assert_eq!((broken.validity, broken.fingerprint.len()), (None, 64));
        assert_eq!(broken.to_string(), broken.fingerprint);
    }
}
