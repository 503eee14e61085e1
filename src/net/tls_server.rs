//! Server-side TLS, for the control and data connections of the embedded server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::ring as ring_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsStream};

use crate::net::certificate::fingerprint;
use crate::net::{NetError, Stream};

/// Server-side TLS with one certificate.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    fingerprint: String,
}

impl ServerTls {
    /// TLS with this certificate (DER) and its private key (PKCS #8 DER).
    ///
    /// # Errors
    /// [`NetError::Tls`] when certificate and key do not match.
    pub fn new(certificate: Vec<u8>, key: Vec<u8>) -> Result<Self, NetError> {
        Self::requiring_client_certificate(certificate, key, None)
    }

    /// Like [`ServerTls::new`], but accepts only clients that present the certificate `client`
    /// (DER), if given.
    ///
    /// # Errors
    /// As [`ServerTls::new`].
    pub fn requiring_client_certificate(
        certificate: Vec<u8>,
        key: Vec<u8>,
        client: Option<Vec<u8>>,
    ) -> Result<Self, NetError> {
        let failed = |error: &dyn fmt::Display| NetError::Tls(error.to_string());
        let fingerprint = fingerprint(&certificate);
        let key = PrivateKeyDer::try_from(key).map_err(|error| failed(&error))?;
        let provider = Arc::new(ring_provider::default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?;
        let config = match client {
            None => config.with_no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots.add(client.into()).map_err(|error| failed(&error))?;
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
                config.with_client_cert_verifier(verifier.map_err(|error| failed(&error))?)
            }
        };
        let config = config
            .with_single_cert(vec![CertificateDer::from(certificate)], key)
            .map_err(|error| failed(&error))?;
        Ok(Self { config: Arc::new(config), fingerprint })
    }

    /// SHA-256 of the certificate, lower-case hex.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Performs the handshake with a client.
    ///
    /// # Errors
    /// [`NetError::Timeout`], or the TLS failure.
    pub async fn accept(&self, socket: TcpStream, limit: Duration) -> Result<Stream, NetError> {
        let acceptor = TlsAcceptor::from(self.config.clone());
        match timeout(limit, acceptor.accept(socket)).await {
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(TlsStream::Server(stream)))),
            Ok(Err(error)) => Err(NetError::from_io(error)),
            Err(_) => Err(NetError::Timeout { step: "TLS handshake".to_owned(), after: limit }),
        }
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerTls({})", self.fingerprint)
    }
}
