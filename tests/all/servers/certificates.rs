//! A server that lets only clients with a certificate in, and one that speaks TLS 1.2 only: a
//! ProFTPD of the test's own, by the program's command line.

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
/// Of this server alone, so that nobody takes its port between two looks.
const HOST: &str = "127.0.0.79";

/// A private ProFTPD, ended with the test.
struct Private {
    child: Child,
    home: tempfile::TempDir,
    port: u16,
}

impl Drop for Private {
    fn drop(&mut self) {
        // it may have ended by itself
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

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Starts one that wants clients to show `client`, and speaks only this version of TLS.
fn start(client: &str) -> Private {
    // where `tests/servers/servers.sh install` puts the servers
    let prefix = std::env::var_os("FXPANE_SERVERS_PREFIX")
        .map_or_else(|| PathBuf::from("/var/cache/fxpane-servers"), PathBuf::from)
        .join("root");
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let at = |name: &str| home.path().join(name);
    let shown = |name: &str| at(name).to_str().unwrap().to_owned();
    let (certificate, key) = certificate("server");
    private(&at("server.pem"), &(certificate + &key));
    private(&at("clients.pem"), client);
    fs::create_dir(at("files")).unwrap();
    fs::write(at("files/there"), "content").unwrap();
    fs::set_permissions(at("files"), fs::Permissions::from_mode(0o777)).unwrap();
    let hash = ran(Command::new("openssl").args(["passwd", "-6", PASSWORD])).is(0).out;
    private(
        &at("passwd"),
        &format!("fxp:{}:65534:65534::{}:/bin/false\n", hash.trim(), shown("files")),
    );
    private(&at("group"), "fxp:x:65534:\n");
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
    let begun = Instant::now();
    loop {
        if let Ok(socket) = TcpStream::connect((HOST, port)) {
            let mut line = String::new();
            BufReader::new(socket).read_line(&mut line).unwrap();
            assert!(line.starts_with("220"), "{line}");
            break;
        }
        let said = || fs::read_to_string(at("stderr")).unwrap();
        assert!(child.try_wait().unwrap().is_none(), "{}", said());
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
    Private { child, home, port }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn a_server_that_demands_our_certificate_and_one_version_of_tls() {
    // says so where there are no real servers
    Server::all().unwrap();
    let (ours, our_key) = certificate("us");
    let server = start(&ours);
    let program = Program::new().unwrap();
    let home = server.home.path();
    let (chain, key) = (home.join("us.pem"), home.join("us.key"));
    fs::write(&chain, &ours).unwrap();
    private(&key, &our_key);
    let both = home.join("both.pem");
    private(&both, &(ours + &our_key));
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
    // in one file, and the key by itself
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
    // another certificate than the one that is trusted there
    let (strange, strange_key) = certificate("stranger");
    let stranger = home.join("stranger.pem");
    private(&stranger, &(strange + &strange_key));
    set(format!("client_certificate={}", stranger.display()));
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
