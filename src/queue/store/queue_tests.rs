//! Tests of the queue in the store: claiming, counters, windows, repeated listings.

use std::time::Duration;

use super::*;
use crate::base::needle::Needle;
use crate::base::{ItemId, JobId, Stamp};
use crate::queue::{
    Ending, Item, ItemState, JobKind, JobRules, JobSites, JobSpec, NewItem, Precedence, Source,
    Totals, TreeRules,
};
use crate::site::{Location, Site};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

fn site(name: &str) -> std::sync::Arc<Site> {
    let mut site = Site::new("localhost");
    site.name = name.to_owned();
    site.into()
}

fn at(name: &str, path: &[u8]) -> Location {
    Location::Remote { site: site(name), path: crate::base::RemotePath::new(path) }
}

fn ends() -> JobSites {
    JobSites { from: Some(site("a")), to: Some(site("b")) }
}

fn spec() -> JobSpec {
    JobSpec {
        kind: JobKind::Copy,
        sources: vec![Source { at: at("a", b"/pub/tree"), kind: None, size: None }],
        target: Some(at("b", b"/in")),
        rename_to: false,
        rules: JobRules { parallel: Some(3), ..JobRules::default() },
        tree: TreeRules::default(),
        start_at: None,
    }
}

fn file(name: &str, size: u64) -> NewItem {
    NewItem {
        label: format!("tree/{name}").into(),
        dir: false,
        source: at("a", format!("/pub/tree/{name}").as_bytes()),
        target: Some(at("b", format!("/in/tree/{name}").as_bytes())),
        size: Some(size),
        modified: Stamp::from_digits("20260102030405"),
        mode: Some(0o640),
        replaces: false,
        precedence: Precedence::Normal,
    }
}

fn ending(bytes: u64, reason: Option<&str>) -> Ending {
    Ending {
        verdict: Some(Verdict::Complete),
        verified: Evidence::Size,
        via: Some(Via::Direct),
        passive: Some(PassiveSide::Source),
        protected: Some(true),
        bytes,
        elapsed: Duration::from_millis(1500),
        reason: reason.map(str::to_owned),
    }
}

async fn filled(store: &Store, names: &[&str]) -> (JobId, Vec<ItemId>) {
    let job = store.add_job(&spec(), None).await.unwrap();
    let entries = names.iter().map(|name| file(name, 10).waiting()).collect();
    let (ids, counted) = store.add(job, entries).await.unwrap();
    assert_eq!(counted.totals.waiting, names.len() as u64);
    (job, ids)
}

async fn claim(store: &Store, job: JobId, limit: usize) -> Vec<Item> {
    store.claim(job, ends(), limit, "t-".to_owned(), false).await.unwrap().items
}

fn scope() -> Scope {
    Scope { open: true, jobs: Vec::new() }
}

async fn labels(store: &Store, offset: u64, limit: usize) -> Vec<String> {
    let rows = store.rows(scope(), Section::ALL.to_vec(), offset, limit).await.unwrap();
    rows.rows.iter().map(|row| row.item.label.trim_start_matches("tree/").to_owned()).collect()
}

fn returned(item: &Item, what: ReturnOutcome) -> ReturnedItem {
    ReturnedItem { item: item.id, job: item.job, tries: item.tries + 1, outcome: what }
}

/// Checks the counters against the rows.
async fn assert_counters(store: &Store) {
    let slow = "SELECT job, state, count(*), sum(ifnull(size, 0)), sum(bytes) FROM items \
                GROUP BY job, state ORDER BY job, state";
    let fast = "SELECT job, state, items, sizes, bytes FROM totals WHERE items <> 0 \
                ORDER BY job, state";
    let slow_buckets = "SELECT job, class, pos >> 10 AS b, count(*), 0 FROM items \
                       GROUP BY job, class, b ORDER BY job, class, b";
    let fast_buckets = "SELECT job, class, bucket, items, 0 FROM buckets WHERE items <> 0 \
                       ORDER BY job, class, bucket";
    for (slow, fast) in [(slow, fast), (slow_buckets, fast_buckets)] {
        let read = |sql: &'static str| {
            store.write(move |connection| {
                let mut all = connection.prepare(sql)?;
                let rows = all.query_map([], |row| {
                    let mut numbers = [0i64; 5];
                    for (at, number) in numbers.iter_mut().enumerate() {
                        *number = row.get(at)?;
                    }
                    Ok(numbers)
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
        };
        assert_eq!(read(slow).await.unwrap(), read(fast).await.unwrap());
    }
}

#[tokio::test]
async fn an_item_is_claimed_and_returned() {
    let store = Store::in_memory();
    let (job, ids) = filled(&store, &["a", "b", "c"]).await;
    let items = claim(&store, job, 2).await;
    assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), ids[..2]);
    let a = &items[0];
    assert_eq!((&*a.label, &a.source), ("tree/a", &file("a", 10).source));
    assert_eq!((a.target.clone(), a.size), (file("a", 10).target, Some(10)));
    assert_eq!(a.modified, file("a", 10).modified);
    // the intent is recorded
    let intent = store.intent(a.id).await.unwrap().unwrap();
    assert_eq!(intent.target, "/in/tree/a".into());
    assert_eq!(intent.temporary, Some(format!("/in/tree/.a.t-{}.fxpart", a.id).as_str().into()));

    let done = returned(a, ReturnOutcome::Ended(ItemState::Done, ending(10, None)));
    let failed =
        returned(&items[1], ReturnOutcome::Ended(ItemState::Failed, ending(0, Some("550 no"))));
    let counted = store.give_back(vec![done, failed]).await.unwrap()[0].1;
    let totals = Totals {
        waiting: 1,
        done: 1,
        failed: 1,
        bytes_done: 10,
        bytes_open: 10,
        ..Totals::default()
    };
    assert_eq!(counted.totals, totals);
    assert_eq!(store.intent(a.id).await.unwrap(), None);
    assert_eq!(labels(&store, 0, 9).await, ["c", "b", "a"]);
    let rows = store.rows(scope(), vec![Section::Failed, Section::Ended], 0, 9).await.unwrap();
    assert_eq!((rows.total, &rows.rows[1].ending), (2, &ending(10, None)));
    assert_eq!(rows.rows[0].ending.reason.as_deref(), Some("550 no"));
    assert_counters(&store).await;
}

#[tokio::test]
async fn a_delayed_item_waits_for_its_time() {
    let store = Store::in_memory();
    let (job, _) = filled(&store, &["a"]).await;
    let item = claim(&store, job, 5).await.remove(0);
    let later = jiff::Timestamp::now() + Duration::from_secs(60);
    let delayed = returned(&item, ReturnOutcome::Later(Some(later), Some("busy".to_owned())));
    store.give_back(vec![delayed]).await.unwrap();
    let claimed = store.claim(job, ends(), 5, "t".to_owned(), false).await.unwrap();
    assert!(claimed.items.is_empty());
    assert_eq!(claimed.next_at.unwrap().as_millisecond(), later.as_millisecond());
    let claimed = store.claim(job, ends(), 5, "t".to_owned(), true).await.unwrap();
    assert_eq!(claimed.items[0].tries, 1);
}

#[tokio::test]
async fn reordering_holding_and_retrying() {
    let store = Store::in_memory();
    let (job, ids) = filled(&store, &["a", "b", "c", "d"]).await;
    let change = async |item: ItemId, change| {
        store.change(ItemSelection::Items(vec![item]), change).await.unwrap();
        assert_counters(&store).await;
        labels(&store, 0, 9).await.concat()
    };
    assert_eq!(change(ids[2], ItemChange::Up).await, "acbd");
    assert_eq!(change(ids[3], ItemChange::Top).await, "dacb");
    assert_eq!(change(ids[0], ItemChange::Bottom).await, "dcba");
    assert_eq!(change(ids[3], ItemChange::Up).await, "dcba");
    assert_eq!(change(ids[2], ItemChange::Down).await, "dbca");
    change(ids[3], ItemChange::Hold).await;
    assert_eq!(&*claim(&store, job, 1).await[0].label, "tree/b");
    change(ids[3], ItemChange::Release).await;
    change(ids[2], ItemChange::Cancel).await;
    let rows = store.rows(scope(), vec![Section::Failed], 0, 9).await.unwrap();
    assert_eq!(rows.total, 0, "a cancelled item has not failed");
    let rows = store.rows(scope(), vec![Section::Ended], 0, 9).await.unwrap();
    assert_eq!(rows.rows[0].state, ItemState::Cancelled);
    assert_eq!(rows.rows[0].ending.reason.as_deref(), Some("cancelled"));
    // a retried item comes last, and retrying all items of a job keeps their order
    store.change(ItemSelection::Items(vec![ids[2]]), ItemChange::Retry).await.unwrap();
    assert_eq!(labels(&store, 0, 9).await.concat(), "bdac");
    store
        .change(ItemSelection::Jobs(vec![job], vec![Section::Open]), ItemChange::Cancel)
        .await
        .unwrap();
    assert_counters(&store).await;
    store
        .change(ItemSelection::Jobs(vec![job], Section::ALL.to_vec()), ItemChange::Retry)
        .await
        .unwrap();
    assert_eq!(labels(&store, 0, 9).await.concat(), "bdac");
    store
        .change(ItemSelection::Jobs(vec![job], vec![Section::Open]), ItemChange::Cancel)
        .await
        .unwrap();
    store
        .change(ItemSelection::Jobs(vec![job], Section::ALL.to_vec()), ItemChange::Clear)
        .await
        .unwrap();
    assert_eq!(labels(&store, 0, 9).await.concat(), "b");
    assert_counters(&store).await;
}

#[tokio::test]
async fn precedence_and_finished_entries() {
    let store = Store::in_memory();
    let (job, _) = filled(&store, &["a", "b"]).await;
    let entries = vec![
        NewItem { precedence: Precedence::Last, ..file("z", 1) }.waiting(),
        NewItem { precedence: Precedence::First, ..file("f", 1) }.waiting(),
        file("s", 1).ended(ItemState::Skipped, ending(0, Some("already exists"))),
        file("c", 1).waiting(),
    ];
    store.add(job, entries).await.unwrap();
    assert_eq!(labels(&store, 0, 9).await.concat(), "fabczs");
    assert_counters(&store).await;
}

#[tokio::test]
async fn a_job_is_stored_completely() {
    let store = Store::in_memory();
    let run = store.begin_run("tag").await.unwrap();
    let job = store.add_job(&spec(), Some(run)).await.unwrap();
    let record = store.job(job).await.unwrap().unwrap();
    assert_eq!((record.kind, record.rules), (JobKind::Copy, spec().rules));
    assert_eq!(record.source, b"/pub/tree");
    assert_eq!(record.remote_target(), Some("/in".into()));
    assert_eq!(record.state(), JobStatus::Running);
    let sites = [Site::clone(&site("a")), Site::clone(&site("b"))].into_iter().collect();
    assert_eq!(record.find_sites(&sites).unwrap(), ends());
    assert_eq!(record.find_sites(&crate::site::Sites::new()).unwrap_err(), "a");

    // a job can be taken only from the owner that was seen
    let other = store.begin_run("other").await.unwrap();
    assert!(!store.adopt(job, None, other).await.unwrap());
    assert!(store.adopt(job, Some(run), other).await.unwrap());
    store.end_job(job).await.unwrap();
    assert_eq!(store.job(job).await.unwrap().unwrap().state(), JobStatus::Ended);
    assert_eq!(store.jobs(JobQuery::Open).await.unwrap(), []);
    assert_eq!(store.jobs(JobQuery::All).await.unwrap().len(), 1);
    store.remove_job(job).await.unwrap();
    assert_eq!(store.job(job).await.unwrap(), None);
}

#[tokio::test]
async fn a_repeated_listing_knows_the_existing_names() {
    let store = Store::in_memory();
    let (job, _) = filled(&store, &["a", "b", "sub/x"]).await;
    store.add(job, vec![file("c", 1).waiting(), file("sub/y", 1).waiting()]).await.unwrap();
    let seen = async |dir: &[u8]| {
        let names = store.known_names_in(job, dir.to_vec()).await.unwrap();
        let mut names: Vec<String> =
            names.into_iter().map(|name| String::from_utf8(name).unwrap()).collect();
        names.sort_unstable();
        names.concat()
    };
    assert_eq!(seen(b"/pub/tree/").await, "abc");
    assert_eq!(seen(b"/pub/tree/sub/").await, "xy");
    assert_eq!(seen(b"/pub/").await, "");
    let record = store.job(job).await.unwrap().unwrap();
    assert_eq!(store.spec(&record, &ends()).await.unwrap(), spec());
}

#[tokio::test]
async fn windows_match_the_whole_queue() {
    let store = Store::in_memory();
    let mut names: Vec<String> = (0..5000).map(|number| format!("{number:04}")).collect();
    let slices: Vec<&str> = names.iter().map(String::as_str).collect();
    let (job, _) = filled(&store, &slices).await;
    for item in claim(&store, job, 1500).await {
        let state = if item.id.0 % 3 == 0 { ItemState::Failed } else { ItemState::Done };
        store
            .give_back(vec![returned(&item, ReturnOutcome::Ended(state, ending(1, None)))])
            .await
            .unwrap();
    }
    names.clear();
    let all = labels(&store, 0, 10_000).await;
    assert_eq!(all.len(), 5000);
    for offset in [0, 1, 1023, 1024, 3499, 3500, 3501, 4000, 4990, 4999] {
        let window = labels(&store, offset, 20).await;
        let from = usize::try_from(offset).unwrap();
        assert_eq!(window, all[from..(from + 20).min(5000)], "at {offset}");
    }
    assert_eq!(labels(&store, 5000, 20).await, Vec::<String>::new());
    assert_counters(&store).await;
}

#[tokio::test]
async fn a_search_by_state_or_name_keeps_the_order() {
    let store = Store::in_memory();
    let names: Vec<String> = (0..3000)
        .map(|at| format!("{at:04}.{}", if at % 100 == 7 { "ISO" } else { "txt" }))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (job, ids) = filled(&store, &names).await;
    let (other, _) = filled(&store, &["x.iso"]).await;
    let held = vec![ids[1], ids[2000], ids[2999]];
    store.change(ItemSelection::Items(held), ItemChange::Hold).await.unwrap();
    let by_state = |state| ItemQuery { state: Some(state), ..ItemQuery::default() };
    let by_name = |name: &str| ItemQuery { name: Needle::new(name), ..ItemQuery::default() };
    let find = async |query: ItemQuery, offset, limit| {
        let rows =
            store.search(scope(), Section::ALL.to_vec(), query, offset, limit).await.unwrap();
        let labels: Vec<String> = rows
            .rows
            .iter()
            .map(|row| row.item.label.trim_start_matches("tree/").to_owned())
            .collect();
        (rows.total, labels)
    };
    let (total, found) = find(by_state(ItemState::Held), 1, 2).await;
    assert_eq!((total, found.join(" ").as_str()), (3, "2000.txt 2999.txt"));
    let (total, found) = find(by_name(".iso"), 29, 9).await;
    assert_eq!((total, found.join(" ").as_str()), (31, "2907.ISO x.iso"));
    assert_eq!(find(by_name("2*.iso"), 0, 1).await, (10, vec!["2007.ISO".to_owned()]));
    assert_eq!(find(by_name("nowhere"), 0, 9).await.0, 0);
    // waiting items of a held job count as held
    store.hold_job(other, true).await.unwrap();
    let (total, found) = find(by_state(ItemState::Held), 3, 9).await;
    assert_eq!((total, found.join(" ").as_str()), (4, "x.iso"));
    assert_eq!(find(by_state(ItemState::Waiting), 0, 0).await.0, 2997);
    // all matching items can be changed at once
    let every = ItemSelection::Matching(vec![job, other], Section::ALL.to_vec(), by_name("*.iso"));
    store.change(every, ItemChange::Cancel).await.unwrap();
    assert_eq!(find(by_state(ItemState::Cancelled), 0, 0).await.0, 31);
    assert_counters(&store).await;
}

#[tokio::test]
async fn a_window_shows_interrupted_jobs() {
    let store = Store::in_memory();
    let run = store.begin_run("t").await.unwrap();
    let job = store.add_job(&spec(), Some(run)).await.unwrap();
    store.add(job, vec![file("a", 1).waiting()]).await.unwrap();
    claim(&store, job, 1).await;
    let interrupted = async || {
        let rows = store.rows(scope(), Section::ALL.to_vec(), 0, 9).await.unwrap();
        (rows.jobs[0].interrupted, rows.rows[0].state)
    };
    assert_eq!(interrupted().await, (false, ItemState::Running));
    let ended = "UPDATE runs SET started = 'long ago', pid = 1073741824";
    store.write(move |connection| connection.execute(ended, [])).await.unwrap();
    assert_eq!(interrupted().await, (true, ItemState::Running));
    store.end_job(job).await.unwrap();
    let own = Scope { open: false, jobs: vec![job] };
    assert!(!store.rows(own, vec![], 0, 9).await.unwrap().jobs[0].interrupted);
}

#[tokio::test]
async fn intents_are_kept_when_their_job_is_removed() {
    let store = Store::in_memory();
    let (dead, alive) =
        (store.begin_run("t-").await.unwrap(), store.begin_run("u-").await.unwrap());
    let job = store.add_job(&spec(), Some(dead)).await.unwrap();
    let entries = ["x", "y", "z"].iter().map(|name| file(name, 10).waiting()).collect();
    store.add(job, entries).await.unwrap();
    let items = claim(&store, job, 2).await;
    let to = site("b").key();
    let targets = async |run| {
        let found = store.unfinished_intents(&to, run).await.unwrap();
        let summary = |left: crate::queue::store::OwnedIntent| {
            (left.intent.target.to_string(), left.job.map(|(job, _)| job), left.owner.is_some())
        };
        found.into_iter().map(summary).collect::<Vec<_>>()
    };
    // the intents of the run itself are not included
    assert_eq!(targets(dead).await, []);
    let x = "/in/tree/x".to_owned();
    let y = "/in/tree/y".to_owned();
    assert_eq!(targets(alive).await, [(x.clone(), Some(job), true), (y.clone(), Some(job), true)]);
    assert_eq!(store.unfinished_intents(&site("a").key(), alive).await.unwrap(), []);
    // a waiting item has no intent
    let returned = ReturnedItem {
        item: items[0].id,
        job,
        tries: 1,
        outcome: ReturnOutcome::Later(None, None),
    };
    store.give_back(vec![returned]).await.unwrap();
    assert_eq!(targets(alive).await, [(y.clone(), Some(job), true)]);
    store.remove_job(job).await.unwrap();
    assert_eq!(targets(dead).await, [(y, None, false)]);
    store.delete_intents(vec![items[1].id]).await.unwrap();
    assert_eq!(targets(dead).await, []);
}

#[tokio::test]
async fn the_oldest_finished_jobs_exceed_the_limits() {
    let store = Store::in_memory();
    let mut jobs = Vec::new();
    for _ in 0..4 {
        let job = store.add_job(&spec(), None).await.unwrap();
        let ended = |name| file(name, 1).ended(ItemState::Done, Ending::default());
        store.add(job, vec![ended("a"), ended("b")]).await.unwrap();
        jobs.push(job);
    }
    for job in &jobs[..3] {
        store.end_job(*job).await.unwrap();
    }
    // the fourth job is unfinished and always kept
    for (keep, items, old) in [(3, 100, 0), (2, 100, 1), (1, 100, 2), (3, 4, 1), (3, 1, 2)] {
        let found = store.old_jobs(History { jobs: keep, items }).await.unwrap();
        let expected: Vec<_> = jobs[..old].iter().rev().copied().collect();
        assert_eq!(found, expected, "{keep} {items}");
    }
    store.set_lanes(jobs[3], Some(9)).await.unwrap();
    let record = store.job(jobs[3]).await.unwrap().unwrap();
    assert_eq!(record.rules, JobRules { parallel: Some(9), ..spec().rules });
}
