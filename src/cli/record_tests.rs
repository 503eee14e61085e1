//! Tests of the `--json` objects in serialized form.

use std::time::Duration;

use super::*;
use crate::base::{ItemId, JobId, RemotePath};
use crate::engine::{FailureKind, Step};
use crate::queue::{Ending, NewItem};
use crate::site::Sites;

fn at(text: &str) -> Location {
    let mut site = Site::new("h");
    site.name = "nas".to_owned();
    let sites: Sites = [site].into_iter().collect();
    Location::parse(text, &sites).unwrap().location
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn entries_have_the_documented_fields() {
    let mut entry = Entry::new(&b"a.txt"[..], Kind::File);
    entry.size = Some(5);
    entry.mtime = Stamp::from_digits("20261121093005");
    entry.perms = Some("rw-r--r--".into());
    assert_eq!(
        json(&EntryRecord::of(&entry)),
        r#"{"name":"a.txt","kind":"file","size":5,"mtime":"2026-11-21T09:30:05","utc":true,"target":null,"perms":"rw-r--r--"}"#
    );
    let mut link = Entry::new(&b"caf\xe9"[..], Kind::Link);
    link.target = Some(b"/\xff"[..].into());
    assert_eq!(
        json(&EntryRecord::of(&link)),
        r#"{"name":"caf�","name_b64":"Y2Fm6Q==","kind":"link","size":null,"mtime":null,"utc":false,"target":"/�","target_b64":"L/8=","perms":null}"#
    );
}

#[test]
fn names_are_decoded_and_inexact_sizes_are_marked() {
    let mut entry = Entry::new(&b"\xc6\xd5"[..], Kind::File);
    entry.set_size_at_most(Some(512));
    assert_eq!(
        json(&EntryRecord::encoded(&entry, encoding_rs::KOI8_R)),
        r#"{"name":"фу","name_b64":"xtU=","kind":"file","size":512,"size_exact":false,"mtime":null,"utc":false,"target":null,"perms":null}"#
    );
}

#[test]
fn locations_parse_back_and_hold_no_password() {
    for (typed, shown) in [
        ("nas:/a/b c", "nas:/a/b c"),
        ("ftp://u:secret@h:2121/a%20b", "ftp://u@h:2121/a%20b"),
        ("ftps://h/x", "ftps://h/x"),
        ("./local", "./local"),
    ] {
        assert_eq!(location(&at(typed)), (shown.to_owned(), None), "{typed}");
    }
    let Location::Remote { site, .. } = at("nas:") else { panic!("not remote") };
    let raw = Location::Remote { site, path: RemotePath::new(&b"/\xff"[..]) };
    assert_eq!(location(&raw), ("nas:/�".to_owned(), Some("bmFzOi//".to_owned())));
    let plain = at("ftp://u:secret@h/x");
    let Location::Remote { site, path } = plain else { panic!("not remote") };
    let mut site = Site::clone(&site);
    site.security = Security::None;
    let plain = Location::Remote { site: site.into(), path };
    assert_eq!(location(&plain).0, "ftp://u@h/x");
}

#[test]
fn items_have_the_documented_fields() {
    let item = NewItem::named("a", false, at("nas:/a"), Some(at("ftp://h/b")));
    let ending = Ending {
        verdict: Some(Verdict::Complete),
        verified: Evidence::Size,
        via: Some(Via::Direct),
        passive: Some(PassiveSide::Destination),
        protected: Some(true),
        bytes: 7,
        elapsed: Duration::from_micros(1_234_567),
        reason: None,
    };
    let mut report = ItemReport {
        item: item.with_id(ItemId(2), JobId(1)),
        state: ItemState::Done,
        ending,
        failure: None,
    };
    assert_eq!(
        json(&ItemResultRecord::of(&report)),
        r#"{"event":"item","src":"nas:/a","dst":"ftp://h/b","state":"done","verdict":"complete","verified":"size","via":"direct","passive":"dst","protected":true,"bytes":7,"seconds":1.235,"reason":null}"#
    );
    report.state = ItemState::Failed;
    report.ending.verdict = None;
    report.ending.via = None;
    report.ending.passive = None;
    report.ending.protected = None;
    report.ending.verified = Evidence::None;
    report.ending.reason = Some("no".to_owned());
    report.failure = Some(FailureKind::Refused);
    let line = json(&ItemResultRecord::of(&report));
    assert!(line.contains(r#""state":"failed","verdict":null,"verified":"none","via":null"#));
    assert!(line.contains(r#""reason":"no""#), "{line}");
}

#[test]
fn failures_name_the_site() {
    let mut site = Site::new("h");
    site.name = "nas".to_owned();
    let failure = Failure::new(Step::Connect, "refused", FailureKind::Connect)
        .with(&site.into())
        .advise("start it");
    assert_eq!(
        json(&ErrorRecord::of(&failure)),
        r#"{"event":"error","site":"nas","message":"nas: cannot connect: refused — start it"}"#
    );
}

#[test]
fn settings_keep_their_types() {
    let record = [
        ("name", Setting::from("nas")),
        ("max_sessions", Setting::from(2)),
        ("read_only", Setting::from(true)),
        ("host", Setting::Array(["a", "b"].into_iter().collect())),
    ];
    assert_eq!(
        settings(&record).to_string(),
        r#"{"host":["a","b"],"max_sessions":2,"name":"nas","read_only":true}"#
    );
}
