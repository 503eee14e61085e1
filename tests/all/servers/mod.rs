//! Real FTP servers: what `tests/servers` starts.
//!
//! Tests here are ignored by default and run by `tests/run`, which starts the servers and names
//! them in `FXPANE_SERVERS`. Their addresses are fixed, but every test has folders of its own on
//! them ([`Server::folder`]), so that tests run side by side.

mod after;
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
mod pipes;
mod proof;
mod queue;
mod resume;
pub(crate) mod server;
mod sync;
mod ways;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use cp::server;
use server::{Server, Tls};

use crate::program::Program;

/// A place for the program in which these servers are bookmarks under their own names.
fn bookmarks(servers: &[&Server]) -> Program {
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

/// A plain control connection that asks and waits for its reply, nothing more.
struct Plain {
    reader: BufReader<TcpStream>,
}

impl Plain {
    fn open(server: &Server) -> Self {
        let socket = TcpStream::connect((server.host.as_str(), server.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
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
    let servers = Server::all().unwrap();
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
        let folder = server.folder().unwrap();
        fs::write(folder.local().join("size"), [7; 1234]).unwrap();
        let remote = &folder.remote;
        control.ask("TYPE I");
        assert_eq!(control.ask(&format!("SIZE {remote}/size")), (213, "1234".to_owned()), "{name}");
        let (code, text) = control.ask(&format!("MKD {remote}/new"));
        assert_eq!(code, 257, "{name}: {text}");
        assert!(folder.local().join("new").is_dir(), "{name}");
        control.ask("QUIT");
    }
}
