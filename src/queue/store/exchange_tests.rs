//! A queue survives export and import.

use std::io::Cursor;

use super::*;
use crate::base::Secret;
use crate::ftp::Algorithm;
use crate::queue::export::{QueueFormat, exporter};
use crate::queue::import::importer;
use crate::queue::store::control::{ItemChange, ItemSelection};
use crate::queue::{Deletes, Exists, JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::site::{Location, PasswordRef, Site, Sites};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

const PASSWORD: &str = "hunter2-very-secret";

fn site(name: &str) -> Arc<Site> {
    let mut site = Site::new("ftp.example.org");
    site.name = name.to_owned();
    site.user = Some("joe".to_owned());
    site.password = PasswordRef::Plain(Secret::from(PASSWORD));
    Arc::new(site)
}

fn at(site: &Arc<Site>, path: &[u8]) -> Location {
    Location::Remote { site: site.clone(), path: crate::base::RemotePath::new(path) }
}

fn new(from: Location, to: Location, precedence: Precedence) -> NewItem {
    NewItem {
        label: "docs/f".into(),
        dir: false,
        source: from,
        target: Some(to),
        size: Some(77),
        modified: Stamp::from_digits("20260102030405"),
        mode: Some(0o640),
        replaces: true,
        precedence,
    }
}

async fn filled() -> Store {
    let store = Store::in_memory();
    let (nas, other) = (site("nas"), site(""));
    let spec = JobSpec {
        kind: JobKind::Copy,
        sources: vec![Source { at: at(&nas, b"/pub/docs"), kind: None, size: None }],
        target: Some(at(&other, b"/in")),
        rename_to: false,
        rules: JobRules { exists: Exists::Newer, parallel: Some(3), ..JobRules::default() },
        tree: TreeRules { delete: Deletes::Yes, ..TreeRules::default() },
        start_at: None,
    };
    let job = store.add_job(&spec, None).await.unwrap();
    let pair = |name: &[u8]| {
        (at(&nas, &[b"/pub/docs/", name].concat()), at(&other, &[b"/in/docs/", name].concat()))
    };
    let entry = |name: &[u8], precedence| {
        let (from, to) = pair(name);
        new(from, to, precedence).waiting()
    };
    let ending = Ending {
        verdict: Some(Verdict::Verified),
        verified: Evidence::Checksum(Algorithm::Sha256),
        via: Some(Via::Direct),
        passive: Some(PassiveSide::Source),
        protected: Some(false),
        bytes: 77,
        elapsed: Duration::from_millis(1234),
        reason: Some("a warning".to_owned()),
    };
    let (from, to) = pair(b"done");
    let entries = vec![
        entry(b"late", Precedence::Last),
        entry(b"caf\xe9", Precedence::Normal),
        entry(b"held", Precedence::Normal),
        entry(b"up", Precedence::Normal),
        entry(b"first", Precedence::First),
        new(from, to, Precedence::Normal).ended(ItemState::Done, ending.clone()),
        new(pair(b"bad").0, pair(b"bad").1, Precedence::Normal).ended(ItemState::Failed, ending),
    ];
    let (ids, _) = store.add(job, entries).await.unwrap();
    store.change(ItemSelection::Items(vec![ids[2]]), ItemChange::Hold).await.unwrap();
    store.set_priority(job, 5).await.unwrap();
    let moved = JobSpec {
        kind: JobKind::Move,
        sources: vec![Source {
            at: Location::Local("/home/joe/x".into()),
            kind: Some(crate::ftp::Kind::File),
            size: Some(9),
        }],
        target: Some(at(&nas, b"/in/x")),
        rename_to: true,
        rules: JobRules::default(),
        tree: TreeRules::default(),
        start_at: None,
    };
    store.add_job(&moved, None).await.unwrap();
    store
}

async fn exported(store: &Store) -> String {
    let mut out = Vec::new();
    let mut exporter = exporter(QueueFormat::Json, &mut out).unwrap();
    store.export(JobQuery::All, exporter.as_mut()).await.unwrap();
    drop(exporter);
    String::from_utf8(out).unwrap()
}

async fn imported(store: &Store, text: String) -> Result<QueueCounts, QueueImportError> {
    let importer = importer(QueueFormat::Json, Cursor::new(text), &Sites::new()).unwrap();
    store.import(importer).await.unwrap()
}

#[tokio::test]
async fn an_imported_queue_equals_the_exported_one() {
    let store = filled().await;
    let text = exported(&store).await;
    assert!(!text.contains(PASSWORD));
    let other = Store::in_memory();
    let counts = imported(&other, text.clone()).await.unwrap();
    assert_eq!(counts, QueueCounts { jobs: 2, items: 7, left_out: 0 });
    assert_eq!(exported(&other).await, text);
    let totals = |jobs: Vec<StoredJob>| jobs.iter().map(|job| job.totals).collect::<Vec<_>>();
    assert_eq!(
        totals(other.jobs(JobQuery::All).await.unwrap()),
        totals(store.jobs(JobQuery::All).await.unwrap())
    );
    // items are claimed in the same order
    let ends = JobSites { from: Some(site("nas")), to: Some(site("")) };
    let mut orders = Vec::new();
    for store in [&store, &other] {
        let claimed = store.claim(JobId(1), ends.clone(), 9, "tag".to_owned(), false).await;
        let items = claimed.unwrap().items;
        orders.push(items.iter().map(|item| format!("{}", item.source)).collect::<Vec<_>>());
    }
    assert_eq!(orders[0].len(), 4);
    assert_eq!(orders[0], orders[1]);
}

#[tokio::test]
async fn an_error_adds_nothing() {
    let store = filled().await;
    let text = exported(&store).await;
    let cut = text.lines().take(9).collect::<Vec<_>>().join("\n");
    let other = filled().await;
    let before = exported(&other).await;
    let error = imported(&other, cut).await.unwrap_err();
    assert_eq!(error.line, 10);
    assert_eq!(exported(&other).await, before);
    // an import keeps the existing jobs
    imported(&other, text).await.unwrap();
    assert_eq!(other.jobs(JobQuery::All).await.unwrap().len(), 4);
}
