//! The examination: logs in, tries every plan, deletes the probe files.

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

/// Opens the doctor's sessions.
pub trait Sessions: Send {
    /// The error of a login.
    type Error: Send;

    /// Opens a session on one of the two servers.
    fn open(&mut self, end: Peer) -> impl Future<Output = Result<Session, Self::Error>> + Send;

    /// Takes a session back that is no longer needed.
    fn close(&mut self, end: Peer, session: Session);
}

/// The directory for the probe files on one server.
#[derive(Debug, Clone)]
pub struct ProbeDir {
    /// The label of the site, for messages.
    pub label: String,
    /// The directory, may be relative to the login directory; empty for the login directory.
    pub dir: RemotePath,
    /// True if the site is marked read-only.
    pub read_only: bool,
}

/// The options of an examination.
#[derive(Debug, Clone)]
pub struct Options {
    /// False to send commands only, without data and without probe files.
    pub write: bool,
    /// A unique part of the names of the probe files.
    pub tag: String,
    /// The time limits while plans are tried.
    pub limits: Limits,
}

impl Options {
    /// Short limits, since the user waits: a silent server costs its limit once per plan.
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

/// Tests the FXP modes between two servers, and reports each finding. Ends early on a request in
/// `stop`. The probe files are deleted in any case, as long as the servers can be reached.
///
/// # Errors
/// The server whose login failed, and the error.
pub async fn examine<S: Sessions>(
    sessions: &mut S,
    places: [ProbeDir; 2],
    options: &Options,
    stop: watch::Receiver<StopRequest>,
    report: &mut (dyn FnMut(Finding) + Send),
) -> Result<(), (Peer, S::Error)> {
    let watch = Watch::new(std::sync::Arc::new(Progress::default()), stop);
    let mut doctor = Doctor {
        sessions,
        places,
        options,
        watch,
        report,
        open: [None, None],
        cleanup: ProbeCleanup::default(),
        hidden: [true, true],
        writable: [false, false],
        probes_ready: [false, false],
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
    report: &'a mut (dyn FnMut(Finding) + Send),
    open: [Option<Session>; 2],
    cleanup: ProbeCleanup,
    /// Names with a leading dot are accepted on the server.
    hidden: [bool; 2],
    /// Files can be written on the server.
    writable: [bool; 2],
    /// Both probe files exist on the server.
    probes_ready: [bool; 2],
}

impl<S: Sessions> Doctor<'_, S> {
    async fn run(&mut self) -> Result<(), (Peer, S::Error)> {
        for end in [Peer::A, Peer::B] {
            let dir = self.places[end as usize].dir.clone();
            let session = self.session(end).await?;
            let absolute = session.absolute(&dir);
            let found = server(end, session);
            self.places[end as usize].dir = absolute;
            (self.report)(Finding::Server(Box::new(found)));
        }
        if self.options.write {
            for end in [Peer::A, Peer::B] {
                self.prepare_probes(end).await?;
            }
        }
        for from in [Peer::A, Peer::B] {
            self.direction(from).await?;
        }
        Ok(())
    }

    async fn session(&mut self, end: Peer) -> Result<&mut Session, (Peer, S::Error)> {
        let slot = &mut self.open[end as usize];
        let session = match slot.take().filter(Session::is_usable) {
            Some(session) => session,
            None => self.sessions.open(end).await.map_err(|error| (end, error))?,
        };
        Ok(slot.insert(session))
    }

    fn note(&mut self, end: Peer, text: String) {
        (self.report)(Finding::Note { end, text });
    }

    fn probe(&self, end: Peer, what: &str) -> RemotePath {
        let dir = &self.places[end as usize].dir;
        probe::name(dir, &self.options.tag, what, self.hidden[end as usize])
    }

    /// Writes the probe files that are sent from a server.
    async fn prepare_probes(&mut self, end: Peer) -> Result<(), (Peer, S::Error)> {
        if self.watch.is_cancelled() {
            return Ok(());
        }
        if self.places[end as usize].read_only {
            self.note(
                end,
                "the site is marked read-only, so no files are written there".to_owned(),
            );
            return Ok(());
        }
        for hidden in [true, false] {
            self.hidden[end as usize] = hidden;
            let refusal = match self.write_probes(end).await? {
                Ok(()) => {
                    self.writable[end as usize] = true;
                    self.probes_ready[end as usize] = true;
                    return Ok(());
                }
                Err(error) => error,
            };
            let forbidden = matches!(&refusal, SessionError::Refused { reply, .. }
                if matches!(reply.code, 501 | 504 | 532 | 550 | 551 | 553));
            if forbidden && hidden {
                continue; // perhaps only names with a leading dot are refused (quirk 82)
            }
            // if only our own data connection fails, the other server may still write there
            self.writable[end as usize] = !forbidden;
            let text = format!("cannot write a probe file: {refusal}");
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

    /// Tries all plans in one direction.
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
        let writes = self.probes_ready[from as usize] && self.writable[to as usize];
        let mut best = None;
        let mut search = Search::new(allowed);
        while let Some(plan) = search.next_plan() {
            if self.watch.is_cancelled() {
                return Ok(());
            }
            (self.report)(Finding::Trying { from, plan });
            let started = Instant::now();
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
            (self.report)(Finding::Plan(Box::new(PlanFinding {
                elapsed: started.elapsed(),
                ..finding
            })));
        }
        for finding in forbidden {
            (self.report)(Finding::Plan(Box::new(finding)));
        }
        if writes {
            (self.report)(Finding::Best { from, plan: best });
        }
        Ok(())
    }

    /// Combines both sessions into a lane for a plan.
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

    /// Sends only the commands that come before the data.
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

    /// Sends both probe files. If a server replies out of turn, tries again with one command at a
    /// time; returns the plan that was used in the end.
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

    /// Deletes a probe file; `clean` tries again if that fails now.
    async fn delete(&mut self, end: Peer, path: &RemotePath) {
        let Some(session) = &mut self.open[end as usize] else { return };
        if !session.is_usable() {
            return;
        }
        match session.remove_file(path).await {
            Ok(()) => self.cleanup.remove(end, path),
            // it was never created
            Err(SessionError::Refused { reply, .. }) if reply.code == 550 => {
                self.cleanup.remove(end, path);
            }
            Err(error) => tracing::debug!(%path, %error, "cannot delete a probe file yet"),
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
                self.note(end, format!("cannot delete the probe file {path}; delete it by hand"));
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
            let advice = "both servers accept the commands before the data; only a transfer can \
                          show whether data flows";
            return PlanFinding { accepted: true, ..PlanFinding::skipped(from, plan, advice) };
        }
        let advice = plan.needs_checksum().then(|| {
            "a source that is the TLS client may still lose data, so this mode is only used if \
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
