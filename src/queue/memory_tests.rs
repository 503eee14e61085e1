//! The queue keeps its books: what is claimed, put back, moved and ended is counted once.

use super::*;
use crate::queue::{Source, TreeRules};

fn spec() -> JobSpec {
    JobSpec {
        kind: JobKind::Copy,
        sources: Vec::<Source>::new(),
        target: None,
        rename_to: false,
        rules: Rules::default(),
        tree: TreeRules::default(),
    }
}

fn file(name: &str, size: u64) -> NewItem {
    NewItem {
        label: name.into(),
        dir: false,
        source: Location::Local(name.into()),
        target: None,
        size: Some(size),
        modified: None,
        replaces: false,
        turn: Turn::Usual,
    }
}

fn labels(queue: &Queue, open: bool, ended: bool) -> Vec<String> {
    queue
        .rows(open, ended)
        .filter_map(|id| queue.item(id))
        .map(|item| item.label.to_string())
        .collect()
}

fn ending(bytes: u64) -> Ending {
    Ending { bytes, verified: "size", ..Ending::default() }
}

#[test]
fn from_waiting_to_the_end() {
    let mut queue = Queue::new();
    let job = queue.add_job(&spec());
    for (name, size) in [("a", 1), ("b", 2), ("c", 3)] {
        queue.add_item(job, file(name, size));
    }
    let now = Instant::now();
    let a = queue.claim(job, now).unwrap().id;
    let b = queue.claim(job, now).unwrap().id;
    assert_eq!(labels(&queue, true, true), ["a", "b", "c"]);
    queue.end(a, ItemState::Done, ending(1));
    queue.end(b, ItemState::Failed, ending(0));
    assert_eq!(labels(&queue, true, true), ["c", "b", "a"]);
    assert_eq!(labels(&queue, false, true), ["b", "a"]);
    assert_eq!(queue.failed().count(), 1);
    let totals = queue.totals();
    assert_eq!((totals.waiting, totals.running, totals.done, totals.failed), (1, 0, 1, 1));
    assert_eq!((totals.bytes_done, totals.bytes_waiting), (1, 3));

    queue.set_state(b, ItemState::Waiting);
    assert_eq!(labels(&queue, true, false), ["b", "c"]);
    assert_eq!(queue.claim(job, now).unwrap().tries, 2);
    queue.remove(a);
    assert_eq!(queue.totals().done, 0);
    assert_eq!(queue.totals().bytes_done, 0);
}

#[test]
fn an_item_that_was_put_back_waits_for_its_time() {
    let mut queue = Queue::new();
    let job = queue.add_job(&spec());
    let id = queue.add_item(job, file("a", 1));
    let now = Instant::now();
    queue.claim(job, now);
    let later = now + Duration::from_secs(2);
    queue.put_back(id, "busy".to_owned(), later);
    assert!(queue.claim(job, now).is_none() && !queue.has_ready(job, now));
    assert!(queue.has_ready(job, later));
    assert_eq!(queue.claim(job, later).unwrap().tries, 2);
}

#[test]
fn order_can_be_changed() {
    let mut queue = Queue::new();
    let job = queue.add_job(&spec());
    let ids: Vec<ItemId> =
        ["a", "b", "c", "d"].iter().map(|name| queue.add_item(job, file(name, 1))).collect();
    queue.shift(ids[2], true, false);
    assert_eq!(labels(&queue, true, true), ["a", "c", "b", "d"]);
    queue.shift(ids[3], true, true);
    assert_eq!(labels(&queue, true, true), ["d", "a", "c", "b"]);
    queue.shift(ids[0], false, true);
    assert_eq!(labels(&queue, true, true), ["d", "c", "b", "a"]);
    queue.shift(ids[3], true, false);
    queue.shift(ids[0], false, false);
    assert_eq!(labels(&queue, true, true), ["d", "c", "b", "a"]);
    let next = queue.claim(job, Instant::now()).unwrap();
    assert_eq!(&*next.label, "d");
}

#[test]
fn held_and_finished_jobs() {
    let mut queue = Queue::new();
    let job = queue.add_job(&spec());
    let id = queue.add_item(job, file("a", 1));
    let now = Instant::now();
    queue.set_state(id, ItemState::Held);
    assert!(queue.claim(job, now).is_none());
    queue.set_state(id, ItemState::Waiting);
    queue.job_mut(job).unwrap().held = true;
    assert!(!queue.has_ready(job, now));
    queue.job_mut(job).unwrap().held = false;
    assert!(!queue.is_finished(job));
    queue.claim(job, now);
    queue.end(id, ItemState::Done, ending(1));
    assert!(!queue.is_finished(job), "its tree is still being listed");
    queue.job_mut(job).unwrap().listing = false;
    assert!(queue.is_finished(job));
}
