//! A raw FTP client for the tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsStream;

use crate::demo::Server;
use crate::ftp::address::{parse_passive, port_argument};
use crate::ftp::{Reply, ReplyParser};
use crate::net::tls::ClientTlsOptions;
use crate::net::{CertPolicy, CertRefusal, ClientTls, MinTls, PresentedCert, Stream, TlsContext};

const LIMIT: Duration = Duration::from_secs(20);

/// The client's control connection.
pub(super) struct Client {
    stream: Option<Stream>,
    parser: ReplyParser,
    tls: Option<ClientTls>,
}

#[derive(Debug)]
struct AcceptAny;

impl CertPolicy for AcceptAny {
    fn check(&self, _: &PresentedCert) -> Result<(), CertRefusal> {
        Ok(())
    }
}

impl Client {
    /// Connects without reading anything.
    pub(super) async fn dial(server: &Server) -> Self {
        let socket = TcpStream::connect(server.address()).await.unwrap();
        socket.set_nodelay(true).unwrap();
        Self { stream: Some(Stream::Plain(socket)), parser: ReplyParser::new(), tls: None }
    }

    /// Connects and reads the banner.
    pub(super) async fn connect(server: &Server) -> Self {
        let mut client = Self::dial(server).await;
        assert_eq!(client.reply().await.code, 220);
        client
    }

    pub(super) async fn log_in(&mut self, server: &Server) {
        self.send(&format!("USER {}", server.user())).await;
        assert_eq!(self.reply().await.code, 331);
        self.send(&format!("PASS {}", server.password())).await;
        assert_eq!(self.reply().await.code, 230);
        self.expect("TYPE I", 200).await;
    }

    /// Sends bytes unchanged.
    pub(super) async fn raw(&mut self, bytes: &[u8]) {
        let stream = self.stream.as_mut().unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.flush().await.unwrap();
    }

    /// Sends bytes unchanged; false if the server no longer accepts them.
    pub(super) async fn try_raw(&mut self, bytes: &[u8]) -> bool {
        self.stream.as_mut().unwrap().write_all(bytes).await.is_ok()
    }

    /// Sends lines in one write.
    pub(super) async fn send(&mut self, lines: &str) {
        self.raw(format!("{lines}\r\n").replace('\n', "\r\n").replace("\r\r", "\r").as_bytes())
            .await;
    }

    /// The next reply; `None` when the server has closed the connection.
    pub(super) async fn try_reply(&mut self) -> Option<Reply> {
        let stream = self.stream.as_mut().unwrap();
        let mut buffer = [0; 4096];
        loop {
            if let Some(reply) = self.parser.next_reply().unwrap() {
                return Some(reply);
            }
            let read = tokio::time::timeout(LIMIT, stream.read(&mut buffer));
            match read.await.expect("no reply came") {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.parser.push(&buffer[..count]),
            }
        }
    }

    /// The next reply.
    pub(super) async fn reply(&mut self) -> Reply {
        self.try_reply().await.expect("the connection is closed")
    }

    /// The codes of the next replies.
    pub(super) async fn codes(&mut self, count: usize) -> Vec<u16> {
        let mut codes = Vec::new();
        for _ in 0..count {
            codes.push(self.reply().await.code);
        }
        codes
    }

    /// Sends a command and returns its reply.
    pub(super) async fn cmd(&mut self, line: &str) -> Reply {
        self.send(line).await;
        self.reply().await
    }

    /// Sends a command, checks the code of its reply, and returns the text.
    pub(super) async fn expect(&mut self, line: &str, code: u16) -> String {
        let reply = self.cmd(line).await;
        assert_eq!(reply.code, code, "{line}: {}", reply.shown());
        String::from_utf8(reply.text().to_vec()).unwrap()
    }

    /// The code of the reply to a command.
    pub(super) async fn code_of(&mut self, line: &str) -> u16 {
        self.cmd(line).await.code
    }

    /// Sends PASV, EPSV or CPSV, and returns the address.
    pub(super) async fn passive(&mut self, verb: &str) -> SocketAddr {
        let reply = self.cmd(verb).await;
        let found = parse_passive(&reply).unwrap_or_else(|| panic!("{}", reply.shown()));
        let own = self.stream.as_ref().unwrap().peer().unwrap().ip();
        SocketAddr::new(found.ip.unwrap_or(own), found.port)
    }

    /// Sends PASV, and returns the open data connection.
    pub(super) async fn data(&mut self) -> TcpStream {
        let address = self.passive("PASV").await;
        TcpStream::connect(address).await.unwrap()
    }

    /// Downloads a file; returns the 1xx code, the final code and the data.
    pub(super) async fn get(&mut self, line: &str) -> (u16, u16, Vec<u8>) {
        let socket = self.data().await;
        self.send(line).await;
        let begin = self.reply().await.code;
        let mut bytes = Vec::new();
        if begin < 200 {
            let mut stream = self.wrap_data(socket).await;
            // the reply tells how the data ended
            let _ = stream.read_to_end(&mut bytes).await;
            return (begin, self.reply().await.code, bytes);
        }
        (begin, begin, bytes)
    }

    /// Uploads a file; returns the 1xx code and the final code.
    pub(super) async fn put(&mut self, line: &str, bytes: &[u8]) -> (u16, u16) {
        let socket = self.data().await;
        self.send(line).await;
        let begin = self.reply().await.code;
        if begin < 200 {
            let mut stream = self.wrap_data(socket).await;
            // the reply tells how the data ended
            let _ = stream.write_all(bytes).await;
            let _ = stream.flush().await;
            let _ = stream.shutdown().await;
            return (begin, self.reply().await.code);
        }
        (begin, begin)
    }

    /// Downloads a listing as text.
    pub(super) async fn listing(&mut self, line: &str) -> String {
        let (_, code, bytes) = self.get(line).await;
        assert_eq!(code, 226, "{line}");
        String::from_utf8(bytes).unwrap()
    }

    /// Sends PORT with a local port, and returns its listener.
    pub(super) async fn active(&mut self) -> TcpListener {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let argument = port_argument(listener.local_addr().unwrap()).unwrap();
        self.expect(&format!("PORT {argument}"), 200).await;
        listener
    }

    /// Sends AUTH TLS, PBSZ and PROT P.
    pub(super) async fn protect(&mut self) {
        self.expect("AUTH TLS", 234).await;
        self.begin_tls(false).await;
        self.expect("PBSZ 0", 200).await;
        self.expect("PROT P", 200).await;
    }

    /// Performs the TLS handshake on the control connection.
    pub(super) async fn begin_tls(&mut self, only_12: bool) {
        let options = ClientTlsOptions {
            host: "localhost".to_owned(),
            port: 0,
            min: MinTls::Tls12,
            only_12,
            identity: None,
            policy: Arc::new(AcceptAny),
        };
        let tls = ClientTls::new(&TlsContext::new(), options).unwrap();
        let Some(Stream::Plain(socket)) = self.stream.take() else { panic!("TLS twice") };
        self.stream = Some(tls.wrap(socket, LIMIT).await.unwrap());
        self.tls = Some(tls);
    }

    /// Ends TLS on the control connection, which continues unencrypted.
    pub(super) async fn end_tls(&mut self) {
        let Some(Stream::Tls(stream)) = self.stream.take() else { panic!("no TLS") };
        let TlsStream::Client(mut stream) = *stream else { panic!("not a client") };
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
        stream.get_mut().1.send_close_notify();
        stream.flush().await.unwrap();
        self.stream = Some(Stream::Plain(stream.into_inner().0));
    }

    /// Opens data connections without TLS from now on.
    pub(super) fn disable_tls(&mut self) {
        self.tls = None;
    }

    /// Offers the TLS sessions of another client on data connections.
    pub(super) fn share_tls_sessions(&mut self, other: &Self) {
        self.tls = other.tls.clone();
    }

    /// Starts TLS on a data connection if the control connection uses it.
    pub(super) async fn wrap_data(&self, socket: TcpStream) -> Stream {
        match &self.tls {
            Some(tls) => tls.wrap(socket, LIMIT).await.unwrap(),
            None => Stream::Plain(socket),
        }
    }

    /// True once the server has closed the connection.
    pub(super) async fn is_closed(&mut self) -> bool {
        self.try_reply().await.is_none()
    }
}
