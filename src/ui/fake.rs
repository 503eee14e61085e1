//! A screen without terminal and engine, for tests: keys in, effects and model out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::base::{ItemId, JobId, Precision, Stamp};
use crate::config::ScreenSettings;
use crate::engine::{
    Counts, Directory, Event, EventKind, Failure, FailureKind, Row, RowEnd, SiteState, Step, Window,
};
use crate::ftp::{Entry, Kind};
use crate::queue::store::JobStatus;
use crate::queue::{Exists, ItemState, JobKind, JobRules, JobSites, Totals};
use crate::site::{Location, Site, SiteKey, Sites};
use crate::transfer::{Verdict, Via};
use crate::ui::key::parse_sequence;
use crate::ui::model::job_line::JobLine;
use crate::ui::model::listing::Arranged;
use crate::ui::model::msg::{Msg, PaneSide, UiEffect};
use crate::ui::model::pane::Navigation;
use crate::ui::model::{Model, ModelSetup, WallClock};
use crate::ui::update::{navigate, update};

/// A model that tests drive with keys.
pub(crate) struct Play {
    pub(crate) model: Model,
    /// The effects since the last [`Play::take`].
    pub(crate) effects: Vec<UiEffect>,
    /// The directories of the servers; listing any other directory fails.
    pub(crate) directories: BTreeMap<String, Vec<Entry>>,
    /// False while listings and addresses are not answered.
    pub(crate) answering: bool,
    pub(crate) sites: Sites,
    number: u64,
}

pub(crate) fn site(name: &str, host: &str) -> Site {
    Site { name: name.to_owned(), user: Some("ann".to_owned()), ..Site::new(host) }
}

pub(crate) fn file(name: &str, size: u64, day: i8) -> Entry {
    let mut entry = Entry::new(name.as_bytes(), Kind::File);
    entry.size = Some(size);
    entry.mtime = Some(Stamp::local(date(2026, 11, day).at(22, 40, 0, 0), Precision::Minute));
    entry.perms = Some("rw-r--r--".into());
    entry
}

pub(crate) fn dir(name: &str, year: i16) -> Entry {
    let mut entry = Entry::new(name.as_bytes(), Kind::Dir);
    entry.mtime = Some(Stamp::local(date(year, 3, 2).at(10, 2, 0, 0), Precision::Minute));
    entry.perms = Some("rwxr-xr-x".into());
    entry
}

pub(crate) fn failure(kind: FailureKind, cause: &str) -> Failure {
    Failure::new(Step::Connect, cause, kind)
        .with(&site("nas", "nas.example").into())
        .advise("Check the host and port of the site.")
}

fn end(site: &str, path: String) -> RowEnd {
    RowEnd { site: Some(site.to_owned()), path }
}

pub(crate) fn row(id: u64, name: &str, state: ItemState) -> Row {
    Row {
        item: ItemId(id),
        job: JobId(1),
        kind: JobKind::Copy,
        name: name.to_owned(),
        dir: false,
        from: end("mirror-eu", format!("/pub/releases/{name}")),
        to: Some(end("nas", format!("/incoming/{name}"))),
        job_held: false,
        interrupted: false,
        state,
        via: None,
        protected: None,
        bytes: None,
        size: Some(1_524_713_390),
        rate: None,
        elapsed: Duration::ZERO,
        reason: None,
        verdict: None,
    }
}

/// A running job with one directory.
pub(crate) fn job_line(job: u64) -> JobLine {
    JobLine {
        job: JobId(job),
        kind: JobKind::Copy,
        ends: Some(JobSites::default()),
        from: "mirror-eu:/pub/releases/2026.2".to_owned(),
        to: "nas:/incoming".to_owned(),
        state: JobStatus::Running,
        ours: true,
        held: false,
        cancelled: false,
        listing: false,
        lanes: None,
        priority: 0,
        start_at: None,
        totals: Totals { waiting: 3, done: 1, bytes_done: 25, bytes_open: 75, ..Totals::default() },
    }
}

/// A queue with files in most states.
pub(crate) fn window() -> Window {
    let mut first = row(1, "image-arm64.iso", ItemState::Running);
    first.via = Some(Via::Direct);
    first.protected = Some(true);
    first.bytes = Some(869_086_632);
    first.rate = Some(63_963_136.0);
    first.elapsed = Duration::from_secs(14);
    let mut second = row(2, "image-x86.iso", ItemState::Running);
    second.via = Some(Via::Direct);
    second.protected = Some(false);
    second.bytes = Some(243_954_142);
    second.rate = Some(60_817_408.0);
    let mut third = row(3, "old.tar", ItemState::Running);
    third.from.site = Some("tape".to_owned());
    third.via = Some(Via::Relay);
    third.protected = Some(true);
    third.size = None;
    third.elapsed = Duration::from_secs(72);
    let mut waiting = row(4, "docs", ItemState::Waiting);
    waiting.dir = true;
    waiting.size = None;
    let mut held = row(5, "later.bin", ItemState::Held);
    held.reason = Some("held by the user".to_owned());
    let mut done = row(6, "SHA256SUMS", ItemState::Done);
    done.via = Some(Via::Direct);
    done.size = Some(712);
    done.bytes = Some(712);
    done.verdict = Some(Verdict::Complete);
    done.elapsed = Duration::from_secs(1);
    let mut failed = row(7, "secret.key", ItemState::Failed);
    failed.reason = Some("550 Permission denied".to_owned());
    failed.verdict = Some(Verdict::Failed);
    let rows = vec![first, second, third, waiting, held, done, failed];
    Window {
        total: rows.len() as u64,
        offset: 0,
        rows,
        counts: Counts {
            waiting: 1201,
            running: 3,
            done: 1,
            skipped: 0,
            failed: 1,
            cancelled: 0,
            bytes: 1_113_041_486,
            bytes_left: 167_772_160_000,
            rate: 224_395_264.0,
            left: Some(Duration::from_secs(761)),
            paused: false,
            listing: false,
        },
    }
}

impl Play {
    /// Two panes that show a directory of two connected sites.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        let mut mirror = site("mirror-eu", "ftp.example.org");
        mirror.folder = Some("Mirrors".to_owned());
        mirror.start_path = Some("/pub/releases".into());
        let mut tape = site("tape", "10.0.0.9");
        tape.folder = Some("Office".to_owned());
        let mut nas = site("nas", "10.0.0.7");
        nas.folder = Some("Office".to_owned());
        nas.start_path = Some("/incoming".into());
        let sites: Sites =
            [mirror, tape, nas, site("lonely", "h.example.net")].into_iter().collect();
        let model = Model::new(ModelSetup {
            size: (width, height),
            sites: sites.iter().cloned().collect(),
            clock: WallClock {
                start: "2026-11-21T09:30:00Z".parse::<Timestamp>().unwrap(),
                zone: TimeZone::UTC,
            },
            settings: ScreenSettings { hidden: false, ..ScreenSettings::default() },
            rules: JobRules { exists: Exists::Ask, ..JobRules::default() },
            ..ModelSetup::default()
        });
        let mut directories = BTreeMap::new();
        directories.insert(
            "mirror-eu:/pub/releases".to_owned(),
            vec![
                dir("2026.2", 2026),
                dir("2026.1", 2025),
                file("image-x86.iso", 1_621_350_154, 19),
                file("image-arm64.iso", 1_524_713_390, 19),
                file("SHA256SUMS", 712, 19),
                file(".message", 20, 1),
            ],
        );
        directories.insert("mirror-eu:/pub".to_owned(), vec![dir("releases", 2026)]);
        directories.insert("mirror-eu:/pub/releases/2026.2".to_owned(), vec![]);
        directories.insert(
            "nas:/incoming".to_owned(),
            vec![dir("2025.4", 2025), dir("archive", 2026), file("README", 2048, 11)],
        );
        let mut play =
            Self { model, effects: Vec::new(), directories, answering: true, sites, number: 0 };
        for name in ["mirror-eu", "nas"] {
            let tls = name == "mirror-eu";
            play.event(EventKind::Site {
                site: SiteKey(name.to_owned()),
                state: SiteState::Connected { tls, unverified: false },
            });
        }
        play.open(PaneSide::Left, "mirror-eu:");
        play.open(PaneSide::Right, "nas:");
        play.effects.clear();
        play
    }

    pub(crate) fn location(&self, text: &str) -> Location {
        Location::parse(text, &self.sites).unwrap().location
    }

    pub(crate) fn open(&mut self, side: PaneSide, text: &str) {
        let at = self.location(text);
        let mut out = Vec::new();
        navigate::list(&mut self.model, side, at, Navigation::Go, None, &mut out);
        self.perform(out);
    }

    pub(crate) fn event(&mut self, what: EventKind) {
        self.number += 1;
        self.send(Msg::Engine(Box::new(Event { number: self.number, what })));
    }

    pub(crate) fn send(&mut self, msg: Msg) {
        let out = update(&mut self.model, msg);
        self.perform(out);
    }

    /// Advances the clock.
    pub(crate) fn wait(&mut self, millis: u64) {
        let now = self.model.now + millis;
        self.send(Msg::Tick(now));
    }

    /// Presses keys, `"j j Space F5 Enter"`; `'…'` types its letters.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for (at, section) in keys.split('\'').enumerate() {
            if at % 2 == 1 {
                for c in section.chars() {
                    let key = if c == ' ' { "Space".to_owned() } else { c.to_string() };
                    self.press(&key);
                }
            } else {
                for key in section.split_whitespace() {
                    self.press(key);
                }
            }
        }
        self
    }

    fn press(&mut self, key: &str) {
        self.wait(1);
        for key in parse_sequence(key).unwrap() {
            self.send(Msg::Key(key));
        }
    }

    /// Takes the effects since the last call.
    pub(crate) fn take(&mut self) -> Vec<UiEffect> {
        std::mem::take(&mut self.effects)
    }

    /// Performs the effects that the tests need.
    fn perform(&mut self, out: Vec<UiEffect>) {
        for effect in out {
            self.effects.push(effect.clone());
            match effect {
                UiEffect::List { ticket, at, .. } if self.answering => {
                    let result = self.list(&at);
                    self.send(Msg::Listed(ticket, result.map(Arranged::from)));
                }
                UiEffect::Parse(text) if self.answering => {
                    let result = Location::parse_remote(&text, &self.sites);
                    self.send(Msg::Parsed(text, result.map(|parsed| parsed.location)));
                }
                UiEffect::Window { .. } => self.model.queue.asked = false,
                UiEffect::JobLines => self.model.queue.jobs.asked = false,
                _ => {}
            }
        }
    }

    fn list(&self, at: &Location) -> Result<Arc<Directory>, Failure> {
        match self.directories.get(&at.to_string()) {
            Some(entries) => Ok(Arc::new(Directory {
                at: at.clone(),
                entries: entries.clone(),
                unreadable: 0,
                free: at.to_string().starts_with("nas").then_some(871_878_361_088),
            })),
            None => {
                let (step, cause) = (format!("list {at}"), "550 No such directory");
                Err(Failure::new(step, cause, FailureKind::Refused))
            }
        }
    }

    /// Answers the listing that a pane waits for.
    pub(crate) fn answer(&mut self, side: PaneSide, result: Result<Arc<Directory>, Failure>) {
        let ticket = self.model.pane(side).wait.as_ref().unwrap().ticket;
        self.send(Msg::Listed(ticket, result.map(Arranged::from)));
    }

    /// The name under the cursor of the active pane.
    pub(crate) fn under_cursor(&self) -> String {
        self.model
            .active_pane()
            .under_cursor()
            .map_or_else(|| "..".to_owned(), |entry| String::from_utf8_lossy(&entry.name).into())
    }

    /// The names selected in the active pane.
    pub(crate) fn selected(&self) -> Vec<String> {
        let pane = self.model.active_pane();
        if pane.marks.count() == 0 {
            return Vec::new();
        }
        let name = |entry: &&Entry| String::from_utf8_lossy(&entry.name).into_owned();
        pane.targets().iter().map(name).collect()
    }

    /// The location of the active pane.
    pub(crate) fn current(&self) -> String {
        self.model.active_pane().at().map(ToString::to_string).unwrap_or_default()
    }
}
