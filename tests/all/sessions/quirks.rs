//! Quirks of servers (docs/ftp-quirks.md) and how a session handles them.

use std::time::Duration;

use fxpane::demo::{Personality, Rule, Server, Setup};
use fxpane::ftp::{Command, Kind};
use fxpane::session::{Session, SessionError, TransferRequest, TransferVerb};
use fxpane::site::{DataProtection, Switch};

use super::{list, names, now, open, try_open};

async fn server(setup: Setup) -> Server {
    Server::start(setup.file("/pub/a.txt", "a").file("/pub/.hidden", "h")).await.unwrap()
}

/// A server without MLSD, which must be listed with LIST.
fn without_mlsd() -> Setup {
    Setup::new().without("MLSD").without("MLST")
}

#[tokio::test(flavor = "multi_thread")]
async fn mlsd_is_tried_once_if_feat_announces_it_wrongly() {
    for code in [500, 501, 502, 504, 550] {
        let server = server(Setup::new()).await;
        server.fault(Rule::on("MLSD").reply(code, "No"));
        let mut session = open(&server, |_| {}).await;
        for _ in 0..2 {
            assert_eq!(names(&mut session, "/pub").await, [".hidden", "a.txt"], "{code}");
        }
        assert_eq!(server.count("MLSD"), 1);
        // from then on stat uses the listing
        let entry = session.stat(&"/pub/a.txt".into(), now()).await.unwrap().unwrap();
        assert_eq!((entry.kind, entry.size), (Kind::File, Some(1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn list_a_is_used_if_the_server_supports_the_option() {
    for (options, hidden, expected) in
        [(true, false, 2), (true, true, 2), (false, true, 2), (false, false, 1)]
    {
        let server = server(without_mlsd().behavior(|behavior| {
            behavior.list_options = options;
            behavior.list_shows_hidden = hidden;
        }))
        .await;
        let mut session = open(&server, |_| {}).await;
        for _ in 0..3 {
            assert_eq!(names(&mut session, "/pub").await.len(), expected, "{options} {hidden}");
        }
        // both commands once, then the better one; a listing with `.` needs no comparison
        assert_eq!(server.count("LIST"), if options { 3 } else { 4 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_directory_does_not_reset_the_list_method() {
    let server = server(Setup::new()).await;
    let mut session = open(&server, |_| {}).await;
    names(&mut session, "/pub").await;
    server.fault(Rule::on("MLSD").nth(1).reply(550, "Permission denied"));
    let refused = session.list(&"/pub".into(), now()).await.unwrap_err();
    assert!(refused.remedy().unwrap().contains("operator"));
    assert_eq!(names(&mut session, "/pub").await.len(), 2);
    assert_eq!((server.count("MLSD"), server.count("LIST")), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_directory_may_be_reported_as_an_error() {
    for (code, text) in
        [(550, "No files found"), (450, "No files found."), (550, "Directory empty")]
    {
        let server = server(without_mlsd()).await;
        server.fault(Rule::on("LIST").reply(code, text));
        let mut session = open(&server, |_| {}).await;
        assert!(names(&mut session, "/pub").await.is_empty());
        assert!(session.is_usable());
    }
    // an immediate final reply without a data connection
    let server = server(without_mlsd()).await;
    server.fault(Rule::on("LIST").reply(226, "Transfer complete."));
    let mut session = open(&server, |_| {}).await;
    assert!(names(&mut session, "/pub").await.is_empty());
    server.clear_faults();
    assert_eq!(names(&mut session, "/pub").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_with_special_names_are_entered_instead_of_passed_to_list() {
    for name in ["a b", " a", "-l", "[x]", "*", "a;b", "ключ", "a\"b"] {
        let path = format!("/{name}");
        let setup = without_mlsd().file(&format!("{path}/x.txt"), "x");
        let server = Server::start(setup).await.unwrap();
        let mut session = open(&server, |_| {}).await;
        assert_eq!(names(&mut session, &path).await, ["x.txt"], "{name}");
        session.forget_cwd();
        assert_eq!(session.working_dir().await.unwrap(), path.as_str().into());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_pwd_and_cwd_replies() {
    for (text, home) in [
        ("\"/pub\" is the current directory", "/pub"),
        ("/pub", "/pub"),
        ("'/pub' is current", "/pub"),
        ("\"/p\"\"ub\"", "/p\"ub"),
    ] {
        let server = server(Setup::new()).await;
        server.fault(Rule::on("PWD").reply(257, text));
        for code in [200, 250, 257] {
            server.fault(Rule::on("CWD").end(code, "\"/pub\" it is"));
            let mut session = open(&server, |_| {}).await;
            assert_eq!(*session.home(), home.into());
            assert_eq!(names(&mut session, "/").await, ["pub"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_an_existing_directory_succeeds() {
    for (code, text) in [(550, "File exists"), (521, "\"/pub\" exists"), (257, "\"/pub\"")] {
        let server = server(Setup::new()).await;
        server.fault(Rule::on("MKD").reply(code, text));
        let mut session = open(&server, |_| {}).await;
        assert_eq!(session.make_dir(&"/pub".into()).await.unwrap(), code == 257);
        if code != 257 {
            let error = session.make_dir(&"/nowhere/x".into()).await.unwrap_err();
            assert_eq!(error.reply().map(|reply| reply.code), Some(code));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_windows_server() {
    let server = server(Setup::new().personality(Personality::Windows)).await;
    let mut session = open(&server, |_| {}).await;
    let entries = list(&mut session, "/pub").await.entries;
    assert!(entries.iter().any(|entry| *entry.name == *b"a.txt" && entry.size == Some(1)));
    assert!(session.make_dir(&"/pub/new".into()).await.unwrap());
    assert!(!session.make_dir(&"/pub/new".into()).await.unwrap());
    let entry = session.stat(&"/pub/new".into(), now()).await.unwrap().unwrap();
    assert_eq!(entry.kind, Kind::Dir);
}

#[tokio::test(flavor = "multi_thread")]
async fn pret_announces_the_transfer_command_if_needed() {
    // announced by FEAT, required by a refusal, or configured for the site
    for (listed, pret) in [(true, Switch::Auto), (false, Switch::Auto), (false, Switch::Yes)] {
        let server = server(Setup::new().personality(Personality::Drftpd).behavior(|behavior| {
            behavior.features.retain(|feature| listed || feature != "PRET");
        }))
        .await;
        let mut session = open(&server, |site| site.pret = pret).await;
        assert_eq!(names(&mut session, "/pub").await.len(), 2);
        let transfer = session.retrieve(&"/pub/a.txt".into(), 0).await.unwrap();
        session.end(transfer, "read").await.unwrap();
        let commands = server.commands();
        for wanted in ["PRET MLSD", "PRET RETR /pub/a.txt"] {
            assert!(commands.iter().any(|command| command == wanted), "{commands:?}");
        }
    }
    let server = server(Setup::new().personality(Personality::Drftpd)).await;
    let mut session = open(&server, |site| {
        site.pret = Switch::No;
        site.passive = Switch::Yes;
    })
    .await;
    assert!(session.list(&"/pub".into(), now()).await.is_err());
    assert_eq!(server.count("PRET"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pasv_is_repeated_if_the_port_refuses_connections() {
    let server = server(Setup::new().without("EPSV")).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    server.fault(Rule::on("PASV").nth(1).announce(closed.ip(), Some(closed.port())));
    let mut session = open(&server, |_| {}).await;
    assert_eq!(names(&mut session, "/pub").await.len(), 2);
    assert_eq!(server.count("PASV"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_connections_use_the_servers_address_or_a_configured_one() {
    let setup = Setup::new().without("EPSV").announce([127, 0, 0, 77].into());
    let server = server(setup).await;
    // the announced address is not configured: the control connection's address is used
    let mut session = open(&server, |_| {}).await;
    assert_eq!(names(&mut session, "/pub").await.len(), 2);
    // the site lists the announced address
    let allowed = vec!["127.0.0.64/26".to_owned()];
    let mut session = open(&server, |site| site.fxp_allow_addresses = allowed).await;
    let error = session.list(&"/pub".into(), now()).await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.77"), "{error}");
}

/// The commands with a path that the server received.
fn paths(server: &Server) -> Vec<String> {
    let has_path = |line: &String| {
        ["CWD ", "RETR ", "DELE ", "MKD "].iter().any(|verb| line.starts_with(verb))
    };
    server.commands().into_iter().filter(has_path).collect()
}

async fn play(server: &Server, pwd: &str, listing: &'static str) -> Session {
    server.fault(Rule::on("PWD").reply(257, pwd));
    for verb in ["CWD", "MKD", "DELE"] {
        server.fault(Rule::on(verb).reply(250, "Done"));
    }
    server.fault(Rule::on("LIST").listing(listing));
    open(server, |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn vms_gets_vms_paths() {
    let server =
        server(without_mlsd().behavior(|behavior| behavior.system = "VMS V7.3".to_owned())).await;
    let listing = "Directory DISK:[USER]\r\n\r\n\
        LOGIN.COM;1               5   1-JAN-2020 12:00  [USER]  (RWED,RWED,RE,)\r\n\
        SUB.DIR;1                 1   1-JAN-2020 12:00  [USER]  (RWE,RWE,RE,)\r\n\r\n\
        Total of 2 files, 6 blocks.\r\n";
    let mut session = play(&server, "\"DISK:[USER]\"", listing).await;
    let home = session.home().clone();
    let listing = session.list(&home, now()).await.unwrap();
    let sub = listing.entries.iter().find(|entry| entry.kind == Kind::Dir).unwrap();
    let sub = home.join(&sub.name);
    session.list(&sub, now()).await.unwrap();
    session.make_dir(&sub.join(b"NEW")).await.unwrap();
    session.remove_file(&sub.join(b"A.TXT")).await.unwrap();
    let seen = paths(&server);
    assert_eq!(
        seen,
        ["CWD DISK:[USER.SUB]", "MKD DISK:[USER.SUB.NEW]", "DELE DISK:[USER.SUB]A.TXT"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn zos_gets_data_set_names() {
    let system = "MVS is the operating system of this server.";
    let server =
        server(without_mlsd().behavior(|behavior| behavior.system = system.to_owned())).await;
    let listing = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\n\
        WYOSPT 3420   2020/01/01  1  200  FB      80  8053  PS  SEQ.DATA\r\n\
        WPTA01 3290   2020/01/01  1    3  FB      80  3125  PO  JCL.LIB\r\n";
    let mut session = play(&server, "\"'USER.'\" is working directory.", listing).await;
    let home = session.home().clone();
    session.list(&home, now()).await.unwrap();
    session.list(&home.join(b"JCL.LIB"), now()).await.unwrap();
    session.remove_file(&home.join(b"JCL.LIB").join(b"JOB1")).await.unwrap();
    session.remove_file(&home.join(b"SEQ.DATA")).await.unwrap();
    let seen = paths(&server);
    assert_eq!(seen, ["CWD 'USER.JCL.LIB'", "DELE 'USER.JCL.LIB(JOB1)'", "DELE 'USER.SEQ.DATA'"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn unexpected_replies_are_discarded() {
    let server = server(Setup::new()).await;
    let mut session = open(&server, |_| {}).await;
    server.fault(Rule::on("PWD").twice());
    server.fault(Rule::on("SIZE").follow("226 Transfer complete\r\n"));
    for _ in 0..2 {
        session.forget_cwd();
        assert_eq!(session.working_dir().await.unwrap(), "/".into());
        assert_eq!(session.size(&"/pub/a.txt".into()).await.unwrap(), Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_421_between_commands_is_detected_without_a_command() {
    let server = server(Setup::new()).await;
    let mut session = open(&server, |_| {}).await;
    session.check_alive().await;
    assert!(session.is_usable());
    server.fault(Rule::on("NOOP").follow("421 Timeout.\r\n"));
    session.noop().await.unwrap();
    // both lines arrive in one write, so the next command reports it
    let error = session.ask(Command::bare("PWD")).await.unwrap_err();
    assert!(matches!(error, SessionError::Closing { .. }) && error.is_transient());
    assert!(!session.is_usable());
}

#[tokio::test(flavor = "multi_thread")]
async fn keepalive_commands_alternate() {
    let server = server(Setup::new()).await;
    let mut session = open(&server, |_| {}).await;
    server.clear_log();
    for _ in 0..4 {
        session.noop().await.unwrap();
    }
    assert_eq!(server.commands(), ["NOOP", "PWD", "TYPE I", "NOOP"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_on_the_port_is_named() {
    for (banner, name) in [
        ("SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
        ("* OK IMAP4 ready\r\n", "another service"),
    ] {
        let server = server(Setup::new()).await;
        server.fault(Rule::on_connect().send_raw(banner));
        let error = try_open(&server, |_| {}).await.unwrap_err();
        let remedy = error.remedy().unwrap();
        assert!(remedy.contains(name), "{remedy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn free_space_is_reported_with_avbl() {
    let server = server(Setup::new().space(1000)).await;
    let mut session = open(&server, |_| {}).await;
    assert_eq!(session.free_space(&"/pub".into()).await.unwrap(), Some(998));
    let without_avbl = self::server(Setup::new().without("AVBL")).await;
    let mut session = open(&without_avbl, |_| {}).await;
    assert_eq!(session.free_space(&"/pub".into()).await.unwrap(), None);
    assert_eq!(without_avbl.count("AVBL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_upload_files_of_pure_ftpd_are_hidden() {
    let server = server(Setup::new().file("/pub/.pureftpd-upload.1.2.3", "half")).await;
    let mut session = open(&server, |_| {}).await;
    assert_eq!(names(&mut session, "/pub").await, [".hidden", "a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_of_one_endless_line_is_aborted() {
    let server = server(without_mlsd()).await;
    server.fault(Rule::on("LIST").listing(vec![b'x'; 3 << 20]));
    let mut session = open(&server, |_| {}).await;
    let error = session.list(&"/pub".into(), now()).await.unwrap_err();
    assert!(matches!(error, SessionError::TooLarge(_)), "{error}");
    assert!(!session.is_usable());
}

#[tokio::test]
async fn a_second_150_ends_an_interrupted_transfer() {
    let setup = Setup::new().personality(Personality::Pureftpd);
    let server = Server::start(setup.file("/pub/f", vec![7; 3 << 20])).await.unwrap();
    server.fault(Rule::parse("on RETR 1 reset-data after 1000000").unwrap());
    let mut session = open(&server, |_| {}).await;
    let path = "/pub/f".into();
    let request = TransferRequest {
        verb: TransferVerb::Retrieve,
        path: &path,
        offset: 0,
        text: false,
        protection: DataProtection::Off,
    };
    let (mut data, pending) = session.start(&request).await.unwrap().into_parts();
    let mut piece = vec![0; 1 << 16];
    let mut broken = false;
    while !broken {
        match data.read(&mut piece, Duration::from_secs(20)).await {
            Ok(0) => panic!("the data connection ended without an error"),
            Ok(_) => {}
            Err(_) => broken = true,
        }
    }
    // waiting for another reply would time out and poison the session
    assert!(session.failure_reply(data, pending, "read").await.is_none());
    assert!(session.is_usable());
    session.noop().await.unwrap();
}
