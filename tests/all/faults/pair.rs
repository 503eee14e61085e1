//! Two servers, an engine, and what a test asks of them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tokio::sync::mpsc;
use tokio::time::timeout;

use fxpane::base::{RemotePath, Secret};
use fxpane::demo::{Rule, Server, Setup};
use fxpane::engine::{Engine, EngineHandle, EngineOptions, FailureKind, ItemReport, Report};
use fxpane::queue::{Exists, ItemState, JobKind, JobSpec, Rules, Source, TreeRules};
use fxpane::session::Limits;
use fxpane::site::{Location, PasswordRef, Site, Trust};
use fxpane::transfer::Verdict;

/// What the target has before it is to be replaced.
pub(super) const OLD: &[u8] = b"the old file, worth keeping";

/// A server without passive mode in any words.
pub(super) const NO_PORT: &str = "on PASV reply 500\non EPSV reply 500";

/// No job of a test takes longer than this, however busy the machine is.
const END: Duration = Duration::from_secs(100);

/// Where nobody falls silent no time limit is reached, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long is waited for a server that falls silent on purpose.
const SILENCE: Duration = Duration::from_secs(2);

/// Bytes that differ from place to place, so that no piece can stand for another. A cipher makes
/// them: byte by byte, unoptimized, they would cost the tests more time than all that is tested.
pub(super) fn content(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[7; 32]).unwrap());
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let _tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut bytes).unwrap();
    bytes
}

/// What matters of a report, for messages.
pub(super) fn brief(item: &ItemReport) -> String {
    let ItemReport { state, verdict, reason, failure, bytes, .. } = item;
    format!("{} {state:?} {verdict:?} {failure:?} {bytes} B: {reason:?}", item.source)
}

/// Two servers and an engine.
pub(super) struct Pair {
    pub(super) from: Server,
    pub(super) to: Server,
    pub(super) engine: EngineHandle,
    /// How the engine knows them; tests may change them before the first job.
    pub(super) source: Site,
    pub(super) target: Site,
}

/// How a job ended.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) items: Vec<ItemReport>,
    pub(super) remarks: Vec<String>,
}

impl Job {
    /// The only item.
    pub(super) fn only(&self) -> &ItemReport {
        let [item] = self.items.as_slice() else { panic!("one item expected: {}", self.told()) };
        item
    }

    /// All of it, for messages.
    pub(super) fn told(&self) -> String {
        let items = self.items.iter().map(brief);
        items.chain(self.remarks.iter().cloned()).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn reason(&self) -> &str {
        self.only().reason.as_deref().unwrap_or_default()
    }

    /// The names of the items in one state, sorted.
    pub(super) fn names(&self, state: ItemState) -> Vec<String> {
        let of = |item: &&ItemReport| item.state == state;
        let name =
            |item: &ItemReport| item.source.to_string().rsplit('/').next().unwrap().to_owned();
        let mut names: Vec<String> = self.items.iter().filter(of).map(name).collect();
        names.sort();
        names
    }
}

pub(super) fn site(name: &str, server: &Server) -> Site {
    let mut site = Site::new(server.ip().to_string());
    site.name = name.to_owned();
    site.port = Some(server.port());
    site.user = Some(server.user().to_owned());
    site.password = PasswordRef::Plain(Secret::from(server.password()));
    site.insecure = true;
    site
}

impl Pair {
    /// Both servers at addresses of their own, and an engine that tries everything once.
    pub(super) async fn start(from: Setup, to: Setup) -> Self {
        Self::with(from, to, |_| ()).await
    }

    /// The same with other options.
    pub(super) async fn with(
        from: Setup,
        to: Setup,
        change: impl FnOnce(&mut EngineOptions),
    ) -> Self {
        Self::at([[127, 0, 0, 41].into(), [127, 0, 0, 42].into()], from, to, change).await
    }

    /// The same at other addresses of this machine.
    pub(super) async fn at(
        addresses: [IpAddr; 2],
        from: Setup,
        to: Setup,
        change: impl FnOnce(&mut EngineOptions),
    ) -> Self {
        let [source, target] = addresses;
        let from = Server::start(from.address(source)).await.unwrap();
        let to = Server::start(to.address(target).dir("/incoming")).await.unwrap();
        let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
        options.limits = Limits::all(PATIENCE);
        options.tries = 1;
        change(&mut options);
        let engine = Engine::start(options);
        let (source, target) = (site("source", &from), site("target", &to));
        Self { from, to, engine, source, target }
    }

    /// Plain servers with these faults, one rule a line; the source has `/pub/f`.
    pub(super) async fn faulty(from: &str, to: &str, size: usize) -> Self {
        let pair = Self::start(Setup::new().file("/pub/f", content(size)), Setup::new()).await;
        pair.faults(from, to);
        pair
    }

    /// From now on jobs wait only briefly: a server is to fall silent on purpose, and everything
    /// that a busy machine makes of the others' replies is right as well.
    pub(super) fn hurry(&mut self) {
        (self.source.timeout, self.target.timeout) = (Some(SILENCE), Some(SILENCE));
    }

    /// From now on jobs wait for whatever is to come.
    pub(super) fn take_time(&mut self) {
        (self.source.timeout, self.target.timeout) = (None, None);
    }

    /// Adds faults, one rule a line.
    pub(super) fn faults(&self, from: &str, to: &str) {
        for (server, rules) in [(&self.from, from), (&self.to, to)] {
            for rule in rules.lines().map(str::trim).filter(|rule| !rule.is_empty()) {
                server.fault(Rule::parse(rule).unwrap());
            }
        }
    }

    pub(super) fn at_source(&self, path: impl Into<RemotePath>) -> Location {
        Location::Remote { site: Arc::new(self.source.clone()), path: path.into() }
    }

    pub(super) fn at_target(&self, path: impl Into<RemotePath>) -> Location {
        Location::Remote { site: Arc::new(self.target.clone()), path: path.into() }
    }

    /// A job that copies these into `/incoming`, existing files included.
    pub(super) fn copy(&self, sources: &[&str]) -> JobSpec {
        let sources = sources.iter().map(|path| self.at_source(*path)).collect();
        spec(sources, self.at_target("/incoming"))
    }

    pub(super) async fn submit(&self, spec: JobSpec) -> mpsc::UnboundedReceiver<Report> {
        let (reports, received) = mpsc::unbounded_channel();
        self.engine.submit(spec, Some(reports)).await.unwrap();
        received
    }

    /// Runs a job to its end.
    pub(super) async fn run(&self, spec: JobSpec) -> Job {
        let reports = self.submit(spec).await;
        self.end(reports).await
    }

    /// Copies `/pub/f` into `/incoming`.
    pub(super) async fn run_f(&self) -> Job {
        self.run(self.copy(&["/pub/f"])).await
    }

    /// Everything until the job's end.
    pub(super) async fn end(&self, mut reports: mpsc::UnboundedReceiver<Report>) -> Job {
        let mut job = Job { items: Vec::new(), remarks: Vec::new() };
        let all = async {
            while let Some(report) = reports.recv().await {
                match report {
                    Report::Item(item) => job.items.push(*item),
                    Report::Error(failure) => job.remarks.push(failure.to_string()),
                    Report::Note { text, .. } => job.remarks.push(text),
                    Report::Same(_) => {}
                    Report::End { .. } => return,
                }
            }
        };
        let ended = timeout(END, all).await;
        assert!(ended.is_ok(), "the job does not end: {}\n{}", job.told(), self.story());
        job
    }

    /// The names in `/incoming`.
    pub(super) fn incoming(&self) -> Vec<String> {
        self.to.root().list("/incoming").unwrap()
    }

    /// What was said since the login, for messages.
    pub(super) fn story(&self) -> String {
        let dull = [
            "USER", "PASS", "****", "FEAT", "OPTS", "SYST", "CLNT", "PWD", " ", "211", "220",
            "230", "331", "215", "257",
        ];
        let lines = |server: &Server| {
            let said = server.spoken();
            let shown =
                said.iter().filter(|line| !dull.iter().any(|dull| line.text.starts_with(dull)));
            let line = |line: &fxpane::demo::Spoken| {
                format!("  {}{} {}", line.session, if line.command { ">" } else { "<" }, line.text)
            };
            shown.map(line).collect::<Vec<_>>().join("\n")
        };
        format!("source\n{}\ntarget\n{}", lines(&self.from), lines(&self.to))
    }

    /// The file arrived whole, and nothing else is there.
    #[track_caller]
    pub(super) fn assert_arrived(&self, job: &Job, name: &str) {
        let item = job.only();
        assert_eq!(item.state, ItemState::Done, "{}\n{}", brief(item), self.story());
        let good = matches!(item.verdict, Some(Verdict::Complete | Verdict::Verified));
        assert!(good, "{}\n{}", brief(item), self.story());
        let sent = self.from.root().read("/pub/f").unwrap();
        let stored = self.to.root().read(&format!("/incoming/{name}")).unwrap();
        assert!(sent == stored, "{name}: {} of {} bytes", stored.len(), sent.len());
        assert_eq!(item.bytes, sent.len() as u64);
        self.assert_nothing_left();
    }

    /// The job failed for this reason, and the target is as it was before.
    #[track_caller]
    pub(super) fn assert_failed(&self, job: &Job, reason: &str, before: &[(&str, &[u8])]) {
        let item = job.only();
        let cancelled = item.failure == Some(FailureKind::Cancelled);
        let ended = if cancelled { ItemState::Cancelled } else { ItemState::Failed };
        assert_eq!(item.state, ended, "{}\n{}", brief(item), self.story());
        assert!(job.reason().contains(reason), "{reason}: {}\n{}", brief(item), self.story());
        assert!(item.failure.is_some(), "{}", brief(item));
        let names: Vec<&str> = before.iter().map(|(name, _)| *name).collect();
        let mut there = self.incoming();
        if job.reason().contains("is kept") {
            // what arrived until then is the beginning of the source, and nothing else
            there.retain(|name| !self.is_partial(name));
        }
        assert_eq!(there, names, "{}\n{}", brief(item), self.story());
        for (name, bytes) in before {
            let kept = self.to.root().read(&format!("/incoming/{name}")).unwrap();
            assert_eq!(&kept, bytes, "{name}: {}\n{}", brief(item), self.story());
        }
    }

    fn is_partial(&self, name: &str) -> bool {
        let sent = self.from.root().read("/pub/f").unwrap_or_default();
        let kept = self.to.root().read(&format!("/incoming/{name}")).unwrap();
        name.ends_with(".fxpart") && sent.starts_with(&kept)
    }

    /// Nothing of ours stays at the target.
    #[track_caller]
    pub(super) fn assert_nothing_left(&self) {
        let names = self.incoming();
        let ours = |name: &String| name.contains("fxpart");
        assert!(!names.iter().any(ours), "{names:?}\n{}", self.story());
    }
}

/// A copy that replaces what exists.
pub(super) fn spec(sources: Vec<Location>, target: Location) -> JobSpec {
    JobSpec {
        kind: JobKind::Copy,
        sources: sources.into_iter().map(|at| Source { at, kind: None, size: None }).collect(),
        target: Some(target),
        rename_to: false,
        rules: Rules { exists: Exists::Overwrite, ..Rules::default() },
        tree: TreeRules::default(),
        start_at: None,
    }
}
