//! Round trips, hostile files, and names that look like commands.

use proptest::prelude::*;

use super::*;
use crate::base::{Patterns, Secret};
use crate::ftp::Kind;
use crate::queue::import;
use crate::queue::record::{ItemRecord, SourceRecord};
use crate::queue::{Exists, ItemState, JobKind, JobRules, TreeRules};
use crate::site::{PasswordRef, Site, Sites};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

const PASSWORD: &str = "hunter2-very-secret";

fn site(name: &str) -> Site {
    let mut site = Site::new("ftp.example.org");
    site.name = name.to_owned();
    site.port = Some(2121);
    site.user = Some("joe".to_owned());
    site.password = PasswordRef::Plain(Secret::from(PASSWORD));
    site
}

fn job(id: u64, from: Option<&Site>, to: Option<&Site>) -> JobRecord {
    let kind = Some(Kind::Dir);
    JobRecord {
        id,
        kind: JobKind::Copy,
        from: from.map(SiteRecord::of),
        to: to.map(SiteRecord::of),
        sources: vec![SourceRecord { path: Bytes(b"/pub/tree".to_vec()), kind, size: None }],
        target: Some(Bytes(b"/in".to_vec())),
        rename_to: false,
        rules: JobRules { exists: Exists::Newer, ..JobRules::default() },
        tree: TreeRules::default(),
        listed: true,
        priority: 3,
        held: false,
        cancelled: false,
        created_at: "2026-01-02T03:04:05.678Z".parse().ok(),
        start_at: None,
        ended_at: None,
    }
}

fn item(job: u64, source: &[u8], target: &[u8]) -> ItemRecord {
    ItemRecord {
        job,
        label: "tree/f".to_owned(),
        dir: false,
        source: Bytes(source.to_vec()),
        target: Some(Bytes(target.to_vec())),
        size: Some(1234),
        modified: Some("20260102030405".to_owned()),
        mode: Some(0o640),
        replaces: false,
        state: ItemState::Waiting,
        rank: None,
        tries: 2,
        not_before: None,
        verdict: Some(Verdict::Complete),
        verified: Evidence::Size,
        via: Some(Via::Direct),
        passive: Some(PassiveSide::Destination),
        protected: Some(true),
        bytes: 99,
        millis: 1500,
        reason: Some("it, \"really\", waits".to_owned()),
        ended_at: None,
    }
}

fn written(format: QueueFormat, records: &[QueueRecord]) -> (Vec<u8>, LeftOut) {
    let mut out = Vec::new();
    let mut exporter = exporter(format, &mut out).unwrap();
    for record in records {
        exporter.record(record).unwrap();
    }
    let left_out = exporter.finish().unwrap();
    drop(exporter);
    (out, left_out)
}

fn read(format: QueueFormat, bytes: &[u8], sites: &Sites) -> Result<Vec<QueueRecord>, String> {
    let mut importer = import::importer(format, bytes, sites).map_err(|e| e.to_string())?;
    let mut records = Vec::new();
    while let Some(record) = importer.record().map_err(|error| error.to_string())? {
        records.push(record);
    }
    Ok(records)
}

fn queue() -> Vec<QueueRecord> {
    let (nas, other) = (site("nas"), site(""));
    let mut first = job(7, Some(&nas), Some(&other));
    first.tree.take.files.skip = Patterns::new("*.tmp");
    let mut second = job(9, None, Some(&nas));
    second.listed = false;
    let done = ItemRecord { state: ItemState::Done, ..item(7, b"/pub/a", b"/in/a") };
    let left = ItemRecord { state: ItemState::Skipped, target: None, ..item(7, b"/b", b"") };
    vec![
        QueueRecord::Job(Box::new(first)),
        QueueRecord::Item(Box::new(item(7, b"/pub/caf\xe9 \"x\"", b"/in/caf\xe9"))),
        QueueRecord::Item(Box::new(done)),
        QueueRecord::Item(Box::new(left)),
        QueueRecord::Job(Box::new(second)),
    ]
}

#[test]
fn json_survives_a_round_trip_and_no_format_has_a_password() {
    let queue = queue();
    let (text, left_out) = written(QueueFormat::Json, &queue);
    assert_eq!(left_out, LeftOut::default());
    assert_eq!(read(QueueFormat::Json, &text, &Sites::new()).unwrap(), queue);
    for format in [QueueFormat::Json, QueueFormat::Csv, QueueFormat::Lftp, QueueFormat::Fqf] {
        let (text, _) = written(format, &queue);
        assert!(!text.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()));
    }
}

#[test]
fn errors_are_reported_with_their_line() {
    let (good, _) = written(QueueFormat::Json, &queue());
    let good = String::from_utf8(good).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let with = |number: usize, line: &str| {
        let mut lines = lines.clone();
        lines[number - 1] = line;
        lines.join("\n")
    };
    let change = |number: usize, from: &str, to: &str| {
        assert!(lines[number - 1].contains(from), "{from}: {}", lines[number - 1]);
        with(number, &lines[number - 1].replace(from, to))
    };
    for (text, line, words) in [
        (String::new(), 1, "is not an exported queue"),
        ("[site]\n".to_owned(), 1, "is not an exported queue"),
        (with(1, r#"{"event":"queue","format":2}"#), 1, "use a newer fxpane"),
        (lines[..6].join("\n"), 7, "is truncated"),
        (with(4, ""), 7, "is truncated"),
        (with(2, ""), 3, "job 7, which is not before it"),
        (with(3, "{"), 3, "not a valid record"),
        (with(3, r#"{"event":"item","job":7}"#), 3, "missing field"),
        (change(3, r#""label""#, r#""lable""#), 3, "unknown field `lable`"),
        (change(4, "/pub/a", "/pub/a\\r\\nDELE x"), 4, "is not valid"),
        (change(4, "/in/a", "/in/.."), 4, "is not valid"),
        (change(4, r#""job":7"#, r#""job":8"#), 4, "job 8, which is not before it"),
        (change(6, r#""id":9"#, r#""id":7"#), 6, "job 7 occurs twice"),
        (change(2, "[[site]]", "[[sight]]"), 2, "settings of the site “nas” are not valid"),
        (format!("{good}{{}}"), 8, "not a valid record"),
        (format!("{good}{}", lines[0]), 8, "after the end"),
        ("x".repeat(2 << 20), 1, "longer than 1 MiB"),
    ] {
        let error = read(QueueFormat::Json, text.as_bytes(), &Sites::new()).unwrap_err();
        assert!(error.starts_with(&format!("line {line}: ")), "{words}: {error}");
        assert!(error.contains(words), "{words}: {error}");
    }
    for format in [QueueFormat::Csv, QueueFormat::Lftp] {
        assert!(read(format, b"", &Sites::new()).unwrap_err().contains("use json or fqf"));
    }
}

#[test]
fn an_imported_queue_contains_no_command() {
    let mut record = job(1, Some(&site("nas")), Some(&site("x")));
    let from = record.from.as_mut().unwrap();
    from.settings.push_str("password = { command = \"touch /tmp/owned\" }\n");
    assert_eq!(from.site().unwrap().password, PasswordRef::Ask);
    let (text, _) = written(QueueFormat::Json, &[QueueRecord::Job(Box::new(record))]);
    let records = read(QueueFormat::Json, &text, &Sites::new()).unwrap();
    let QueueRecord::Job(job) = &records[0] else { panic!() };
    assert!(!job.from.as_ref().unwrap().settings.contains("command"));
}

#[test]
fn csv_is_safe_for_spreadsheets() {
    let mut records = queue();
    if let QueueRecord::Item(item) = &mut records[2] {
        item.label = "=cmd|' /C calc'!A0".to_owned();
    }
    let (text, left_out) = written(QueueFormat::Csv, &records);
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("job,kind,state,name,source,target,dir,size"));
    assert!(lines[1].contains(r#""nas:/pub/caf\xe9 ""x""","#), "{}", lines[1]);
    assert!(lines[1].ends_with(r#","it, ""really"", waits""#), "{}", lines[1]);
    assert!(lines[2].contains(",done,'=cmd|"), "{}", lines[2]);
    assert_eq!(lines.len(), 5);
    assert_eq!(left_out.count, 1, "{left_out:?}");
}

#[test]
fn a_script_for_lftp() {
    let nas = site("nas");
    let mut moved = job(1, Some(&nas), Some(&nas));
    moved.kind = JobKind::Move;
    let mut tree = job(2, None, Some(&nas));
    tree.listed = false;
    tree.tree.take.files.skip = Patterns::new("*.tmp");
    let name = b"/pub/a \"; rm -rf x \\ $(y) `z`\n\xe9";
    let records = [
        QueueRecord::Job(Box::new(moved)),
        QueueRecord::Item(Box::new(item(1, name, b"/in/b"))),
        QueueRecord::Item(Box::new(ItemRecord { replaces: true, ..item(1, b"rel", b"/in/c") })),
        QueueRecord::Job(Box::new(tree)),
        QueueRecord::Item(Box::new(item(2, b"/pub/tree/x", b"/in/tree/x"))),
    ];
    let (text, left_out) = written(QueueFormat::Lftp, &records);
    let text = String::from_utf8(text).unwrap();
    let commands: Vec<&str> = text.lines().skip(6).collect();
    let at = "\"ftp://joe@ftp.example.org:2121/%2F";
    assert_eq!(
        commands,
        [
            "set ftp:ssl-allow/ftp.example.org yes".to_owned(),
            format!("mkdir -p -f {at}in\""),
            format!(
                "get -E {at}pub/a%20%22%3B%20rm%20-rf%20x%20%5C%20%24%28y%29%20%60z%60%0A%E9\" \
                 -o {at}in/b\""
            ),
            "set xfer:clobber yes".to_owned(),
            format!("get -E \"ftp://joe@ftp.example.org:2121/rel\" -o {at}in/c\""),
            format!("mirror -R --exclude-glob \"*.tmp\" \"/pub/tree\" {at}in/tree\""),
        ]
    );
    assert_eq!(left_out, LeftOut::default());
}

#[test]
fn a_queue_of_flashfxp() {
    let sites: Sites = [site("nas")].into_iter().collect();
    let text = b"\xef\xbb\xbf0\x010\x01\x02nas\x01ftp://joe:geheim@h.example:2100\x01/a/f\x01/b/f\x0112\r\n\
        0\x0110\x01\x0312345678nas\x01ftp://joe@h.example:2100\x01/a/g\x01/b/g\x010\r\n\
        1\x010\x01\x02nas\x01-\x01/a/dir\x01/home/joe/dir\x010\r\n\
        2\x010\x01-\x01-\x01beep\x01\x010\r\n";
    let records = read(QueueFormat::Fqf, text, &sites).unwrap();
    let imported: Vec<String> = records
        .iter()
        .map(|record| match record {
            QueueRecord::Job(job) => format!(
                "job {} {:?} {}",
                job.from.as_ref().unwrap().key,
                job.to.as_ref().map(|to| &to.key),
                job.listed
            ),
            QueueRecord::Item(item) => format!("item {:?} {:?}", item.label, item.size),
        })
        .collect();
    assert_eq!(
        imported,
        [
            "job nas Some(\"ftp://joe@h.example:2100\") true",
            "item \"f\" Some(12)",
            "item \"g\" None",
            "job nas None false",
        ]
    );
    let (again, left_out) = written(QueueFormat::Fqf, &records);
    assert_eq!(left_out, LeftOut::default());
    assert_eq!(read(QueueFormat::Fqf, &again, &sites).unwrap(), records);
    assert!(!String::from_utf8_lossy(&again).contains("geheim"));
    for (text, words) in [
        (&b"0\x010\x01-\x01-\x01/a\x01/b\x010"[..], "line 1: source and target are both local"),
        (b"\r\n0\x010\x01\x02x\x01-\x01/a\x01/b\x010", "line 2: the settings of the site “x"),
        (b"0\x010", "line 1: the line has 2 fields"),
        (b"9\x010\x01\x02nas\x01-\x01/a\x01/b\x010", "is not a valid entry type"),
        (b"0\x010\x01\x02nas\x01-\x01/a\x01/b\x01-5", "is not a valid size"),
        (
            b"0\x010\x01http://x\x01-\x01/a\x01/b\x015",
            "is not a valid host (0x02 and a site name, a URL, or -)",
        ),
        (b"0\x010\x01\x02nas\x01-\x01/a\x01/b/..\x015", "is not valid"),
        (b"0\x010\x01\x02nas\x01-\x01\x01/b\x015", "is not valid"),
    ] {
        let error = read(QueueFormat::Fqf, text, &sites).unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
    }
}

fn paths() -> impl Strategy<Value = Bytes> {
    let name = proptest::collection::vec(
        any::<u8>().prop_filter("no separator", |b| !matches!(b, b'\r' | b'\n' | 0 | b'/')),
        1..12,
    );
    name.prop_filter("a name", |name| !matches!(name.as_slice(), b"." | b".."))
        .prop_map(|name| Bytes([b"/d/", name.as_slice()].concat()))
}

proptest! {
    #[test]
    fn any_item_survives_a_round_trip_through_json(
        source in paths(), target in paths(), size in any::<Option<u64>>(), label in ".{0,9}",
        reason in proptest::option::of(".{0,9}"), tries in any::<u32>(), millis in any::<u64>(),
        protected in any::<Option<bool>>(), replaces in any::<bool>(), seconds in 0i64..4_000_000_000,
    ) {
        let mut item = item(1, &source.0, &target.0);
        (item.size, item.label, item.reason, item.tries) = (size, label, reason, tries);
        (item.millis, item.protected, item.replaces) = (millis, protected, replaces);
        item.not_before = jiff::Timestamp::from_second(seconds).ok();
        let records = [
            QueueRecord::Job(Box::new(job(1, Some(&site("a")), Some(&site(""))))),
            QueueRecord::Item(Box::new(item)),
        ];
        let (text, _) = written(QueueFormat::Json, &records);
        prop_assert_eq!(read(QueueFormat::Json, &text, &Sites::new()), Ok(records.to_vec()));
    }

    #[test]
    fn representable_items_survive_a_round_trip_through_fqf(source in paths(), target in paths(), size in 1u64..) {
        let sites: Sites = [site("nas")].into_iter().collect();
        let nas = site("nas");
        let mut item = item(1, &source.0, &target.0);
        item.size = Some(size);
        let records = [QueueRecord::Job(Box::new(job(1, Some(&nas), None))), QueueRecord::Item(Box::new(item))];
        let (text, left_out) = written(QueueFormat::Fqf, &records);
        let back = read(QueueFormat::Fqf, &text, &sites).unwrap();
        if source.0.contains(&1) || target.0.contains(&1) {
            prop_assert_eq!((left_out.count, back.len()), (1, 0));
        } else {
            let QueueRecord::Item(item) = &back[1] else { panic!() };
            prop_assert_eq!((&item.source, item.target.as_ref(), item.size), (&source, Some(&target), Some(size)));
        }
    }

    #[test]
    fn importers_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(QueueFormat::Fqf, &bytes, &Sites::new());
        let _ = read(QueueFormat::Json, &bytes, &Sites::new());
        let with_header = [b"{\"event\":\"queue\",\"format\":1}\n".as_slice(), &bytes].concat();
        let _ = read(QueueFormat::Json, &with_header, &Sites::new());
    }

    #[test]
    fn no_name_becomes_an_lftp_command(source in paths(), target in paths()) {
        let records = [
            QueueRecord::Job(Box::new(job(1, Some(&site("a")), Some(&site("b"))))),
            QueueRecord::Item(Box::new(item(1, &source.0, &target.0))),
        ];
        let (text, _) = written(QueueFormat::Lftp, &records);
        let text = String::from_utf8(text).unwrap();
        let last = text.lines().last().unwrap();
        let arguments: Vec<&str> = last.split('"').collect();
        prop_assert_eq!((arguments[0], arguments[2], arguments.len()), ("get ", " -o ", 5));
        prop_assert!(arguments[1].bytes().all(|b| b.is_ascii_graphic() && b != b'\\'));
    }
}
