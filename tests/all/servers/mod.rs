//! Real FTP servers: what `tests/servers` starts.
//!
//! Tests here are ignored by default and run by `tests/run`, which starts the servers and names
//! them in `FXPANE_SERVERS`. Their addresses are fixed, but every test has folders of its own on
//! them ([`Server::folder`]), so that tests run side by side.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

/// One server, as `servers.json` tells of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Server {
    /// Unique; `tests/servers/README.md` has the list.
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) pass: String,
    pub(crate) tls: Tls,
    /// The server's root folder on this machine.
    pub(crate) root: PathBuf,
}

/// How a server wants its control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tls {
    None,
    Optional,
    Required,
}

/// A folder on a server that one test has to itself; removed at its end.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: TempDir,
    /// How an FTP client names it.
    pub(crate) remote: String,
}

impl Folder {
    /// The folder as this machine sees it.
    pub(crate) fn local(&self) -> &std::path::Path {
        self.dir.path()
    }
}

impl Server {
    /// A new folder on this server; its own users may write to it.
    pub(crate) fn folder(&self) -> Folder {
        let dir = tempfile::Builder::new()
            .prefix("test-")
            .rand_bytes(12)
            .tempdir_in(self.root.join("out"))
            .expect("the servers' folders are writable for root only: run as root");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let name = dir.path().file_name().unwrap().to_str().unwrap().to_owned();
        Folder { dir, remote: format!("/out/{name}") }
    }
}

/// All servers that run.
pub(crate) fn all() -> Vec<Server> {
    let path = std::env::var_os("FXPANE_SERVERS")
        .expect("not run: real servers are not there; tests/run starts them");
    let text = fs::read_to_string(&path).expect("FXPANE_SERVERS names a readable servers.json");
    serde_json::from_str(&text).expect("servers.json is a list of servers")
}

/// A plain control connection that asks and waits for its reply, nothing more.
struct Plain {
    reader: BufReader<TcpStream>,
}

impl Plain {
    fn open(server: &Server) -> Self {
        let socket = TcpStream::connect((server.host.as_str(), server.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut control = Self { reader: BufReader::new(socket) };
        assert_eq!(control.reply().0, 220, "{}: greeting", server.name);
        control
    }

    /// The last line of the next reply: `NNN text` after any number of `NNN-text`.
    fn reply(&mut self) -> (u16, String) {
        loop {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).unwrap() > 0, "the server hung up");
            let (code, text) = line.trim_end().split_at_checked(3).unwrap_or_default();
            if let (Ok(code), Some(text)) = (code.parse(), text.strip_prefix(' ')) {
                return (code, text.to_owned());
            }
        }
    }

    fn ask(&mut self, command: &str) -> (u16, String) {
        self.reader.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        self.reply()
    }
}

/// The servers are what `servers.json` says: login, TLS rule, root folder, write permission. If
/// this fails, failures of other tests here mean nothing.
#[test]
#[ignore = "needs real servers: tests/run"]
fn every_server_is_what_it_is_said_to_be() {
    let servers = all();
    assert!(servers.len() > 3, "{servers:?}");
    for server in servers {
        let name = &server.name;
        let (code, text) = Plain::open(&server).ask("AUTH TLS");
        assert_eq!(code == 234, server.tls != Tls::None, "{name}: {code} {text}");
        let mut control = Plain::open(&server);
        let (code, text) = control.ask(&format!("USER {}", server.user));
        if server.tls == Tls::Required {
            assert!(code >= 500, "{name} lets a plain login in: {code} {text}");
            continue;
        }
        assert_eq!(code, 331, "{name}: {text}");
        let (code, text) = control.ask(&format!("PASS {}", server.pass));
        assert_eq!(code, 230, "{name}: {text}");
        let folder = server.folder();
        fs::write(folder.local().join("size"), [7; 1234]).unwrap();
        // relative to the login folder: inetutils has no root of its own
        let remote = folder.remote.trim_start_matches('/');
        control.ask("TYPE I");
        assert_eq!(control.ask(&format!("SIZE {remote}/size")), (213, "1234".to_owned()), "{name}");
        let (code, text) = control.ask(&format!("MKD {remote}/new"));
        assert_eq!(code, 257, "{name}: {text}");
        assert!(folder.local().join("new").is_dir(), "{name}");
        control.ask("QUIT");
    }
}
