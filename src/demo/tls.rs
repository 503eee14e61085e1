//! TLS of the embedded server: its certificate, made when it starts, and its role as a client.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::net::tls::ClientTlsOptions;
use crate::net::{
    CertJudge, CertRefusal, ClientTls, MinTls, NetError, Presented, ServerTls, Stream, TlsContext,
};

use crate::demo::DemoError;

/// How long the other side of a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(120);

/// A certificate with its key, and what TLS clients need.
#[derive(Clone)]
pub(crate) struct TlsKit {
    certificate: Vec<u8>,
    key: Vec<u8>,
    /// The only certificate that clients may show; none is asked for without one.
    demanded: Option<Vec<u8>>,
    server: ServerTls,
    client: TlsContext,
}

impl TlsKit {
    /// Makes a certificate.
    pub(crate) fn make(demanded: Option<Vec<u8>>) -> Result<Self, DemoError> {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names)?;
        let certificate = made.cert.der().to_vec();
        let key = made.signing_key.serialize_der();
        let server = ServerTls::demanding(certificate.clone(), key.clone(), demanded.clone())?;
        Ok(Self { certificate, key, demanded, server, client: TlsContext::new() })
    }

    /// SHA-256 of the certificate, lower-case hex.
    pub(crate) fn fingerprint(&self) -> &str {
        self.server.fingerprint()
    }

    /// TLS for one control connection and its data connections. With `own_sessions` only they
    /// can resume each other's sessions, as ProFTPD has it.
    pub(crate) fn server(&self, own_sessions: bool) -> Result<ServerTls, NetError> {
        if own_sessions {
            let (certificate, key) = (self.certificate.clone(), self.key.clone());
            ServerTls::demanding(certificate, key, self.demanded.clone())
        } else {
            Ok(self.server.clone())
        }
    }

    /// Puts a data connection under TLS as client; whoever answers is believed, as servers do.
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
            judge: Arc::new(Anybody),
        };
        ClientTls::new(&self.client, options)?.wrap(socket, HANDSHAKE).await
    }
}

impl fmt::Debug for TlsKit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsKit({})", self.fingerprint())
    }
}

/// Waits for the client's handshake.
pub(crate) async fn accept(tls: &ServerTls, socket: TcpStream) -> Result<Stream, NetError> {
    tls.accept(socket, HANDSHAKE).await
}

/// Believes every certificate.
#[derive(Debug)]
struct Anybody;

impl CertJudge for Anybody {
    fn judge(&self, _: &Presented) -> Result<(), CertRefusal> {
        Ok(())
    }
}
