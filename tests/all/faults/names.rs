//! Names with special characters, and listings with invalid names.

use fxpane::base::RemotePath;
use fxpane::queue::ItemState;

use super::Pair;
use super::pair::spec;
use fxpane::demo::Setup;

#[tokio::test]
async fn unusual_names_are_preserved() {
    let names: [&[u8]; 9] = [
        b" leading and trailing ",
        b"a;b",
        b"%41",
        b"a\"b",
        b"\xe9\xef",
        "я".as_bytes(),
        b"-la",
        b"*[a]",
        b"tab\there",
    ];
    let pair = Pair::start(Setup::new().dir("/pub"), Setup::new()).await;
    // names that are not UTF-8 can only be created through the protocol
    pair.from.root().write("/seed", "x").unwrap();
    for name in names {
        let text = String::from_utf8_lossy(name).into_owned();
        if text.as_bytes() == name {
            pair.from.root().write(&format!("/pub/{text}"), name).unwrap();
        } else {
            let path = RemotePath::new([b"/pub/", name].concat());
            let seed = pair.at_source("/seed");
            pair.engine.rename(seed, path).await.unwrap();
        }
    }
    let job = pair.run(pair.copy(&["/pub"])).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}\n{}", job.summary(), pair.ftp_log());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(sent.len(), names.len());
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent, "{}", job.summary());
    let raw = pair.at_target("/incoming/pub");
    let listed = pair.engine.list(raw, true).await.unwrap();
    assert!(listed.entries.iter().any(|entry| *entry.name == *b"\xe9\xef"));
}

#[tokio::test]
async fn names_that_no_command_can_contain_are_reported_and_skipped() {
    let listing = "type=file;size=5; a/b\r\ntype=file;size=5; ..\r\ntype=file;size=5; ../up\r\n\
                   type=file;size=2; good\r\ntype=dir; ../../x\r\n";
    let from = Setup::new().file("/pub/good", "ok").file("/pub/sub/b", "12345");
    let pair = Pair::start(from, Setup::new()).await;
    pair.from.fault(fxpane::demo::Rule::on("MLSD").listing(listing));
    let job = pair.run(pair.copy(&["/pub"])).await;
    assert_eq!(job.names(ItemState::Done).last().map(String::as_str), Some("good"));
    let arrived = pair.to.root().tree("/incoming").unwrap();
    assert_eq!(arrived.keys().collect::<Vec<_>>(), ["pub/good"], "{}", job.summary());
    assert_eq!(pair.to.root().list("/").unwrap(), ["incoming"]);
    // no listed entry is skipped silently
    assert!(!job.names(ItemState::Failed).is_empty(), "{}", job.summary());
}

#[tokio::test]
async fn a_line_feed_in_a_name_is_never_sent() {
    let pair = Pair::start(Setup::new().file("/pub/a\nDELE x", "x"), Setup::new()).await;
    let sources = vec![pair.at_source("/pub/a\nDELE x")];
    let job = pair.run(spec(sources, pair.at_target("/incoming"))).await;
    assert_eq!(job.only().state, ItemState::Failed, "{}", job.summary());
    assert_eq!(pair.from.count("DELE") + pair.to.count("DELE"), 0);
}
