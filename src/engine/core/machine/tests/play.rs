//! Plays a script of events against the machine, in words.
//!
//! Sites are `a` (source) and `b` (destination), unless a job says `on X Y`; each bears
//! three sessions at a time. Files are `f1`, `f2` … Events and effects are written as
//! [`World::event`] and [`show`] have them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::base::{ItemId, JobId};
use crate::engine::api::{Control, Failure, FailureKind, Report, Step};
use crate::engine::core::machine::event::{Effect, Event, NewJob, Note, Now, Ticket, Tried};
use crate::engine::core::machine::{Machine, Settings};
use crate::engine::failure;
use crate::engine::message::{LaneId, Opened, Purpose};
use crate::queue::store::{ClaimedItems, ItemSelection, ReturnOutcome, VersionedTotals};
use crate::queue::{
    Ending, Item, ItemState, JobKind, JobRules, JobSites, RetryClass, RetryPolicy, SiteRetryLimits,
    Totals,
};
use crate::site::{Location, Site, SiteKey};
use crate::transfer::StopRequest;

/// One row: an event, and all effects that follow from it, separated by `; `.
pub(super) type Row = (&'static str, &'static str);

/// Plays each row and compares the effects.
pub(super) fn play(name: &str, rows: &[Row]) {
    let mut world = World::new();
    for (number, (event, expected)) in rows.iter().enumerate() {
        let effects = world.event(event).join("; ");
        assert_eq!(effects, *expected, "{name}, row {}: {event}", number + 1);
    }
}

/// A machine with a clock that the script moves.
pub(super) struct World {
    pub(super) machine: Machine,
    start: Now,
    passed: Duration,
    version: u64,
    /// Files that each job's store has handed out and not got back.
    out: BTreeMap<JobId, u64>,
}

pub(super) fn site(name: &str) -> Arc<Site> {
    let mut site = Site::new(name);
    name.clone_into(&mut site.name);
    site.max_sessions = 3;
    Arc::new(site)
}

pub(super) fn key(name: &str) -> SiteKey {
    site(name).key()
}

pub(super) fn file(job: JobId, id: ItemId) -> Item {
    let at = |name: &str| Location::Remote { site: site(name), path: "/f".into() };
    Item {
        id,
        job,
        label: format!("f{id}").into(),
        dir: false,
        source: at("a"),
        target: Some(at("b")),
        size: Some(1),
        modified: None,
        mode: None,
        replaces: false,
        tries: 0,
    }
}

/// A failure of one kind: `connect`, `login` (final), `broken` (the connection was lost).
fn why(word: &str) -> Failure {
    let (step, kind) = match word {
        "connect" => (Step::Connect, FailureKind::Connect),
        "login" => (Step::Connect, FailureKind::Login),
        "broken" => ("copy".into(), FailureKind::Transient),
        "cancelled" => return failure::cancelled(),
        "refused" => ("list".into(), FailureKind::Refused),
        other => panic!("unknown failure {other}"),
    };
    Failure::new(step, word, kind)
}

fn number(word: &str) -> u64 {
    word.trim_start_matches('f').parse().unwrap_or_else(|_| panic!("{word} is not a number"))
}

fn job(word: &str) -> JobId {
    JobId(number(word))
}

fn control(word: &str) -> Control {
    match word {
        "cancel" => Control::Cancel,
        "hold" => Control::Hold,
        "release" => Control::Release,
        "retry" => Control::Retry,
        "clear" => Control::Clear,
        "up" => Control::Up,
        "down" => Control::Down,
        "top" => Control::Top,
        "bottom" => Control::Bottom,
        other => panic!("unknown control {other}"),
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        browsing: 0,
        tries: RetryPolicy { max_attempts: 3, busy_wait: Duration::from_secs(10) },
        patience: SiteRetryLimits { min_attempts: 1, time_limit: Some(Duration::from_secs(30)) },
        turn: Duration::from_secs(10),
    }
}

impl World {
    pub(super) fn new() -> Self {
        let wall: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        Self {
            machine: Machine::new(settings()),
            start: Now { instant: Instant::now(), wall },
            passed: Duration::ZERO,
            version: 0,
            out: BTreeMap::new(),
        }
    }

    fn now(&self) -> Now {
        Now { instant: self.start.instant + self.passed, wall: self.start.wall + self.passed }
    }

    /// What the store counts: so many waiting and held files, and those handed out.
    fn counted(&mut self, job: JobId, waiting: u64, held: u64) -> VersionedTotals {
        self.version += 1;
        let running = self.out.get(&job).copied().unwrap_or(0);
        let totals = Totals { waiting, held, running, ..Totals::default() };
        VersionedTotals { totals, version: self.version }
    }

    /// Plays one event; returns the effects.
    pub(super) fn event(&mut self, text: &str) -> Vec<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let event = self.parse(&words);
        let now = self.now();
        self.machine.handle(now, event).iter().map(show).collect()
    }

    /// * `take JOB [walk] [held] [stale] [cancelled] [move] [mirror] [parallel N] [at SECONDS]
    ///   [priority N] [on FROM TO] [waiting N] [fragile SITE]`: a job begins
    /// * `dir JOB`, `added JOB N`, `walked JOB [WHY]`: its walk
    /// * `claimed JOB FILES… [waiting N] [later SECONDS]`, `unclaimed JOB`: the store's answer
    /// * `next LANE`, `over LANE [WHY]`, `gone JOB FILE`: lanes
    /// * `done|left JOB FILE`, `failed JOB FILE SETBACK`: a try ended
    /// * `settled JOB FILE [waiting N]`: it is written down
    /// * `tick [SECONDS]`, `returned SITE`, `opened SITE [WHY|full]`, `poll SITE`
    /// * `borrow TICKET SITES… [for work]`, `withdrawn TICKET`, `await TICKET JOB SITE`
    /// * `cancel|hold|… JOB`, `cancel|… JOB FILE`, `controlled CONTROL JOB waiting N [held N]`
    /// * `lanes JOB N`, `start JOB`, `pause`, `resume`, `forget JOB`, `shutdown`
    fn parse(&mut self, words: &[&str]) -> Event {
        let after = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1).copied()
        };
        let count = |name: &str| after(name).map_or(0, number);
        let has = |name: &str| words.contains(&name);
        match words {
            ["take", id, ..] => {
                let id = job(id);
                let at = words.iter().position(|word| *word == "on");
                let (from, to) = at.map_or(("a", "b"), |at| (words[at + 1], words[at + 2]));
                let rules = JobRules {
                    parallel: after("parallel").map(|lanes| number(lanes) as usize),
                    ..JobRules::default()
                };
                let start = after("at").map(|at| self.start.wall + Duration::from_secs(number(at)));
                Event::JobTaken(Box::new(NewJob {
                    job: id,
                    kind: match () {
                        () if has("move") => JobKind::Move,
                        () if has("mirror") => JobKind::Mirror,
                        () => JobKind::Copy,
                    },
                    rules,
                    ends: JobSites { from: Some(site(from)), to: Some(site(to)) },
                    priority: count("priority") as i32,
                    held: has("held"),
                    walk: has("walk"),
                    start_at: start,
                    stale: has("stale"),
                    cancelled: has("cancelled"),
                    counted: self.counted(id, count("waiting"), 0),
                    one_lane: after("fragile").map(key).into_iter().collect(),
                }))
            }
            ["dir", id] => Event::DirectoryFound(job(id)),
            ["added", id, waiting] => {
                let (job, waiting) = (job(id), number(waiting));
                Event::Added { job, counted: self.counted(job, waiting, 0) }
            }
            ["walked", id, rest @ ..] => {
                Event::Walked { job: job(id), failure: rest.first().map(|word| why(word)) }
            }
            ["claimed", id, rest @ ..] => {
                let job = job(id);
                let files = rest.iter().take_while(|word| word.starts_with('f'));
                let items: Vec<Item> = files.map(|word| file(job, ItemId(number(word)))).collect();
                *self.out.entry(job).or_default() += items.len() as u64;
                let counted = self.counted(job, count("waiting"), 0);
                let later =
                    after("later").map(|s| self.now().wall + Duration::from_secs(number(s)));
                let claimed = Some(ClaimedItems { items, counted, next_at: later });
                Event::Claimed { job, claimed }
            }
            ["unclaimed", id] => Event::Claimed { job: job(id), claimed: None },
            ["next", lane] => Event::Next(LaneId(number(lane))),
            ["over", lane, rest @ ..] => Event::LaneOver {
                lane: LaneId(number(lane)),
                failure: rest.first().map(|word| why(word)),
            },
            ["gone", id, item] => Event::NotTaken { job: job(id), item: ItemId(number(item)) },
            ["done" | "left" | "failed", id, item, rest @ ..] => {
                let state = match words[0] {
                    "done" => ItemState::Done,
                    "left" => ItemState::Skipped,
                    _ => ItemState::Failed,
                };
                let retry_class = match rest.first() {
                    None => None,
                    Some(&"lasting" | &"cancelled") => Some(RetryClass::Permanent),
                    Some(&"passing") => Some(RetryClass::Transient),
                    Some(&"busy") => Some(RetryClass::Busy),
                    Some(&"full") => Some(RetryClass::Full),
                    Some(&"unreached") => Some(RetryClass::Unreachable),
                    Some(other) => panic!("unknown retry_class {other}"),
                };
                let failure = (state == ItemState::Failed).then_some(match rest.first() {
                    Some(&"cancelled") => FailureKind::Cancelled,
                    _ => FailureKind::Refused,
                });
                Event::Tried(Box::new(Tried {
                    job: job(id),
                    item: ItemId(number(item)),
                    state,
                    ending: Ending {
                        reason: retry_class.map(|_| "why".to_owned()),
                        ..Ending::default()
                    },
                    failure,
                    retry_class,
                }))
            }
            ["settled", id, item, ..] => {
                let job = job(id);
                *self.out.entry(job).or_default() -= 1;
                let counted = self.counted(job, count("waiting"), 0);
                Event::Settled { job, item: ItemId(number(item)), counted: vec![(job, counted)] }
            }
            ["tick", rest @ ..] => {
                self.passed += Duration::from_secs(rest.first().map_or(0, |word| number(word)));
                Event::Tick
            }
            ["returned", name] => Event::Returned(key(name)),
            ["opened", name, rest @ ..] => Event::Opened {
                site: key(name),
                opened: match rest.first() {
                    None | Some(&"fragile") => Opened::LoggedIn,
                    Some(&"full") => Opened::TooMany(why("connect")),
                    Some(word) => Opened::Failed(why(word)),
                },
                one_lane: has("fragile"),
            },
            ["poll", name] => Event::PollSizes(site(name)),
            ["borrow", ticket, rest @ ..] => {
                let work = has("work");
                let names = rest.iter().take_while(|word| **word != "for");
                Event::Borrow {
                    ticket: Ticket(number(ticket)),
                    sites: names.map(|name| site(name)).collect(),
                    purpose: if work { Purpose::Work } else { Purpose::Browse },
                }
            }
            ["withdrawn", ticket] => Event::Withdrawn(Ticket(number(ticket))),
            ["await", ticket, id, name] => {
                Event::AwaitSite { ticket: Ticket(number(ticket)), job: job(id), site: key(name) }
            }
            ["lanes", id, lanes] => Event::SetLanes(vec![(job(id), Some(number(lanes) as usize))]),
            ["start", id] => Event::StartNow(job(id)),
            ["pause"] => Event::Pause(true),
            ["resume"] => Event::Pause(false),
            ["forget", id] => Event::Forgotten(vec![job(id)]),
            ["shutdown"] => Event::Shutdown,
            ["controlled", word, id, ..] => {
                let job = job(id);
                let counted = self.counted(job, count("waiting"), count("held"));
                Event::Controlled { counted: vec![(job, counted)], control: control(word) }
            }
            [word, id] => Event::ControlJob(job(id), control(word)),
            [word, id, item] => {
                let item = ItemId(number(item));
                Event::ControlItems {
                    running: vec![(job(id), item)],
                    selection: ItemSelection::Items(vec![item]),
                    control: control(word),
                }
            }
            other => panic!("unknown event {other:?}"),
        }
    }
}

/// An effect in words.
pub(super) fn show(effect: &Effect) -> String {
    match effect {
        Effect::Lend { ticket, .. } => format!("lend to {}", ticket.0),
        Effect::PollSizes(site) => format!("ask sizes on {}", site.key()),
        Effect::Wake { ticket, go: true } => format!("wake {}", ticket.0),
        Effect::Wake { ticket, go: false } => format!("stop {}", ticket.0),
        Effect::StartLane { lane, job } => format!("lane {} for {job}", lane.0),
        Effect::Give { lane, item } => format!("f{} to lane {}", item.id, lane.0),
        Effect::Dismiss(lane) => format!("dismiss {}", lane.0),
        Effect::Signal { item, stop_request: StopRequest::Cancel } => format!("cancel f{item}"),
        Effect::Signal { item, .. } => format!("interrupt f{item}"),
        Effect::Walk(job) => format!("walk {job}"),
        Effect::StopWalk(job, true) => format!("stop walk {job}"),
        Effect::StopWalk(job, false) => format!("allow walk {job}"),
        Effect::RecordFailedWalk { job, .. } => format!("record walk {job}"),
        Effect::RemoveEmptied(job) => format!("remove emptied {job}"),
        Effect::Claim { job, limit, all } => {
            format!("claim {limit}{} of {job}", if *all { " (all)" } else { "" })
        }
        Effect::GiveBack { back, .. } => match &back.outcome {
            ReturnOutcome::Ended(state, _) => format!("f{} {state:?}", back.item).to_lowercase(),
            ReturnOutcome::Later(None, _) => format!("f{} waits, {} tries", back.item, back.tries),
            ReturnOutcome::Later(Some(_), _) => {
                format!("f{} later, {} tries", back.item, back.tries)
            }
        },
        Effect::ItemChange { control, .. } => format!("store: {control:?}").to_lowercase(),
        Effect::Note(note) => match note {
            Note::Cancelled(job) => format!("note {job} cancelled"),
            Note::Held(job, true) => format!("note {job} held"),
            Note::Held(job, false) => format!("note {job} released"),
            Note::Priority(job, priority) => format!("note {job} priority {priority}"),
            Note::MovePriority(job, step) => format!("note {job} moves {step}"),
            Note::StartNow(job) => format!("note {job} starts"),
            Note::Listed(job) => format!("note {job} listed"),
        },
        Effect::EndJob(job) => format!("end {job}"),
        Effect::Report(job, Report::Error(failure)) => format!("report {job} {}", failure.cause),
        Effect::Report(job, _) => format!("report {job}"),
        Effect::Notice(..) => "notice".to_owned(),
        Effect::SiteNotice { site, text, .. } => {
            format!("{site}: {}", text.split(':').next().unwrap_or_default())
        }
    }
}
