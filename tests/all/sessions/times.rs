//! The server's wall clock, and the methods of requesting a listing.

use fxpane::demo::{Personality, Rule, Server, Setup};
use fxpane::session::Session;
use fxpane::site::{ListCommand, ListType};

use super::{list, names, now, open, options};

/// 2020-01-02, old enough that a listing shows no time of day.
const OLD: i64 = 1_577_966_400;

/// Yesterday, in seconds since 1970: recent enough that a listing shows hour and minute.
fn yesterday() -> i64 {
    jiff::Timestamp::now().as_second() - 86_400
}

async fn server(recent: i64, change: impl FnOnce(Setup) -> Setup) -> Server {
    let setup = Setup::new()
        .personality(Personality::Vsftpd)
        .file("/pub/new.txt", "new")
        .at(recent)
        .file("/pub/old.txt", "old")
        .at(OLD);
    Server::start(change(setup)).await.unwrap()
}

async fn times(session: &mut Session) -> Vec<(String, bool)> {
    let mut entries = list(session, "/pub").await.entries;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries.iter().filter_map(|entry| entry.mtime).map(|t| (t.to_string(), t.utc)).collect()
}

/// The expected times; `ahead` seconds are added to the recent one.
fn expected(recent: i64, ahead: i64, utc: bool) -> Vec<(String, bool)> {
    let at = jiff::Timestamp::from_second(recent + ahead).unwrap();
    let shown = at.strftime("%Y-%m-%d %H:%M").to_string();
    vec![(shown, utc), ("2020-01-02".to_owned(), false)]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mdtm_detects_the_servers_time_zone() {
    let recent = yesterday();
    for ahead in [0, 2 * 3600, -(9 * 3600 + 1800)] {
        let server =
            server(recent, |setup| setup.behavior(|behavior| behavior.clock = ahead)).await;
        let mut session = open(&server, |_| {}).await;
        assert_eq!(times(&mut session).await, expected(recent, 0, true));
        assert_eq!(session.time_offset().map(i64::from), Some(ahead));
        times(&mut session).await;
        assert_eq!(server.count("MDTM"), 1);
        // the next session reuses the offset
        let mut options = options(&server, |_| {});
        options.known = Some(session.known());
        let mut next = Session::open(options).await.unwrap();
        assert_eq!(times(&mut next).await, expected(recent, 0, true));
        assert_eq!(server.count("MDTM"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_offset_needs_no_mdtm_and_without_mdtm_times_stay_local() {
    let recent = yesterday();
    let server = server(recent, |setup| setup.behavior(|behavior| behavior.clock = 3600)).await;
    let mut session = open(&server, |site| site.time_offset = Some(3600)).await;
    assert_eq!(times(&mut session).await, expected(recent, 0, true));
    assert_eq!(server.count("MDTM"), 0);
    let no_mdtm =
        self::server(recent, |setup| setup.behavior(|m| m.clock = 3600).without("MDTM")).await;
    let mut session = open(&no_mdtm, |_| {}).await;
    assert_eq!(times(&mut session).await, expected(recent, 3600, false));
    assert_eq!(no_mdtm.count("MDTM"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn stat_lists_over_the_control_connection() {
    for personality in [
        Personality::Plain,
        Personality::Vsftpd,
        Personality::Proftpd,
        Personality::Pureftpd,
        // takes -la for a name
        Personality::Pyftpdlib,
    ] {
        let setup = Setup::new().personality(personality);
        let setup = setup.file("/a b/x.txt", "x").file("/a b/.hidden", "x").dir("/a b/sub");
        let server = Server::start(setup).await.unwrap();
        let mut session = open(&server, |site| site.list_command = ListCommand::Stat).await;
        let listing = list(&mut session, "/a b").await;
        assert_eq!(listing.error_count, 0, "{personality:?}: {:?}", listing.errors);
        assert_eq!(names(&mut session, "/a b").await, [".hidden", "sub", "x.txt"]);
        assert!(names(&mut session, "/a b/sub").await.is_empty());
        assert_eq!((server.count("PASV"), server.count("EPSV"), server.count("PORT")), (0, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_use_the_configured_type() {
    let server = Server::start(Setup::new().file("/a.txt", "a")).await.unwrap();
    let mut session = open(&server, |site| site.list_type = ListType::Ascii).await;
    server.clear_log();
    names(&mut session, "/").await;
    names(&mut session, "/").await;
    assert_eq!(session.size(&"/a.txt".into()).await.unwrap(), Some(1));
    let types: Vec<String> =
        server.commands().into_iter().filter(|c| c.starts_with("TYPE")).collect();
    assert_eq!(types, ["TYPE A", "TYPE I"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nlst_is_the_fallback_without_list() {
    let setup = Setup::new().file("/pub/a.txt", "a").dir("/pub/sub");
    let setup = setup.without("MLSD").without("MLST");
    let server = Server::start(setup).await.unwrap();
    server.fault(Rule::on("LIST").reply(502, "Not implemented"));
    let mut session = open(&server, |_| {}).await;
    let listing = session.list(&"/pub".into(), now()).await.unwrap();
    let kinds: Vec<_> = listing.entries.iter().map(|e| (&*e.name, e.kind)).collect();
    use fxpane::ftp::Kind::{Dir, File};
    assert_eq!(kinds, [(&b"a.txt"[..], File), (&b"sub"[..], Dir)]);
    assert_eq!(session.working_dir().await.unwrap(), "/pub".into());
}
