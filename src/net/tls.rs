//! TLS for control and data connections. A [`CertPolicy`] passed in decides which certificates are
//! trusted.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring as ring_provider};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    version,
};
use tokio_rustls::{TlsConnector, TlsStream};
use zeroize::Zeroizing;

use crate::base::words;
use crate::net::certificate::{CertInfo, CertPolicy, CertRefusal, PresentedCert, refuse};
use crate::net::{NetError, Stream};

/// How many TLS sessions a control connection caches for its data connections.
const SESSIONS: usize = 32;

/// The minimum TLS version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MinTls {
    /// TLS 1.2 and 1.3.
    #[default]
    Tls12,
    /// TLS 1.3 only.
    Tls13,
}

words!(MinTls { Tls12: "1.2", Tls13: "1.3" });

/// What all TLS connections of the program share: the algorithms and the system's root
/// certificates.
///
/// The roots are loaded on first use, so that runs without TLS do not pay for them.
#[derive(Debug, Clone)]
pub struct TlsContext {
    provider: Arc<CryptoProvider>,
    roots: Arc<OnceLock<Option<Arc<WebPkiServerVerifier>>>>,
}

impl Default for TlsContext {
    fn default() -> Self {
        Self::new()
    }
}

impl TlsContext {
    /// A context with the algorithms of the `ring` crate.
    #[must_use]
    pub fn new() -> Self {
        Self { provider: Arc::new(ring_provider::default_provider()), roots: Arc::default() }
    }

    fn roots(&self) -> Option<Arc<WebPkiServerVerifier>> {
        self.roots
            .get_or_init(|| {
                let mut store = RootCertStore::empty();
                let found = rustls_native_certs::load_native_certs();
                for error in &found.errors {
                    tracing::warn!(%error, "cannot read a system certificate");
                }
                store.add_parsable_certificates(found.certs);
                // without any root every certificate must be trusted by its fingerprint
                WebPkiServerVerifier::builder_with_provider(store.into(), self.provider.clone())
                    .build()
                    .ok()
            })
            .clone()
    }
}

/// A client certificate with its key, for servers that request one (RFC 4217 section 4).
#[derive(Clone)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
    file: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.file)
    }
}

impl Identity {
    /// Reads a certificate chain and a key, both PEM; they may be in the same file.
    ///
    /// # Errors
    /// [`NetError::ClientCertificate`] when a file cannot be read or does not contain a certificate
    /// or key.
    pub async fn read(chain: &Path, key: &Path) -> Result<Self, NetError> {
        let read = async |path: &Path| {
            let bytes = tokio::fs::read(path).await;
            bytes.map(Zeroizing::new).map_err(|error| unusable(path, &error))
        };
        let pem = read(chain).await?;
        let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| unusable(chain, &error))?;
        if certificates.is_empty() {
            return Err(unusable(chain, &"no PEM certificate in the file"));
        }
        let pem = read(key).await?;
        let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(key, &error))?;
        let file = chain.display().to_string();
        Ok(Self { chain: certificates, key: Arc::new(private), file })
    }
}

fn unusable(file: &Path, reason: &dyn fmt::Display) -> NetError {
    NetError::ClientCertificate { file: file.display().to_string(), reason: reason.to_string() }
}

/// TLS as a client for one control connection and its data connections.
///
/// Each control connection has its own session cache: ProFTPD refuses a data connection that
/// resumes another control connection's session (docs/servers.md "TLS session reuse").
#[derive(Debug, Clone)]
pub struct ClientTls {
    connector: TlsConnectorConfig,
    name: ServerName<'static>,
}

#[derive(Clone)]
struct TlsConnectorConfig(Arc<ClientConfig>);

impl fmt::Debug for TlsConnectorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientConfig")
    }
}

/// The TLS options of one control connection.
#[derive(Debug, Clone)]
pub struct ClientTlsOptions {
    /// The host as the user entered it; sent as SNI if it is a name.
    pub host: String,
    /// The port, for the certificate policy.
    pub port: u16,
    /// The minimum TLS version.
    pub min: MinTls,
    /// True to use TLS 1.2 only: the tickets of 1.3 run out during uploads to a server that
    /// requires session reuse (docs/servers.md "TLS session reuse").
    pub only_12: bool,
    /// The client certificate, for servers that request one.
    pub identity: Option<Identity>,
    /// Decides whether the server's certificate is trusted.
    pub policy: Arc<dyn CertPolicy>,
}

impl ClientTls {
    /// Creates the TLS configuration of one control connection.
    ///
    /// # Errors
    /// [`NetError::Tls`] when the host is not a valid server name, [`NetError::ClientCertificate`]
    /// when the client certificate and its key do not match.
    pub fn new(context: &TlsContext, options: ClientTlsOptions) -> Result<Self, NetError> {
        let ClientTlsOptions { host, port, min, only_12, identity, policy } = options;
        let name = ServerName::try_from(host.clone()).map_err(|error| {
            NetError::Tls(format!("{host} is not a valid server name: {error}"))
        })?;
        let versions: &[&rustls::SupportedProtocolVersion] = match (only_12, min) {
            (true, _) => &[&version::TLS12],
            (false, MinTls::Tls12) => &[&version::TLS13, &version::TLS12],
            (false, MinTls::Tls13) => &[&version::TLS13],
        };
        let verifier = Verifier {
            roots: context.roots(),
            provider: context.provider.clone(),
            policy,
            host,
            port,
            seen: Mutex::new(None),
        };
        let config = ClientConfig::builder_with_provider(context.provider.clone())
            .with_protocol_versions(versions)
            .map_err(|error| NetError::Tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match identity {
            None => config.with_no_client_auth(),
            Some(identity) => config
                .with_client_auth_cert(identity.chain, identity.key.clone_key())
                .map_err(|error| NetError::ClientCertificate {
                    file: identity.file,
                    reason: error.to_string(),
                })?,
        };
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok(Self { connector: TlsConnectorConfig(Arc::new(config)), name })
    }

    /// Performs the TLS handshake on a socket.
    ///
    /// # Errors
    /// [`NetError::Certificate`], [`NetError::Timeout`], or the TLS failure.
    pub async fn wrap(&self, socket: TcpStream, limit: Duration) -> Result<Stream, NetError> {
        let connector = TlsConnector::from(self.connector.0.clone());
        match timeout(limit, connector.connect(self.name.clone(), socket)).await {
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(TlsStream::Client(stream)))),
            Ok(Err(error)) => Err(NetError::from_io(error)),
            Err(_) => Err(NetError::Timeout { step: "TLS handshake".to_owned(), after: limit }),
        }
    }
}

/// Asks the policy about the first certificate, and requires the same one on all later connections.
#[derive(Debug)]
struct Verifier {
    roots: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    policy: Arc<dyn CertPolicy>,
    host: String,
    port: u16,
    /// The fingerprint of the control connection's certificate; data connections must present the
    /// same certificate.
    seen: Mutex<Option<String>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let facts = CertInfo::of(end_entity);
        // a poisoned lock is safe to use: the fingerprint is written in one assignment
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.as_ref() {
            return if *seen == facts.fingerprint {
                Ok(ServerCertVerified::assertion())
            } else {
                Err(refuse(CertRefusal::DataDiffers))
            };
        }
        let verified = match &self.roots {
            Some(roots) => {
                roots.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => {
                Err(rustls::Error::General("no root certificates found on this system".to_owned()))
            }
        };
        let distrust = verified.err().map(|error| match error {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                "not signed by a trusted authority".to_owned()
            }
            rustls::Error::InvalidCertificate(error) => error.to_string(),
            error => error.to_string(),
        });
        let presented = PresentedCert { host: self.host.clone(), port: self.port, facts, distrust };
        self.policy.check(&presented).map_err(refuse)?;
        *seen = Some(presented.facts.fingerprint);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
