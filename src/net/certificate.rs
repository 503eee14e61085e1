//! What is judged about a certificate, what a person is told of it, and how the answer gets
//! through the TLS stack.

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
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "valid from {} until {}", self.from, self.until)
    }
}

/// What a person compares to tell one certificate from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertFacts {
    /// SHA-256, lower-case hex.
    pub fingerprint: String,
    /// `None` where it was not noted, or cannot be read from the certificate.
    pub validity: Option<Validity>,
}

impl CertFacts {
    /// Reads them from a certificate in DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        Self { fingerprint: fingerprint(certificate), validity: validity(certificate) }
    }
}

impl fmt::Display for CertFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint)?;
        match &self.validity {
            Some(validity) => write!(f, " ({validity})"),
            None => Ok(()),
        }
    }
}

/// The certificate that was trusted before another one came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedCert {
    /// What is known of it.
    pub facts: CertFacts,
    /// The day on which it was trusted, `YYYY-MM-DD`.
    pub since: String,
}

/// A certificate that a server presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The name or address that was connected to.
    pub host: String,
    /// The port that was connected to.
    pub port: u16,
    /// The certificate.
    pub facts: CertFacts,
    /// `None` when a root of the system vouches for it, else why not.
    pub distrust: Option<String>,
}

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertRefusal {
    /// Nobody vouches for it, and it was never seen before.
    #[error("the certificate is not known ({reason}); its SHA-256 is {shown}")]
    Unknown {
        /// What came.
        shown: CertFacts,
        /// Why the system's roots do not vouch for it.
        reason: String,
    },
    /// Another one was trusted before.
    #[error(
        "the certificate has changed: trusted since {} was {}, now it is {shown}",
        trusted.since, trusted.facts
    )]
    Changed {
        /// What came.
        shown: CertFacts,
        /// What is trusted.
        trusted: TrustedCert,
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

/// The days on which a certificate is valid; `None` when it cannot be read.
fn validity(certificate: &[u8]) -> Option<Validity> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let day = |time: &ASN1Time| {
        let at = Timestamp::from_second(time.timestamp()).ok()?;
        Some(at.to_zoned(TimeZone::UTC).date())
    };
    let validity = certificate.validity();
    Some(Validity { from: day(&validity.not_before)?, until: day(&validity.not_after)? })
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_tells_the_days_on_which_it_is_valid() {
        let mut params = CertificateParams::new(vec!["ftp.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2025, 3, 1);
        params.not_after = date_time_ymd(2055, 12, 31);
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let facts = CertFacts::of(certificate.der());
        let validity = Validity { from: date(2025, 3, 1), until: date(2055, 12, 31) };
        assert_eq!(facts.validity, Some(validity));
        let digits = fingerprint(certificate.der());
        assert_eq!(facts.to_string(), format!("{digits} (valid from 2025-03-01 until 2055-12-31)"));
        // what cannot be read is still told apart
        let broken = CertFacts::of(&certificate.der()[..40]);
        assert_eq!((broken.validity, broken.fingerprint.len()), (None, 64));
        assert_eq!(broken.to_string(), broken.fingerprint);
    }
}
