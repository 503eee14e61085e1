//! Names on servers that do not use UTF-8.

use encoding_rs::{SHIFT_JIS, UTF_8, WINDOWS_1251, WINDOWS_1252};
use fxpane::demo::{Rule, Server, Setup};
use fxpane::session::SessionError;

use super::{list, names, open};

#[tokio::test(flavor = "multi_thread")]
async fn names_are_converted_to_and_from_the_servers_encoding() {
    let server = Server::start(Setup::new().dir("/pub")).await.unwrap();
    let mut session = open(&server, |site| site.encoding = Some(WINDOWS_1251)).await;
    session.make_dir(&"/pub/Привет".into()).await.unwrap();
    session.make_dir(&"/pub/Привет/мир".into()).await.unwrap();
    assert_eq!(names(&mut session, "/pub").await, ["Привет"]);
    assert_eq!(names(&mut session, "/pub/Привет").await, ["мир"]);
    // MLST and PWD convert as well
    let entry = session.stat(&"/pub/Привет".into(), super::now()).await.unwrap().unwrap();
    assert_eq!(&*entry.name, "Привет".as_bytes());
    session.forget_cwd();
    assert_eq!(session.working_dir().await.unwrap(), "/pub/Привет".into());
    // without a configured encoding the names are raw bytes
    let mut plain = open(&server, |_| {}).await;
    assert_eq!(&*list(&mut plain, "/pub").await.entries[0].name, b"\xcf\xf0\xe8\xe2\xe5\xf2");
}

#[tokio::test(flavor = "multi_thread")]
async fn opts_utf8_depends_on_the_configured_encoding() {
    let server = Server::start(Setup::new()).await.unwrap();
    for (encoding, wanted) in
        [(None, "OPTS UTF8 ON"), (Some(UTF_8), "OPTS UTF8 ON"), (Some(SHIFT_JIS), "OPTS UTF8 OFF")]
    {
        server.clear_log();
        open(&server, |site| site.encoding = encoding).await;
        let commands = server.commands();
        assert!(commands.iter().any(|command| command == wanted), "{commands:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unencodable_names_are_refused_before_anything_is_sent() {
    let server = Server::start(Setup::new().dir("/pub")).await.unwrap();
    let mut session = open(&server, |site| site.encoding = Some(WINDOWS_1252)).await;
    let sent = server.commands().len();
    let error = session.make_dir(&"/pub/Привет".into()).await.unwrap_err();
    assert!(error.to_string().contains("cannot be encoded in windows-1252"), "{error}");
    assert!(matches!(error, SessionError::Command(_)));
    assert!(session.is_usable());
    assert_eq!(server.commands().len(), sent);
    // the session is still usable
    session.make_dir(&"/pub/Café".into()).await.unwrap();
    assert_eq!(names(&mut session, "/pub").await, ["Café"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_invalid_encoding_are_unusable() {
    let server = Server::start(Setup::new().without("MLST").without("MLSD")).await.unwrap();
    server.fault(Rule::on("LIST").listing(
        &b"-rw-r--r-- 1 a b 3 Nov 21 2025 \x83e\xfd\r\n-rw-r--r-- 1 a b 3 Nov 21 2025 \x83e\r\n"[..],
    ));
    let mut session = open(&server, |site| site.encoding = Some(SHIFT_JIS)).await;
    let entries = list(&mut session, "/").await.entries;
    assert!(!fxpane::base::path::is_usable_name(&entries[0].name));
    assert_eq!(&*entries[1].name, "テ".as_bytes());
}
