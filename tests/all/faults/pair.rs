//! Two demo servers and an engine for the tests.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tokio::sync::mpsc;
use tokio::time::timeout;

use fxpane::base::{RemotePath, Secret};
use fxpane::demo::{Rule, Server, Setup};
use fxpane::engine::{Engine, EngineHandle, EngineOptions, FailureKind, ItemReport, Report};
use fxpane::queue::{Ending, Exists, ItemState, JobKind, JobRules, JobSpec, Source, TreeRules};
use fxpane::session::Limits;
use fxpane::site::{Location, PasswordRef, Site, Trust};
use fxpane::transfer::Verdict;

/// The content of an existing file at the target.
pub(super) const OLD: &[u8] = b"the old file, worth keeping";

/// Rules for a server without passive mode.
pub(super) const NO_PORT: &str = "on PASV reply 500\non EPSV reply 500";

/// Time limit for the job of a test, even on a busy machine.
const JOB_LIMIT: Duration = Duration::from_secs(100);

/// Timeout of the sessions; not reached without a silent server, even on a busy machine.
const SESSION_TIMEOUT: Duration = Duration::from_secs(12);

/// Timeout of the sessions in tests with a server that falls silent.
const SHORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Bytes without repetition, so that misplaced data is detected. A cipher generates them: computing
/// them byte by byte without optimization would dominate the run time of the tests.
pub(super) fn content(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[7; 32]).unwrap());
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let _tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut bytes).unwrap();
    bytes
}

/// The main fields of a report, for assertion messages.
pub(super) fn brief(item: &ItemReport) -> String {
    let ItemReport { item, state, ending: Ending { verdict, reason, bytes, .. }, failure } = item;
    format!("{} {state:?} {verdict:?} {failure:?} {bytes} B: {reason:?}", item.source)
}

/// Two demo servers and an engine.
pub(super) struct Pair {
    pub(super) from: Server,
    pub(super) to: Server,
    pub(super) engine: EngineHandle,
    /// The sites of the servers; tests may change them before the first job.
    pub(super) source: Site,
    pub(super) target: Site,
}

/// The result of a job.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) items: Vec<ItemReport>,
    pub(super) remarks: Vec<String>,
}

impl Job {
    /// The only file of the job.
    pub(super) fn only(&self) -> &ItemReport {
        let [item] = self.items.as_slice() else { panic!("one item expected: {}", self.summary()) };
        item
    }

    /// All files and remarks, for assertion messages.
    pub(super) fn summary(&self) -> String {
        let items = self.items.iter().map(brief);
        items.chain(self.remarks.iter().cloned()).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn reason(&self) -> &str {
        self.only().ending.reason.as_deref().unwrap_or_default()
    }

    /// The sorted names of the files in one state.
    pub(super) fn names(&self, state: ItemState) -> Vec<String> {
        let of = |item: &&ItemReport| item.state == state;
        let name =
            |item: &ItemReport| item.item.source.to_string().rsplit('/').next().unwrap().to_owned();
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
    /// Starts both servers, and an engine that tries everything once.
    pub(super) async fn start(from: Setup, to: Setup) -> Self {
        Self::with(from, to, |_| ()).await
    }

    /// Like [`Pair::start`], with other options.
    pub(super) async fn with(
        from: Setup,
        to: Setup,
        change: impl FnOnce(&mut EngineOptions),
    ) -> Self {
        Self::at([IpAddr::V4(Ipv4Addr::LOCALHOST); 2], from, to, change).await
    }

    /// Like [`Pair::start`], but each server is foreign to the engine and to the other server, so
    /// that rules against foreign addresses apply. Only Linux has the whole of 127/8.
    #[cfg(target_os = "linux")]
    pub(super) async fn foreign(from: Setup, to: Setup) -> Self {
        Self::at([[127, 0, 0, 41].into(), [127, 0, 0, 42].into()], from, to, |_| ()).await
    }

    /// Like [`Pair::with`], at these addresses.
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
        options.limits = Limits::all(SESSION_TIMEOUT);
        options.tries = 1;
        change(&mut options);
        let engine = Engine::start(options);
        let (source, target) = (site("source", &from), site("target", &to));
        Self { from, to, engine, source, target }
    }

    /// Plain servers with these faults, one rule per line; the source has `/pub/f`.
    pub(super) async fn faulty(from: &str, to: &str, size: usize) -> Self {
        let pair = Self::start(Setup::new().file("/pub/f", content(size)), Setup::new()).await;
        pair.faults(from, to);
        pair
    }

    /// Shortens the timeouts of later jobs, for servers that fall silent. Tests that use it must
    /// accept additional timeouts on a busy machine.
    pub(super) fn shorten_timeouts(&mut self) {
        (self.source.timeout, self.target.timeout) = (Some(SHORT_TIMEOUT), Some(SHORT_TIMEOUT));
    }

    /// Removes the timeouts of later jobs.
    pub(super) fn remove_timeouts(&mut self) {
        (self.source.timeout, self.target.timeout) = (None, None);
    }

    /// Adds faults, one rule per line.
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

    /// A job that copies these into `/incoming` and overwrites existing files.
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

    /// Collects the reports until the job ends.
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
        let ended = timeout(JOB_LIMIT, all).await;
        assert!(ended.is_ok(), "the job did not end: {}\n{}", job.summary(), self.ftp_log());
        job
    }

    /// The names in `/incoming`.
    pub(super) fn incoming(&self) -> Vec<String> {
        self.to.root().list("/incoming").unwrap()
    }

    /// The commands and replies since the login, for assertion messages.
    pub(super) fn ftp_log(&self) -> String {
        let ignored = [
            "USER", "PASS", "****", "FEAT", "OPTS", "SYST", "CLNT", "PWD", " ", "211", "220",
            "230", "331", "215", "257",
        ];
        let lines = |server: &Server| {
            let log = server.control_log();
            let shown = log
                .iter()
                .filter(|line| !ignored.iter().any(|ignored| line.text.starts_with(ignored)));
            let line = |line: &fxpane::demo::ControlLine| {
                format!("  {}{} {}", line.session, if line.command { ">" } else { "<" }, line.text)
            };
            shown.map(line).collect::<Vec<_>>().join("\n")
        };
        format!("source\n{}\ntarget\n{}", lines(&self.from), lines(&self.to))
    }

    /// Asserts that the file arrived completely, and that no partial file is left.
    #[track_caller]
    pub(super) fn assert_arrived(&self, job: &Job, name: &str) {
        let item = job.only();
        assert_eq!(item.state, ItemState::Done, "{}\n{}", brief(item), self.ftp_log());
        let good = matches!(item.ending.verdict, Some(Verdict::Complete | Verdict::Verified));
        assert!(good, "{}\n{}", brief(item), self.ftp_log());
        let sent = self.from.root().read("/pub/f").unwrap();
        let stored = self.to.root().read(&format!("/incoming/{name}")).unwrap();
        assert!(sent == stored, "{name}: {} of {} bytes", stored.len(), sent.len());
        assert_eq!(item.ending.bytes, sent.len() as u64);
        self.assert_nothing_left();
    }

    /// Asserts that the job failed for this reason, and that the target is unchanged.
    #[track_caller]
    pub(super) fn assert_failed(&self, job: &Job, reason: &str, before: &[(&str, &[u8])]) {
        let item = job.only();
        let cancelled = item.failure == Some(FailureKind::Cancelled);
        let ended = if cancelled { ItemState::Cancelled } else { ItemState::Failed };
        assert_eq!(item.state, ended, "{}\n{}", brief(item), self.ftp_log());
        assert!(job.reason().contains(reason), "{reason}: {}\n{}", brief(item), self.ftp_log());
        assert!(item.failure.is_some(), "{}", brief(item));
        let names: Vec<&str> = before.iter().map(|(name, _)| *name).collect();
        let mut names_left = self.incoming();
        if job.reason().contains("is kept") {
            // a kept partial file contains the beginning of the source
            names_left.retain(|name| !self.is_partial(name));
        }
        assert_eq!(names_left, names, "{}\n{}", brief(item), self.ftp_log());
        for (name, bytes) in before {
            let kept = self.to.root().read(&format!("/incoming/{name}")).unwrap();
            assert_eq!(&kept, bytes, "{name}: {}\n{}", brief(item), self.ftp_log());
        }
    }

    fn is_partial(&self, name: &str) -> bool {
        let sent = self.from.root().read("/pub/f").unwrap_or_default();
        let kept = self.to.root().read(&format!("/incoming/{name}")).unwrap();
        name.ends_with(".fxpart") && sent.starts_with(&kept)
    }

    /// Asserts that no temporary file is left at the target.
    #[track_caller]
    pub(super) fn assert_nothing_left(&self) {
        let names = self.incoming();
        let temporary = |name: &String| name.contains("fxpart");
        assert!(!names.iter().any(temporary), "{names:?}\n{}", self.ftp_log());
    }
}

/// A copy that overwrites existing files.
pub(super) fn spec(sources: Vec<Location>, target: Location) -> JobSpec {
    JobSpec {
        kind: JobKind::Copy,
        sources: sources.into_iter().map(|at| Source { at, kind: None, size: None }).collect(),
        target: Some(target),
        rename_to: false,
        rules: JobRules { exists: Exists::Overwrite, ..JobRules::default() },
        tree: TreeRules::default(),
        start_at: None,
    }
}
