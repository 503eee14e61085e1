//! Every job ends, whatever happens in whatever order.
//!
//! A world of tasks answers each effect with the event that follows from it, at a random moment
//! and with a random result, while users act at random. Then the users fall silent: nothing may be
//! left over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use proptest::prelude::*;

use super::play::{file, key, settings, site};
use crate::base::{ItemId, JobId};
use crate::engine::api::{Control, Failure, FailureKind, Step};
use crate::engine::core::machine::Machine;
use crate::engine::core::machine::event::{Effect, Event, NewJob, Now, Ticket, Tried};
use crate::engine::message::{LaneId, Opened, Purpose};
use crate::queue::store::{
    ClaimedItems, ItemSelection, ReturnOutcome, ReturnedItem, VersionedTotals,
};
use crate::queue::{Ending, ItemState, JobKind, JobRules, JobSites, RetryClass, Totals};
use crate::site::SiteKey;

/// The store's view of a job.
#[derive(Default)]
struct Stored {
    waiting: BTreeSet<ItemId>,
    held: BTreeSet<ItemId>,
    out: BTreeSet<ItemId>,
    failed: BTreeSet<ItemId>,
}

struct World {
    machine: Machine,
    now: Now,
    version: u64,
    last_item: u64,
    stored: BTreeMap<JobId, Stored>,
    /// What the store will answer, in order.
    store: VecDeque<Event>,
    /// Events that will come, in order for each task; any task may be next.
    tasks: Vec<VecDeque<Event>>,
    lanes: BTreeMap<LaneId, (JobId, Vec<SiteKey>)>,
    /// Jobs that are being walked or emptied, and whether they were told to stop.
    walks: BTreeMap<JobId, bool>,
    waiting_walks: BTreeMap<Ticket, JobId>,
    ended: BTreeSet<JobId>,
    last_ticket: u64,
    closing: bool,
}

fn lost(kind: FailureKind) -> Failure {
    Failure::new(Step::Connect, "gone", kind)
}

impl World {
    fn new() -> Self {
        let wall: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        Self {
            machine: Machine::new(settings()),
            now: Now { instant: Instant::now(), wall },
            version: 0,
            last_item: 0,
            stored: BTreeMap::new(),
            store: VecDeque::new(),
            tasks: Vec::new(),
            lanes: BTreeMap::new(),
            walks: BTreeMap::new(),
            waiting_walks: BTreeMap::new(),
            ended: BTreeSet::new(),
            last_ticket: 0,
            closing: false,
        }
    }

    fn counted(&mut self, job: JobId) -> VersionedTotals {
        self.version += 1;
        let stored = self.stored.entry(job).or_default();
        let (waiting, held) = (stored.waiting.len() as u64, stored.held.len() as u64);
        let running = stored.out.len() as u64;
        let totals = Totals { waiting, held, running, ..Totals::default() };
        VersionedTotals { totals, version: self.version }
    }

    fn add_files(&mut self, job: JobId, count: u64) {
        for _ in 0..count {
            self.last_item += 1;
            self.stored.entry(job).or_default().waiting.insert(ItemId(self.last_item));
        }
    }

    fn later(&mut self, event: Event) {
        self.tasks.push(VecDeque::from([event]));
    }

    fn handle(&mut self, event: Event, choice: u64) {
        for effect in self.machine.handle(self.now, event) {
            self.perform(effect, choice);
        }
    }

    /// What the driver and its tasks would make of an effect; `choice` is their luck.
    fn perform(&mut self, effect: Effect, choice: u64) {
        match effect {
            Effect::Lend { sites, .. } => {
                for site in sites {
                    self.later(Event::Returned(site.key()));
                }
            }
            Effect::PollSizes(site) => self.later(Event::Returned(site.key())),
            Effect::Wake { ticket, go } => {
                let Some(job) = self.waiting_walks.remove(&ticket) else { return };
                let failure = (!go).then(|| lost(FailureKind::Connect));
                self.later(Event::Walked { job, failure });
            }
            Effect::StartLane { lane, job } => {
                let sites: Vec<_> =
                    self.machine.job(job).unwrap().sites().iter().map(|site| site.key()).collect();
                let site = sites[(choice % 2) as usize].clone();
                self.lanes.insert(lane, (job, sites));
                match choice % 11 {
                    0 => self.lane_fails(lane, site, lost(FailureKind::Connect)),
                    1 => self.lane_fails(lane, site, lost(FailureKind::Login)),
                    2 => {
                        let opened = Opened::TooMany(lost(FailureKind::Connect));
                        self.later(Event::Opened { site, opened, one_lane: false });
                        self.lane_ends(lane, Some(lost(FailureKind::Connect)));
                    }
                    _ => {
                        let one_lane = choice.is_multiple_of(13);
                        self.tasks.push(VecDeque::from([
                            Event::Opened { site, opened: Opened::LoggedIn, one_lane },
                            Event::Next(lane),
                        ]));
                    }
                }
            }
            Effect::Give { lane, item } => self.copy(lane, item.job, item.id, choice),
            Effect::Dismiss(lane) => self.lane_ends(lane, None),
            Effect::Walk(job) => {
                self.walks.insert(job, false);
                self.add_files(job, choice % 4);
                let counted = self.counted(job);
                let mut events = VecDeque::from([Event::DirectoryFound(job)]);
                events.push_back(Event::Added { job, counted });
                self.last_ticket += 1;
                let ticket = Ticket(self.last_ticket);
                match choice % 5 {
                    0 => events.push_back(Event::Walked {
                        job,
                        failure: Some(lost(FailureKind::Refused)),
                    }),
                    1 => {
                        self.waiting_walks.insert(ticket, job);
                        events.push_back(Event::AwaitSite { ticket, job, site: key("a") });
                    }
                    _ => events.push_back(Event::Walked { job, failure: None }),
                }
                self.tasks.push(events);
            }
            Effect::RecordFailedWalk { job, .. } | Effect::RemoveEmptied(job) => {
                self.later(Event::Walked { job, failure: None });
            }
            Effect::Claim { job, limit, all } => {
                let claimed =
                    (!choice.is_multiple_of(7)).then(|| self.hand_out(job, limit, all, choice));
                self.store.push_back(Event::Claimed { job, claimed });
            }
            Effect::GiveBack { back, .. } => self.take_back(&back),
            Effect::ItemChange { selection, control } => self.change(&selection, control),
            Effect::EndJob(job) => {
                self.ended.insert(job);
            }
            Effect::Signal { .. }
            | Effect::StopWalk(..)
            | Effect::Note(_)
            | Effect::Report(..)
            | Effect::Notice(..)
            | Effect::SiteNotice { .. } => {}
        }
    }

    fn hand_out(&mut self, job: JobId, limit: usize, all: bool, choice: u64) -> ClaimedItems {
        let stored = self.stored.entry(job).or_default();
        // at times everything is put off
        let put_off = choice.is_multiple_of(5) && !all;
        let mut ids: Vec<ItemId> = stored.waiting.iter().copied().collect();
        if all {
            ids.extend(stored.held.iter());
        }
        ids.truncate(if put_off { 0 } else { limit });
        for id in &ids {
            stored.waiting.remove(id);
            stored.held.remove(id);
            stored.out.insert(*id);
        }
        let items = ids.into_iter().map(|id| file(job, id)).collect();
        let next_at = put_off.then(|| self.now.wall + Duration::from_secs(3));
        ClaimedItems { items, counted: self.counted(job), next_at }
    }

    fn take_back(&mut self, back: &ReturnedItem) {
        let (job, item) = (back.job, back.item);
        let stored = self.stored.entry(job).or_default();
        assert!(stored.out.remove(&item), "file {item} was not handed out");
        match &back.outcome {
            ReturnOutcome::Later(..) => {
                stored.waiting.insert(item);
            }
            ReturnOutcome::Ended(ItemState::Failed, _) => {
                stored.failed.insert(item);
            }
            ReturnOutcome::Ended(..) => {}
        }
        let counted = vec![(job, self.counted(job))];
        self.store.push_back(Event::Settled { job, item, counted });
    }

    fn change(&mut self, selection: &ItemSelection, control: Control) {
        let mut counted = Vec::new();
        let jobs: Vec<JobId> = self.stored.keys().copied().collect();
        for job in jobs {
            let stored = self.stored.entry(job).or_default();
            let selected = |id: &ItemId| match selection {
                ItemSelection::Items(items) => items.contains(id),
                ItemSelection::Jobs(jobs, _) | ItemSelection::Matching(jobs, ..) => {
                    jobs.contains(&job)
                }
            };
            let (from, to) = match control {
                Control::Hold => (&mut stored.waiting, Some(&mut stored.held)),
                Control::Release => (&mut stored.held, Some(&mut stored.waiting)),
                Control::Retry => (&mut stored.failed, Some(&mut stored.waiting)),
                Control::Cancel => (&mut stored.waiting, None),
                _ => continue,
            };
            let moved: Vec<ItemId> = from.iter().copied().filter(selected).collect();
            from.retain(|id| !moved.contains(id));
            if let Some(to) = to {
                to.extend(moved);
            }
            counted.push((job, self.counted(job)));
        }
        self.store.push_back(Event::Controlled { counted, control });
    }

    fn copy(&mut self, lane: LaneId, job: JobId, item: ItemId, choice: u64) {
        let setbacks = [
            None,
            None,
            None,
            Some(RetryClass::Permanent),
            Some(RetryClass::Transient),
            Some(RetryClass::Busy),
            Some(RetryClass::Full),
            Some(RetryClass::Unreachable),
        ];
        let retry_class = setbacks[(choice % 8) as usize];
        let failed = retry_class.is_some();
        let tried = Event::Tried(Box::new(Tried {
            job,
            item,
            state: if failed { ItemState::Failed } else { ItemState::Done },
            ending: Ending::default(),
            failure: failed.then_some(FailureKind::Refused),
            retry_class,
        }));
        match choice % 17 {
            0 => self.handle(Event::NotTaken { job, item }, choice / 17),
            1 => {}
            _ => {
                self.tasks.push(VecDeque::from([tried, Event::Next(lane)]));
                return;
            }
        }
        // the lane dies without a word about its file
        self.lane_ends(lane, Some(lost(FailureKind::Transient)));
    }

    fn lane_fails(&mut self, lane: LaneId, site: SiteKey, failure: Failure) {
        let opened = Opened::Failed(failure.clone());
        self.later(Event::Opened { site, opened, one_lane: false });
        self.lane_ends(lane, Some(failure));
    }

    fn lane_ends(&mut self, lane: LaneId, failure: Option<Failure>) {
        let Some((_, sites)) = self.lanes.remove(&lane) else { return };
        let mut events: VecDeque<Event> = sites.into_iter().map(Event::Returned).collect();
        events.push_back(Event::LaneOver { lane, failure });
        self.tasks.push(events);
    }

    fn user(&mut self, choice: u64) -> Option<Event> {
        let job = JobId(choice / 16 % 4 + 1);
        let known = self.stored.contains_key(&job);
        let item = ItemId(choice / 64 % (self.last_item + 1));
        let kinds = [JobKind::Copy, JobKind::Move, JobKind::Mirror];
        Some(match choice % 16 {
            0..=3 if !known && !self.closing => {
                self.add_files(job, choice / 64 % 6);
                let ends = [("a", "b"), ("a", "c"), ("a", "a"), ("c", "b")];
                let (from, to) = ends[(choice / 7 % 4) as usize];
                Event::JobTaken(Box::new(NewJob {
                    job,
                    kind: kinds[(choice / 5 % 3) as usize],
                    rules: JobRules::default(),
                    ends: JobSites { from: Some(site(from)), to: Some(site(to)) },
                    priority: (choice % 2) as i32,
                    held: choice.is_multiple_of(9),
                    walk: !choice.is_multiple_of(3),
                    start_at: choice
                        .is_multiple_of(5)
                        .then(|| self.now.wall + Duration::from_secs(5)),
                    stale: choice.is_multiple_of(4),
                    cancelled: choice.is_multiple_of(21),
                    counted: self.counted(job),
                    one_lane: Vec::new(),
                }))
            }
            4 => Event::ControlJob(job, Control::Cancel),
            5 => Event::ControlJob(job, Control::Hold),
            6 => Event::ControlJob(job, Control::Release),
            7 => Event::ControlJob(job, Control::Retry),
            8 | 9 => Event::ControlItems {
                running: vec![(job, item)],
                selection: ItemSelection::Items(vec![item]),
                control: [Control::Cancel, Control::Hold, Control::Release]
                    [(choice / 32 % 3) as usize],
            },
            10 => Event::Pause((choice / 16).is_multiple_of(2)),
            11 => Event::StartNow(job),
            12 => {
                self.last_ticket += 1;
                let (ticket, sites) = (Ticket(self.last_ticket), vec![site("a")]);
                Event::Borrow { ticket, sites, purpose: Purpose::Browse }
            }
            13 => Event::SetLanes(vec![(job, Some((choice / 64 % 5) as usize))]),
            14 => Event::PollSizes(site("b")),
            _ => return None,
        })
    }

    /// One step of any task, or a user's act, or time.
    fn step(&mut self, choice: u64, with_user: bool) {
        if with_user
            && choice.is_multiple_of(3)
            && let Some(event) = self.user(choice / 3)
        {
            return self.handle(event, choice);
        }
        let waiting = self.tasks.len() + usize::from(!self.store.is_empty());
        if waiting == 0 || choice.is_multiple_of(19) {
            let second = Duration::from_secs(1 + choice % 3);
            self.now = Now { instant: self.now.instant + second, wall: self.now.wall + second };
            return self.handle(Event::Tick, choice);
        }
        let at = (choice / 5) as usize % waiting;
        let event = match self.tasks.get_mut(at) {
            Some(task) => task.pop_front(),
            None => self.store.pop_front(),
        };
        self.tasks.retain(|task| !task.is_empty());
        if let Some(event) = event {
            self.handle(event, choice);
        }
    }

    fn finish(&mut self, seed: u64) {
        let mut choice = seed;
        for _ in 0..20_000 {
            // all failures that are left to luck come to an end as well
            choice = choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            self.step(choice >> 33, false);
            if self.tasks.is_empty() && self.store.is_empty() && self.is_over() {
                return;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.machine.is_quiet() && (self.closing || self.machine.jobs().all(|(_, j)| j.is_ended()))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn every_job_ends_from_every_state(
        choices in proptest::collection::vec(any::<u32>(), 1..200),
        seed in any::<u64>(),
        shutdown in proptest::bool::weighted(0.2),
    ) {
        let mut world = World::new();
        for choice in &choices {
            world.step(u64::from(*choice), true);
        }
        if shutdown {
            world.closing = true;
            world.handle(Event::Shutdown, seed);
        } else {
            world.handle(Event::Pause(false), seed);
        }
        // what users hold back is theirs to release
        for job in world.stored.keys().copied().collect::<Vec<_>>() {
            world.handle(Event::ControlJob(job, Control::Release), seed);
            let every: Vec<ItemId> = (0..=world.last_item).map(ItemId).collect();
            let selection = ItemSelection::Items(every);
            let (running, control) = (Vec::new(), Control::Release);
            world.handle(Event::ControlItems { running, selection, control }, seed);
            world.handle(Event::StartNow(job), seed);
        }
        world.finish(seed);
        prop_assert!(world.tasks.is_empty(), "tasks are left: {:?}", world.tasks);
        prop_assert!(world.machine.is_quiet(), "{:?}", world.machine);
        for name in ["a", "b", "c"] {
            prop_assert_eq!(world.machine.seats().lent(&key(name)), 0, "sessions of {}", name);
        }
        for (job, stored) in &world.stored {
            prop_assert!(stored.out.is_empty(), "files of job {job} are still handed out: {:?}", stored.out);
            if !shutdown {
                prop_assert!(world.ended.contains(job), "job {job} has not ended: {:?}", world.machine.job(*job));
                prop_assert!(stored.waiting.is_empty(), "job {job} ended with files waiting");
            }
        }
    }
}
