//! The examination: connects, asks, tries, cleans up.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::base::{RemotePath, text};
use crate::ftp::ServerKind;
use crate::session::{Limits, Session, SessionError};
use crate::transfer::diagnosis::Diagnosis;
use crate::transfer::doctor::finding::{Finding, Peer, PlanFinding, PlanResult, ServerFinding};
use crate::transfer::doctor::probe::{self, LARGE, ProbeCleanup, SMALL};
use crate::transfer::fault::Fault;
use crate::transfer::lane::Lane;
use crate::transfer::modes::{self, Search, Server};
use crate::transfer::order::Order;
use crate::transfer::outcome::Verdict;
use crate::transfer::plan::Plan;
use crate::transfer::plan::Side;
use crate::transfer::watch::{Progress, StopRequest, Watch};

/// Logs in for the doctor.
pub trait Sessions: Send {
    /// Why a login did not work.
    type Error: Send;

    /// A new session with one of the two servers.
    fn open(&mut self, end: Peer) -> impl Future<Output = Result<Session, Self::Error>> + Send;

    /// A session that is not needed any more.
    fn close(&mut self, end: Peer, session: Session);
}

/// Where probes go.
#[derive(Debug, Clone)]
pub struct ProbeDir {
    /// Name of the site, for messages.
    pub label: String,
    /// The directory; relative to the login directory, or empty for that.
    pub folder: RemotePath,
    /// Nothing is written there.
    pub read_only: bool,
}

/// How the examination is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// False to ask only: no data is sent, nothing is written.
    pub write: bool,
    /// Makes the probes' names unlike those of anybody else.
    pub tag: String,
    /// How long servers may be silent while plans are tried.
    pub limits: Limits,
}

impl Options {
    /// Limits for people who wait: silent servers cost their limit once for each plan.
    #[must_use]
    pub fn limits() -> Limits {
        Limits {
            connect: Duration::from_secs(15),
            reply: Duration::from_secs(8),
            set_up: Duration::from_secs(6),
            no_growth: Duration::from_secs(10),
        }
    }
}

/// Examines the ways between two servers, and tells what it finds; ends early when `wish`
/// says so. Probes are deleted in every case in which the server can still be reached.
///
/// # Errors
/// A login that did not work, and where.
pub async fn examine<S: Sessions>(
    sessions: &mut S,
    places: [ProbeDir; 2],
    options: &Options,
    wish: watch::Receiver<StopRequest>,
    tell: &mut (dyn FnMut(Finding) + Send),
) -> Result<(), (Peer, S::Error)> {
    let watch = Watch::new(std::sync::Arc::new(Progress::default()), wish);
    let mut doctor = Doctor {
        sessions,
        places,
        options,
        watch,
        tell,
        open: [None, None],
        cleanup: ProbeCleanup::default(),
        hidden: [true, true],
        writable: [false, false],
        ready: [false, false],
    };
    let result = doctor.run().await;
    doctor.clean().await;
    for end in [Peer::A, Peer::B] {
        if let Some(session) = doctor.open[end as usize].take() {
            doctor.sessions.close(end, session);
        }
    }
    result
}

struct Doctor<'a, S> {
    sessions: &'a mut S,
    places: [ProbeDir; 2],
    options: &'a Options,
    watch: Watch,
    tell: &'a mut (dyn FnMut(Finding) + Send),
    open: [Option<Session>; 2],
    cleanup: ProbeCleanup,
    /// Names with a leading dot are taken there.
    hidden: [bool; 2],
    /// Files can be written there.
    writable: [bool; 2],
    /// Both probes are there to be sent.
    ready: [bool; 2],
}

impl<S: Sessions> Doctor<'_, S> {
    async fn run(&mut self) -> Result<(), (Peer, S::Error)> {
        for end in [Peer::A, Peer::B] {
            let folder = self.places[end as usize].folder.clone();
            let session = self.session(end).await?;
            let absolute = session.absolute(&folder);
            let found = server(end, session);
            self.places[end as usize].folder = absolute;
            (self.tell)(Finding::Server(Box::new(found)));
        }
        if self.options.write {
            for end in [Peer::A, Peer::B] {
                self.provide(end).await?;
            }
        }
        for from in [Peer::A, Peer::B] {
            self.direction(from).await?;
        }
        Ok(())
    }

    async fn session(&mut self, end: Peer) -> Result<&mut Session, (Peer, S::Error)> {
        let place = &mut self.open[end as usize];
        let session = match place.take().filter(Session::is_usable) {
            Some(session) => session,
            None => self.sessions.open(end).await.map_err(|error| (end, error))?,
        };
        Ok(place.insert(session))
    }

    fn note(&mut self, end: Peer, text: String) {
        (self.tell)(Finding::Note { end, text });
    }

    fn probe(&self, end: Peer, what: &str) -> RemotePath {
        let folder = &self.places[end as usize].folder;
        probe::name(folder, &self.options.tag, what, self.hidden[end as usize])
    }

    /// Writes the probes that are sent from here.
    async fn provide(&mut self, end: Peer) -> Result<(), (Peer, S::Error)> {
        if self.watch.is_cancelled() {
            return Ok(());
        }
        if self.places[end as usize].read_only {
            self.note(end, "the site is marked read-only: nothing is written there".to_owned());
            return Ok(());
        }
        for hidden in [true, false] {
            self.hidden[end as usize] = hidden;
            let refusal = match self.write_probes(end).await? {
                Ok(()) => {
                    self.writable[end as usize] = true;
                    self.ready[end as usize] = true;
                    return Ok(());
                }
                Err(error) => error,
            };
            let forbidden = matches!(&refusal, SessionError::Refused { reply, .. }
                if matches!(reply.code, 501 | 504 | 532 | 550 | 551 | 553));
            if forbidden && hidden {
                continue; // perhaps only names with a dot are (quirk 82)
            }
            // when it is our own data connection that fails, others may still write there
            self.writable[end as usize] = !forbidden;
            let text = format!("no probe could be written: {refusal}");
            self.note(end, text);
            return Ok(());
        }
        Ok(())
    }

    async fn write_probes(
        &mut self,
        end: Peer,
    ) -> Result<Result<(), SessionError>, (Peer, S::Error)> {
        for (what, size) in [("s", SMALL), ("l", LARGE)] {
            let path = self.probe(end, what);
            self.cleanup.add(end, &path);
            let session = self.session(end).await?;
            if let Err(error) = probe::write(session, &path, size).await {
                if !error.leaves_session_usable() {
                    session.poison();
                }
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// All plans from one end to the other.
    async fn direction(&mut self, from: Peer) -> Result<(), (Peer, S::Error)> {
        let to = from.other();
        self.session(from).await?;
        self.session(to).await?;
        let (Some(source), Some(destination)) =
            (&self.open[from as usize], &self.open[to as usize])
        else {
            return Ok(());
        };
        let comparable = !source.digests().common(destination.digests()).is_empty();
        let (source, destination) = (Server::of(source), Server::of(destination));
        let kinds = (source.kind, destination.kind);
        let mut allowed = Vec::new();
        let mut forbidden = Vec::new();
        for (plan, why) in modes::all(&source, &destination, comparable) {
            match why {
                None => allowed.push(plan),
                Some(why) => forbidden.push(PlanFinding::skipped(from, plan, why)),
            }
        }
        let writes = self.ready[from as usize] && self.writable[to as usize];
        let mut best = None;
        let mut search = Search::new(allowed);
        while let Some(plan) = search.next_plan() {
            if self.watch.is_cancelled() {
                return Ok(());
            }
            (self.tell)(Finding::Trying { from, plan });
            let begun = Instant::now();
            let (plan, fault) = match writes {
                true => self.try_plan(from, plan).await?,
                false => (plan, self.ask_plan(from, plan).await?),
            };
            if matches!(fault, Some(Fault::Cancelled)) {
                return Ok(());
            }
            let finding = finding_for(from, plan, fault.as_ref(), writes, kinds);
            if finding.result == PlanResult::Works && best.is_none() {
                best = Some(plan);
            }
            if let Some(fault) = fault {
                let found = Diagnosis::of(&plan, &fault);
                for left in search.failed(&plan, &found) {
                    forbidden.push(PlanFinding { plan: left, ..finding.same_reason() });
                }
            }
            (self.tell)(Finding::Plan(Box::new(PlanFinding {
                elapsed: begun.elapsed(),
                ..finding
            })));
        }
        for finding in forbidden {
            (self.tell)(Finding::Plan(Box::new(finding)));
        }
        if writes {
            (self.tell)(Finding::Best { from, plan: best });
        }
        Ok(())
    }

    /// Takes both sessions together for a plan.
    async fn lane(&mut self, from: Peer, plan: Plan) -> Result<Option<Lane>, (Peer, S::Error)> {
        self.session(from).await?;
        self.session(from.other()).await?;
        let (source, destination) =
            (self.open[from as usize].take(), self.open[from.other() as usize].take());
        let (Some(source), Some(destination)) = (source, destination) else { return Ok(None) };
        let mut lane = Lane::new(source, destination, plan);
        lane.set_limits(self.options.limits);
        Ok(Some(lane))
    }

    fn put_back(&mut self, from: Peer, lane: Lane) {
        let (source, destination) = lane.into_sessions();
        self.open[from as usize] = Some(source);
        self.open[from.other() as usize] = Some(destination);
    }

    /// Asks for all that comes before the data.
    async fn ask_plan(
        &mut self,
        from: Peer,
        plan: Plan,
    ) -> Result<Option<Fault>, (Peer, S::Error)> {
        let Some(mut lane) = self.lane(from, plan).await? else { return Ok(None) };
        let fault = lane.rehearse().await.err();
        self.put_back(from, lane);
        Ok(fault)
    }

    /// Sends both probes. A server that answers out of turn gets a second try, one command at a
    /// time; the plan that was followed in the end comes back.
    async fn try_plan(
        &mut self,
        from: Peer,
        mut plan: Plan,
    ) -> Result<(Plan, Option<Fault>), (Peer, S::Error)> {
        let to = from.other();
        for (what, size) in [("s", SMALL), ("l", LARGE)] {
            let mut again = true;
            loop {
                let target = self.probe(to, &format!("{what}-from-{}", from.letter()));
                let order = Order {
                    size: Some(size),
                    ..Order::new(self.probe(from, what), target.clone())
                };
                self.cleanup.add(to, &target);
                let Some(mut lane) = self.lane(from, plan).await? else {
                    return Ok((plan, Some(Fault::Cancelled)));
                };
                let mut watch = self.watch.clone();
                let outcome = lane.transfer(&order, &mut watch).await;
                self.put_back(from, lane);
                self.delete(to, &target).await;
                let outcome = match outcome {
                    Ok(outcome) => outcome,
                    Err((side, error)) => {
                        return Ok((plan, Some(Fault::of_preparation(side, error))));
                    }
                };
                for side in &outcome.out_of_turn {
                    match side {
                        Side::Source => plan.pipelined_source = false,
                        Side::Destination => plan.pipelined_destination = false,
                    }
                }
                if outcome.verdict != Verdict::Failed {
                    break;
                }
                if outcome.out_of_turn.is_empty() || !again || self.watch.is_cancelled() {
                    return Ok((plan, outcome.fault));
                }
                again = false;
            }
        }
        Ok((plan, None))
    }

    /// Deletes a probe; one that cannot be deleted now is tried again at the end.
    async fn delete(&mut self, end: Peer, path: &RemotePath) {
        let Some(session) = &mut self.open[end as usize] else { return };
        if !session.is_usable() {
            return;
        }
        match session.remove_file(path).await {
            Ok(()) => self.cleanup.remove(end, path),
            // not there: it never came to be
            Err(SessionError::Refused { reply, .. }) if reply.code == 550 => {
                self.cleanup.remove(end, path);
            }
            Err(error) => tracing::debug!(%path, %error, "a probe is not deleted yet"),
        }
    }

    async fn clean(&mut self) {
        for end in [Peer::A, Peer::B] {
            if self.cleanup.is_empty_at(end) {
                continue;
            }
            if self.session(end).await.is_ok() {
                for path in self.cleanup.at(end) {
                    self.delete(end, &path).await;
                }
            }
            for path in self.cleanup.at(end) {
                let path = text::visible(path.as_bytes());
                self.note(end, format!("the probe {path} could not be deleted; please do so"));
            }
        }
    }
}

fn server(end: Peer, session: &Session) -> ServerFinding {
    let features = session
        .features()
        .iter()
        .map(|(name, parameters)| text::visible_str(format!("{name} {parameters}").trim_end()));
    ServerFinding {
        end,
        label: session.site().label(),
        kind: ServerKind::of(session.greeting(), session.system(), session.features()),
        greeting: session.greeting().to_owned(),
        address: session.peer(),
        tls: session.is_tls(),
        features: features.collect(),
    }
}

fn finding_for(
    from: Peer,
    plan: Plan,
    fault: Option<&Fault>,
    writes: bool,
    kinds: (ServerKind, ServerKind),
) -> PlanFinding {
    let Some(fault) = fault else {
        if !writes {
            let advice = "both servers accept what comes before the data; whether data flows is \
                          only known by a try";
            return PlanFinding { accepted: true, ..PlanFinding::skipped(from, plan, advice) };
        }
        let advice = plan.needs_checksum().then(|| {
            "a source that is the TLS client may lose data all the same: it is only used where \
             data_protection is \"require\" and a checksum can be compared"
                .to_owned()
        });
        return PlanFinding { advice, ..PlanFinding::new(from, plan, PlanResult::Works) };
    };
    let found = Diagnosis::of(&plan, fault);
    let result = match found.cause.is_refusal() {
        true => PlanResult::Refused,
        false => PlanResult::Failed,
    };
    PlanFinding {
        cause: Some(found.cause),
        by: found.by,
        advice: found.advice(kinds.0, kinds.1),
        reply: Some(found.words),
        ..PlanFinding::new(from, plan, result)
    }
}
