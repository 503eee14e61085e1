//! Tests of the store: restarts, concurrent processes, damaged files.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::base::{ItemId, RemotePath, Stamp};
use crate::site::SiteKey;
use crate::transfer::{PassiveCommand, PassiveSide, Side};
use jiff::Timestamp;

fn key(name: &str) -> SiteKey {
    SiteKey(name.to_owned())
}

fn route() -> RouteKey {
    (key("mirror"), key("ftp://fxp@127.0.0.1:21"))
}

fn mode() -> RouteMode {
    RouteMode {
        passive: PassiveSide::Source,
        command: PassiveCommand::Cpsv,
        protected: true,
        sscn: Some(Side::Destination),
    }
}

fn intent(item: u64) -> Intent {
    Intent {
        item: ItemId(item),
        source: key("a"),
        source_path: RemotePath::new(*b"/pub/\xff.iso"),
        destination: key("b"),
        target: "/in/x.iso".into(),
        temporary: Some("/in/.x.iso.1.fxpart".into()),
        expected: Some(5),
        modified: Stamp::from_digits("20260102030405"),
        replaces: true,
        state: IntentState::Recorded,
        bytes: 0,
    }
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data").join("queue.db");
    (dir, path)
}

fn open(path: &Path) -> Store {
    let (store, renamed_to) = Store::open(path).unwrap();
    assert_eq!(renamed_to, None);
    store
}

#[tokio::test]
async fn answered_changes_survive_a_restart() {
    let (_dir, path) = file();
    let store = open(&path);
    store.mode_worked(&route(), mode()).await.unwrap();
    store.allow_clear(&route(), Some(false)).await.unwrap();
    store.set_asynchronous(&key("a"), true).await.unwrap();
    store.record_intents(vec![intent(1), intent(2)]).await.unwrap();
    store.close().await;
    assert!(matches!(store.routes().await, Err(StoreError::Closed)));
    assert!(matches!(store.delete_intents(Vec::new()).await, Err(StoreError::Closed)));

    let store = open(&path);
    let known = store.route(&route()).await.unwrap();
    assert_eq!(known.mode.unwrap().0, mode());
    assert_eq!(known.allow_clear, Some(false));
    assert_eq!(store.routes().await.unwrap(), [(route(), known)]);
    assert!(store.server(&key("a")).await.unwrap().asynchronous);
    assert_eq!(store.intent(ItemId(2)).await.unwrap(), Some(intent(2)));
    assert_eq!(store.intent(ItemId(3)).await.unwrap(), None);
}

#[tokio::test]
async fn a_failure_of_a_route_is_kept_until_a_mode_works() {
    let store = Store::in_memory();
    let failure = RouteFailure {
        text: "425 cannot open data connection".to_owned(),
        code: Some(425),
        at: Timestamp::from_millisecond(1_700_000_000_000).unwrap(),
    };
    store.mode_worked(&route(), mode()).await.unwrap();
    store.route_failed(&route(), failure.clone()).await.unwrap();
    let known = store.route(&route()).await.unwrap();
    assert_eq!(known.failure, Some(failure));
    assert_eq!(known.mode.map(|(mode, _)| mode), Some(mode()));
    let plain = RouteMode { sscn: None, protected: false, ..mode() };
    store.mode_worked(&route(), plain).await.unwrap();
    let known = store.route(&route()).await.unwrap();
    assert_eq!((known.failure, known.mode.map(|(mode, _)| mode)), (None, Some(plain)));
    store.forget_route(&route()).await.unwrap();
    assert_eq!(store.route(&route()).await.unwrap(), StoredRoute::default());
    assert_eq!(store.routes().await.unwrap(), []);
}

#[tokio::test]
async fn servers_and_their_facts() {
    let store = Store::in_memory();
    let site = key("nas");
    store.set_max_sessions(&site, Some(2)).await.unwrap();
    store.set_asynchronous(&site, true).await.unwrap();
    let known = store.server(&site).await.unwrap();
    assert_eq!((known.asynchronous, known.max_sessions), (true, Some(2)));
    store.set_max_sessions(&site, None).await.unwrap();
    assert_eq!(store.servers().await.unwrap()[0].1.max_sessions, None);
    store.set_fact(&site, "offset", Some("3600")).await.unwrap();
    store.set_fact(&site, "offset", Some("7200")).await.unwrap();
    store.set_fact(&site, "mfmt", Some("no")).await.unwrap();
    store.set_fact(&site, "mfmt", None).await.unwrap();
    let facts = store.facts(&site).await.unwrap();
    assert_eq!(facts, [("offset".to_owned(), "7200".to_owned())]);
}

#[tokio::test]
async fn intents_and_partials() {
    let store = Store::in_memory();
    store.record_intents(vec![intent(1), intent(2)]).await.unwrap();
    store.set_intent_state(ItemId(1), IntentState::Started).await.unwrap();
    let started = Intent { state: IntentState::Started, ..intent(1) };
    assert_eq!(store.intent(ItemId(1)).await.unwrap(), Some(started));
    store.delete_intents(vec![ItemId(1)]).await.unwrap();
    assert_eq!(store.intent(ItemId(1)).await.unwrap(), None);

    let partial = Partial {
        destination: key("b"),
        target: "/in/x".into(),
        stored_as: "/in/.x.1.fxpart".into(),
        source: key("a"),
        source_path: "/pub/x".into(),
        size: Some(9),
        modified: Stamp::from_digits("20260102030405"),
        bytes: 4,
    };
    assert!(partial.matches_source(Some(9), partial.modified.as_ref()));
    assert!(
        !partial.matches_source(Some(9), None)
            && !partial.matches_source(None, partial.modified.as_ref())
    );
    assert!(!Partial { modified: None, ..partial.clone() }.matches_source(Some(9), None));
    store.save_partial(Partial { bytes: 1, ..partial.clone() }).await.unwrap();
    store.save_partial(partial.clone()).await.unwrap();
    assert_eq!(store.partial(&key("b"), &"/in/x".into()).await.unwrap(), Some(partial));
    store.delete_partial(&key("b"), &"/in/x".into()).await.unwrap();
    assert_eq!(store.partial(&key("b"), &"/in/x".into()).await.unwrap(), None);
}

#[tokio::test]
async fn a_failed_request_does_not_affect_others() {
    let store = Store::in_memory();
    // sent together, so that they share a transaction
    let good = store.set_asynchronous(&key("a"), true).send();
    let bad = store.write(|connection| {
        connection.execute("DELETE FROM servers", [])?;
        connection.execute("INSERT INTO nothing VALUES (1)", [])
    });
    let bad = bad.send();
    let also_good = store.set_asynchronous(&key("b"), true).send();
    good.await.unwrap();
    assert!(matches!(bad.await, Err(StoreError::Sql { .. })));
    also_good.await.unwrap();
    assert_eq!(store.servers().await.unwrap().len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn other_users_cannot_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_dir, path) = file();
    let store = open(&path);
    store.set_asynchronous(&key("a"), true).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap().path();
        assert_eq!(mode(&entry), 0o600, "{}", entry.display());
    }
}

#[tokio::test]
async fn a_damaged_file_is_renamed_unchanged() {
    let (_dir, path) = file();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let garbage = b"this is not a database, but it is long enough for a header".repeat(20);
    fs::write(&path, &garbage).unwrap();
    let (store, renamed_to) = Store::open(&path).unwrap();
    let new_path = renamed_to.expect("the new path is returned");
    assert_eq!(fs::read(new_path).unwrap(), garbage);
    store.set_asynchronous(&key("a"), true).await.unwrap();
    store.close().await;

    // damage in the middle of a good file
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[4096..end].fill(0xaa);
    fs::write(&path, &bytes).unwrap();
    let (store, renamed_to) = Store::open(&path).unwrap();
    assert_eq!(fs::read(renamed_to.unwrap()).unwrap(), bytes);
    assert_eq!(store.servers().await.unwrap(), []);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_not_changed() {
    let (_dir, path) = file();
    let store = open(&path);
    store.write(|c| c.execute_batch("PRAGMA user_version = 9999")).await.unwrap();
    store.close().await;
    let before = fs::read(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 9999, .. }), "{error}");
    assert!(error.to_string().contains("--data-dir"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn concurrent_writes_are_all_kept() {
    let (_dir, path) = file();
    let stores: Vec<Store> = (0..4).map(|_| open(&path)).collect();
    let mut pending = Vec::new();
    for round in 0..50 {
        for (at, store) in stores.iter().enumerate() {
            pending.push(store.set_fact(&key("a"), &format!("{at}-{round}"), Some("x")).send());
        }
    }
    for answer in pending {
        answer.await.unwrap();
    }
    // each store sees the changes of the others
    for store in &stores {
        assert_eq!(store.facts(&key("a")).await.unwrap().len(), 200);
    }
}

#[tokio::test]
async fn an_error_on_opening_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file").join("queue.db");
    fs::write(folder.path().join("file"), b"").unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }));
    assert!(error.to_string().contains("queue.db") && error.to_string().contains("--data-dir"));
}

#[tokio::test]
async fn batched_changes_keep_their_order_and_are_written_alone_too() {
    let (_dir, path) = file();
    let store = open(&path);
    let set = |value: &str| store.set_fact(&key("a"), "x", Some(value));
    let (sender, mut results) = tokio::sync::mpsc::unbounded_channel();
    let report = |value: &'static str| {
        let sender = sender.clone();
        move |result: Result<(), StoreError>| sender.send((value, result.is_ok())).unwrap()
    };
    // no other request follows
    set("alone").batched().then(report("alone"));
    assert_eq!(results.recv().await, Some(("alone", true)));
    // the second request commits the first, and the last value is kept
    set("first").batched().then(report("first"));
    set("second").then(report("second"));
    assert_eq!(results.recv().await, Some(("first", true)));
    assert_eq!(results.recv().await, Some(("second", true)));
    assert_eq!(store.facts(&key("a")).await.unwrap(), [("x".to_owned(), "second".to_owned())]);
    // closing loses nothing
    set("last").batched().then(report("last"));
    store.close().await;
    assert_eq!(results.recv().await, Some(("last", true)));
    let again = open(&path);
    assert_eq!(again.facts(&key("a")).await.unwrap(), [("x".to_owned(), "last".to_owned())]);
}

#[test]
fn a_new_file_survives_a_power_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    // `synchronous` must be FULL after the creation of a file, and when it is opened again
    for _ in 0..2 {
        let opened = crate::queue::store::open::open(&path).unwrap();
        let pragma = |name: &str| -> i64 {
            opened.writer.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!((pragma("synchronous"), pragma("auto_vacuum")), (2, 2));
        // the tables are in the file itself, not only in the WAL
        assert!(fs::metadata(&path).unwrap().len() > 8192);
    }
}
