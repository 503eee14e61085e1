//! Tests on the real FTP servers that `tests/servers` starts.
//!
//! These tests are ignored by default. `tests/run` starts the servers and names them in
//! `FXPANE_SERVERS`. The servers have fixed addresses, but every test has its own directories on
//! them ([`Server::test_dir`]), so that tests can run in parallel.

mod certificates;
mod commands;
mod cp;
mod doctor;
mod export;
pub(crate) mod files;
mod imports;
mod logins;
pub(crate) mod pair;
mod pairwise;
mod permissions_and_text;
mod pipes;
mod queue;
mod resume;
mod routes;
pub(crate) mod server;
mod sync;
mod verify;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use cp::server;
use server::{Server, Tls};

use crate::program::Program;

/// A program in which these servers are sites under their own names.
fn program_with_sites(servers: &[&Server]) -> Program {
    let program = Program::new().unwrap();
    let home = program.other("x").get_current_dir().unwrap().to_owned();
    let mut sites = String::new();
    for Server { name, host, port, user, pass, tls, .. } in servers {
        let security = if *tls == Tls::Required { "explicit" } else { "none" };
        sites += &format!(
            "[[site]]\nname = \"{name}\"\nhost = \"{host}\"\nport = {port}\nuser = \"{user}\"\n\
             password = {{ plain = \"{pass}\" }}\nsecurity = \"{security}\"\n\n"
        );
    }
    fs::create_dir_all(home.join("config")).unwrap();
    fs::write(home.join("config").join("sites.toml"), sites).unwrap();
    program
}

/// An unencrypted control connection that sends one command at a time.
struct PlainControl {
    reader: BufReader<TcpStream>,
}

impl PlainControl {
    fn open(server: &Server) -> Self {
        let socket = TcpStream::connect((server.host.as_str(), server.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut control = Self { reader: BufReader::new(socket) };
        assert_eq!(control.reply().0, 220, "{}: greeting", server.name);
        control
    }

    /// Code and text of the last line of the next reply, after any number of `NNN-text` lines.
    fn reply(&mut self) -> (u16, String) {
        loop {
            let mut line = String::new();
            assert!(
                self.reader.read_line(&mut line).unwrap() > 0,
                "the server closed the connection"
            );
            let (code, text) = line.trim_end().split_at_checked(3).unwrap_or_default();
            if let (Ok(code), Some(text)) = (code.parse(), text.strip_prefix(' ')) {
                return (code, text.to_owned());
            }
        }
    }

    fn send(&mut self, command: &str) -> (u16, String) {
        self.reader.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        self.reply()
    }
}

/// Every server matches `servers.json`: login, TLS, root directory, write permission. If this test
/// fails, failures of the other tests mean nothing.
#[test]
#[ignore = "needs real servers: tests/run"]
fn every_server_matches_servers_json() {
    let servers = Server::all().unwrap();
    assert!(servers.len() > 3, "{servers:?}");
    for server in servers {
        let name = &server.name;
        let (code, text) = PlainControl::open(&server).send("AUTH TLS");
        assert_eq!(code == 234, server.tls != Tls::None, "{name}: {code} {text}");
        let mut control = PlainControl::open(&server);
        let (code, text) = control.send(&format!("USER {}", server.user));
        if server.tls == Tls::Required {
            assert!(code >= 500, "{name} accepts a login without TLS: {code} {text}");
            continue;
        }
        assert_eq!(code, 331, "{name}: {text}");
        let (code, text) = control.send(&format!("PASS {}", server.pass));
        assert_eq!(code, 230, "{name}: {text}");
        let directory = server.test_dir().unwrap();
        fs::write(directory.local().join("size"), [7; 1234]).unwrap();
        let remote = &directory.remote;
        control.send("TYPE I");
        assert_eq!(
            control.send(&format!("SIZE {remote}/size")),
            (213, "1234".to_owned()),
            "{name}"
        );
        let (code, text) = control.send(&format!("MKD {remote}/new"));
        assert_eq!(code, 257, "{name}: {text}");
        assert!(directory.local().join("new").is_dir(), "{name}");
        control.send("QUIT");
    }
}
