//! TLS of the demo server: the certificate that it generates at start, and its role as a client.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::net::tls::ClientTlsOptions;
use crate::net::{
    CertPolicy, CertRefusal, ClientTls, MinTls, NetError, PresentedCert, ServerTls, Stream,
    TlsContext,
};

use crate::demo::DemoError;

/// How long the peer may take for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(120);

/// A certificate with its key, and the TLS settings for both roles.
#[derive(Clone)]
pub(crate) struct TlsKit {
    certificate: Vec<u8>,
    key: Vec<u8>,
    /// The only client certificate that is accepted; `None` requests no certificate.
    demanded: Option<Vec<u8>>,
    server: ServerTls,
    client: TlsContext,
}

impl TlsKit {
    /// Generates a certificate.
    pub(crate) fn make(demanded: Option<Vec<u8>>) -> Result<Self, DemoError> {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names)?;
        let certificate = made.cert.der().to_vec();
        let key = made.signing_key.serialize_der();
        let server = ServerTls::requiring_client_certificate(
            certificate.clone(),
            key.clone(),
            demanded.clone(),
        )?;
        Ok(Self { certificate, key, demanded, server, client: TlsContext::new() })
    }

    /// The SHA-256 of the certificate in lower-case hex.
    pub(crate) fn fingerprint(&self) -> &str {
        self.server.fingerprint()
    }

    /// TLS for one control connection and its data connections. With `own_sessions` only these can
    /// resume each other's sessions, as on ProFTPD.
    pub(crate) fn server(&self, own_sessions: bool) -> Result<ServerTls, NetError> {
        if own_sessions {
            let (certificate, key) = (self.certificate.clone(), self.key.clone());
            ServerTls::requiring_client_certificate(certificate, key, self.demanded.clone())
        } else {
            Ok(self.server.clone())
        }
    }

    /// Starts TLS as the client on a data connection. Like real servers, it does not verify the
    /// certificate.
    pub(crate) async fn connect(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
    ) -> Result<Stream, NetError> {
        let options = ClientTlsOptions {
            host: peer.ip().to_string(),
            port: peer.port(),
            min: MinTls::Tls12,
            only_12: false,
            identity: None,
            policy: Arc::new(AcceptAny),
        };
        ClientTls::new(&self.client, options)?.wrap(socket, HANDSHAKE).await
    }
}

impl fmt::Debug for TlsKit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsKit({})", self.fingerprint())
    }
}

/// Performs the handshake as the server.
pub(crate) async fn accept(tls: &ServerTls, socket: TcpStream) -> Result<Stream, NetError> {
    tls.accept(socket, HANDSHAKE).await
}

/// Accepts every certificate.
#[derive(Debug)]
struct AcceptAny;

impl CertPolicy for AcceptAny {
    fn check(&self, _: &PresentedCert) -> Result<(), CertRefusal> {
        Ok(())
    }
}
