//! A server that requires a client certificate and TLS 1.2: a private ProFTPD, used through the
//! command line.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::CertifiedKey;

use super::Server;
use crate::cli::{Ran, ran};
use crate::program::Program;

const PASSWORD: &str = "certified-pass";
/// Used by this server only, so that no other program takes its port before it starts.
const HOST: &str = "127.0.0.79";

/// A private ProFTPD; stopped when dropped.
struct PrivateServer {
    child: Child,
    home: tempfile::TempDir,
    port: u16,
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // it may already have exited
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn certificate(name: &str) -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    (pem("CERTIFICATE", cert.der()), pem("PRIVATE KEY", &signing_key.serialize_der()))
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Starts a ProFTPD that accepts only the client certificate `client`, over TLS 1.2.
fn start(client: &str) -> PrivateServer {
    // where `tests/servers/servers.sh install` installs the servers
    let prefix = std::env::var_os("FXPANE_SERVERS_PREFIX")
        .map_or_else(|| PathBuf::from("/var/cache/fxpane-servers"), PathBuf::from)
        .join("root");
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let at = |name: &str| home.path().join(name);
    let shown = |name: &str| at(name).to_str().unwrap().to_owned();
    let (certificate, key) = certificate("server");
    write_private(&at("server.pem"), &(certificate + &key));
    write_private(&at("clients.pem"), client);
    fs::create_dir(at("files")).unwrap();
    fs::write(at("files/there"), "content").unwrap();
    fs::set_permissions(at("files"), fs::Permissions::from_mode(0o777)).unwrap();
    let hash = ran(Command::new("openssl").args(["passwd", "-6", PASSWORD])).is(0).out;
    write_private(
        &at("passwd"),
        &format!("fxp:{}:65534:65534::{}:/bin/false\n", hash.trim(), shown("files")),
    );
    write_private(&at("group"), "fxp:x:65534:\n");
    let port = TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port();
    let conf = format!(
        "ModulePath {modules}\nLoadModule mod_tls.c\nServerName private\nServerType standalone\n\
         DefaultAddress {HOST}\nSocketBindTight on\nPort {port}\nUseIPv6 off\nUseReverseDNS off\n\
         User nobody\nGroup nogroup\nAuthOrder mod_auth_file.c\nAuthUserFile {passwd}\n\
         AuthGroupFile {group}\nRequireValidShell off\nDefaultRoot ~\nDelayEngine off\nWtmpLog off\n\
         TransferLog none\nSystemLog {log}\nPidFile {pid}\nScoreboardFile {board}\n\
         <IfModule mod_ctrls.c>\nControlsEngine off\n</IfModule>\n\
         TLSEngine on\nTLSLog {tls}\nTLSRequired on\nTLSProtocol TLSv1.2\nTLSVerifyClient on\n\
         TLSECCertificateFile {server}\nTLSECCertificateKeyFile {server}\n\
         TLSCACertificateFile {clients}\n",
        modules = prefix.join("usr/lib/proftpd").display(),
        passwd = shown("passwd"),
        group = shown("group"),
        log = shown("system.log"),
        tls = shown("tls.log"),
        pid = shown("pid"),
        board = shown("scoreboard"),
        server = shown("server.pem"),
        clients = shown("clients.pem"),
    );
    fs::write(at("proftpd.conf"), conf).unwrap();
    let mut command = Command::new(prefix.join("usr/sbin/proftpd"));
    command.args(["-n", "-q", "-c"]).arg(at("proftpd.conf")).stdout(Stdio::null());
    let mut child = command.stderr(fs::File::create(at("stderr")).unwrap()).spawn().unwrap();
    let started = Instant::now();
    loop {
        if let Ok(socket) = TcpStream::connect((HOST, port)) {
            let mut line = String::new();
            BufReader::new(socket).read_line(&mut line).unwrap();
            assert!(line.starts_with("220"), "{line}");
            break;
        }
        let errors = || fs::read_to_string(at("stderr")).unwrap();
        assert!(child.try_wait().unwrap().is_none(), "{}", errors());
        assert!(started.elapsed() < Duration::from_secs(60), "{}", errors());
        std::thread::sleep(Duration::from_millis(20));
    }
    PrivateServer { child, home, port }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn a_server_that_requires_a_client_certificate_and_tls_1_2() {
    // fails with a hint if the real servers are not running
    Server::all().unwrap();
    let (client_cert, client_key) = certificate("us");
    let server = start(&client_cert);
    let program = Program::new().unwrap();
    let home = server.home.path();
    let (chain, key) = (home.join("us.pem"), home.join("us.key"));
    fs::write(&chain, &client_cert).unwrap();
    write_private(&key, &client_key);
    let both = home.join("both.pem");
    write_private(&both, &(client_cert + &client_key));
    let run = |words: &[&str]| -> Ran {
        let mut command = program.fxpane(words);
        command.env("PRIVATE_PASSWORD", PASSWORD);
        ran(&mut command)
    };
    let url = format!("ftpes://fxp@{HOST}:{}", server.port);
    run(&["sites", "add", "it", &url, "--password", "env:PRIVATE_PASSWORD"]).is(0);
    let ls = || run(&["ls", "-1", "--insecure", "it:"]);
    let set = |setting: String| run(&["sites", "edit", "it", "--set", &setting]).is(0);

    let bare = ls().is(3);
    assert!(bare.err.contains("client_certificate"), "{bare:?}");
    assert!(!bare.err.contains(PASSWORD), "{bare:?}");
    // both in one file, then certificate and key in separate files
    set(format!("client_certificate={}", both.display()));
    assert_eq!(ls().is(0).out, "there\n");
    set(format!(
        "client_certificate={{ certificate = \"{}\", key = \"{}\" }}",
        chain.display(),
        key.display()
    ));
    assert_eq!(run(&["get", "-q", "--insecure", "it:there", "-"]).is(0).out, "content");
    let up = run(&["put", "--json", "--insecure", chain.to_str().unwrap(), "it:up/"]).is(0);
    assert_eq!(up.objects()[0]["protected"], true, "{up:?}");
    assert_eq!(fs::read(home.join("files/up/us.pem")).unwrap(), fs::read(&chain).unwrap());
    // a certificate that the server does not trust
    let (untrusted, untrusted_key) = certificate("stranger");
    let untrusted_file = home.join("stranger.pem");
    write_private(&untrusted_file, &(untrusted + &untrusted_key));
    set(format!("client_certificate={}", untrusted_file.display()));
    assert!(ls().is(3).err.contains("client_certificate"));
    let missing = home.join("nothing.pem");
    set(format!("client_certificate={}", missing.display()));
    assert!(ls().is(3).err.contains("nothing.pem"));

    set(format!("client_certificate={}", both.display()));
    set("min_tls=1.3".to_owned());
    let old = ls().is(3);
    assert!(old.err.contains("min_tls"), "{old:?}");
    set("min_tls=1.2".to_owned());
    assert_eq!(ls().is(0).out, "there\nup\n");
}
