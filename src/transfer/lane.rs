//! A pair of sessions that moves one file after the other on one route.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep_until, timeout};

use crate::base::RemotePath;
use crate::ftp::Command;
use crate::ftp::address::{self, Announced};
use crate::net::NetError;
use crate::session::{Limits, Protection, Session, SessionError};
use crate::site::Switch;
use crate::transfer::address::{AddressError, AddressRule, Network};
use crate::transfer::clock::Clock;
use crate::transfer::fault::Fault;
use crate::transfer::finish::{compare_text, finish_resumed};
use crate::transfer::machine::{Effect, Event, Machine, PreludeCommands};
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict, Via};
use crate::transfer::plan::Plan;
use crate::transfer::plan::{PassiveSide, Side};
use crate::transfer::seam::{self, FileAt};
use crate::transfer::watch::Watch;

/// How long a session may take to reply to NOOP after ABOR before it is closed.
const RESYNC: Duration = Duration::from_secs(3);
/// How long our own connection that unblocks a listener may take.
const UNBLOCK: Duration = Duration::from_secs(2);
/// During a longer transfer the source may change (transfer rule 8) …
const LONG: Duration = Duration::from_secs(1);
/// … as it may when it is unknown when the data began.
const LONG_UNSEEN: Duration = Duration::from_secs(5);

/// Two sessions and the FXP mode that they use.
#[derive(Debug)]
pub struct Lane {
    source: Session,
    destination: Session,
    plan: Plan,
    /// The destination's port for the next file, announced ahead.
    ahead: Option<Announced>,
    prepared: bool,
    /// Both sessions are in text type, not binary.
    text: bool,
    /// Limits of this lane, instead of those of the two sessions.
    limits: Option<Limits>,
    /// Announced addresses that the user trusts.
    trusted: Vec<Network>,
    /// What `fxp_address` of the two sites resolves to, once it was looked up.
    replacements: [Option<IpAddr>; 2],
}

impl Lane {
    /// A lane over two sessions that it alone uses.
    #[must_use]
    pub fn new(source: Session, destination: Session, plan: Plan) -> Self {
        Self {
            source,
            destination,
            plan,
            ahead: None,
            prepared: false,
            text: false,
            limits: None,
            trusted: Vec::new(),
            replacements: [None, None],
        }
    }

    /// The current mode.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// Uses another mode from the next file on.
    pub fn set_plan(&mut self, plan: Plan) {
        let same_protection = plan.protected == self.plan.protected && plan.sscn == self.plan.sscn;
        if !same_protection || plan.passive != self.plan.passive {
            self.ahead = None;
        }
        self.prepared &= same_protection;
        self.plan = plan;
    }

    /// Trusts announced addresses beside those of the sites' settings.
    pub fn trust(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        self.trusted = addresses.into_iter().map(Network::single).collect();
    }

    /// Uses these limits instead of those of the sessions.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = Some(limits);
    }

    /// Both sessions, source first.
    #[must_use]
    pub fn sessions(&self) -> (&Session, &Session) {
        (&self.source, &self.destination)
    }

    /// The session with one of the two sides.
    pub fn session(&mut self, side: Side) -> &mut Session {
        // any command invalidates a port that was announced ahead
        self.ahead = None;
        match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        }
    }

    /// Both sessions, source first, for a transfer through this machine.
    pub fn both(&mut self) -> (&mut Session, &mut Session) {
        self.ahead = None;
        self.prepared = false;
        (&mut self.source, &mut self.destination)
    }

    /// True while both sessions can be used.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.source.is_usable() && self.destination.is_usable()
    }

    /// Gives the sessions back.
    #[must_use]
    pub fn into_sessions(self) -> (Session, Session) {
        (self.source, self.destination)
    }

    /// Whether the target's first `have` bytes are those of the source, by the checksums of both;
    /// `None` where these cannot be had.
    ///
    /// # Errors
    /// The side that was lost.
    pub async fn prefix_agrees(
        &mut self,
        source: &RemotePath,
        target: &RemotePath,
        have: u64,
    ) -> Result<Option<bool>, (Side, SessionError)> {
        self.ahead = None;
        for algorithm in self.source.digests().common(self.destination.digests()) {
            let at_source = self.source.digest(source, algorithm, Some(have), have).await;
            let Ok(ours) = at_source.map_err(|error| (Side::Source, error))? else { continue };
            let at_target = self.destination.digest(target, algorithm, None, have).await;
            let Ok(theirs) = at_target.map_err(|error| (Side::Destination, error))? else {
                continue;
            };
            return Ok(Some(ours == theirs));
        }
        Ok(None)
    }

    /// Moves one file.
    ///
    /// # Errors
    /// The side and the reason when a session cannot be prepared for the mode; the result of the
    /// transfer itself is in the outcome.
    pub async fn transfer(
        &mut self,
        order: &Order,
        watch: &mut Watch,
    ) -> Result<Outcome, (Side, SessionError)> {
        self.prepared &= self.text == order.form.is_text();
        self.text = order.form.is_text();
        self.prepare().await?;
        let passive = self.plan.passive.side();
        let rule = match self.address_rule(passive).await {
            Ok(rule) => rule,
            Err(error) => return Ok(Outcome::failed(Via::Direct, error.into(), 0)),
        };
        let size = order.size;
        let mut order = order.clone();
        let no_chmod = order.mode.and_then(|_| self.destination.no_chmod().cloned());
        if no_chmod.is_some() {
            order.mode = None;
        }
        let resumed = (order.offset > 0).then(|| order.clone());
        let text = self.text.then(|| order.clone());
        let machine = Machine::new(order, self.plan, rule)
            .with_digests(self.source.digests().clone(), self.destination.digests().clone())
            .with_prelude_commands(PreludeCommands {
                pret: match passive {
                    Side::Source => self.source.wants_pret(),
                    Side::Destination => self.destination.wants_pret(),
                },
                allo: self.destination.site().allo == Switch::Yes,
            })
            .with_answers(self.destination.answers_size(), self.destination.features().has("MLST"))
            .with_time_setters(self.destination.time_setters().to_vec());
        let mut outcome = self.drive(machine, size, watch).await;
        for side in &outcome.poisoned {
            match side {
                Side::Source => self.source.poison(),
                Side::Destination => self.destination.poison(),
            }
        }
        if let Some(order) = resumed {
            if outcome.unproven {
                outcome = self.prove_resumed(&order, outcome).await;
            }
            self.source.reset_offset().await;
            self.destination.reset_offset().await;
        }
        if let Some(digests) = outcome.digests.take() {
            self.source.learn_digests(digests.0);
            self.destination.learn_digests(digests.1);
        }
        if matches!(outcome.verdict, Verdict::Complete | Verdict::Verified) {
            self.destination.learn_size_answer();
        }
        if let Some(setters) = outcome.time_setters.take() {
            self.destination.learn_time_setters(setters);
        }
        outcome.mode_refusal = outcome.mode_refusal.or(no_chmod);
        if let Some(refusal) = &outcome.mode_refusal {
            self.destination.learn_mode_refusal(refusal);
        }
        if let Some(order) = text {
            compare_text(&mut self.source, &mut self.destination, &order, &mut outcome).await;
            // which switched both sessions back to binary
            self.prepared = false;
        } else {
            self.ahead = outcome.next_passive;
        }
        Ok(outcome)
    }

    /// Proves a resumed file by some of its bytes, and gives it its final name.
    async fn prove_resumed(&mut self, order: &Order, arrived: Outcome) -> Outcome {
        // the data connections of the proof are our own
        self.prepared = false;
        let (source, destination) = (&mut self.source, &mut self.destination);
        let protection = source.site().data_protection.max(destination.site().data_protection);
        let proven = {
            let from = FileAt::Server(source, &order.source, protection);
            let to = FileAt::Server(&mut *destination, order.stored_as(), protection);
            seam::prove(from, to, order.offset, arrived.bytes).await
        };
        finish_resumed(destination, order, proven, arrived).await
    }

    /// Sends both servers all commands before the data, and undoes them: nothing is written, no
    /// data is sent.
    ///
    /// # Errors
    /// The refusal.
    pub async fn rehearse(&mut self) -> Result<(), Fault> {
        self.prepare().await.map_err(|(side, error)| Fault::of_preparation(side, error))?;
        let (passive, active) = (self.plan.passive.side(), self.plan.active());
        let rule = self.address_rule(passive).await?;
        let lost = |side, error: SessionError| Fault::Lost { side, why: error.to_string() };
        let command = Command::bare(self.plan.command.verb());
        let reply =
            self.session(passive).ask(command).await.map_err(|error| lost(passive, error))?;
        let Some(announced) = address::parse_passive(&reply) else {
            return Err(Fault::NoPassive { side: passive, reply });
        };
        let meeting = rule.meeting_point(announced)?;
        let port = self.plan.port_command(meeting)?;
        let asked = self.session(active).ask(port).await;
        let refused = match asked {
            Ok(reply) if reply.is_completion() => None,
            Ok(reply) => Some(Fault::RefusedPort { side: active, reply }),
            Err(error) => Some(lost(active, error)),
        };
        // a new PASV closes the port that was opened, and the connection of a side that connected
        // at PORT time
        for side in [passive, active] {
            let session = self.session(side);
            if session.is_usable() && session.ask(Command::bare("PASV")).await.is_err() {
                session.poison();
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// Brings both sessions into the state that the plan needs (docs/transfer-rules.md "Order of
    /// commands").
    async fn prepare(&mut self) -> Result<(), (Side, SessionError)> {
        if self.prepared {
            return Ok(());
        }
        self.ahead = None;
        let wanted = if self.plan.protected { Protection::Private } else { Protection::Clear };
        for side in [Side::Destination, Side::Source] {
            let sscn = self.plan.sscn == Some(side);
            let session = match side {
                Side::Source => &mut self.source,
                Side::Destination => &mut self.destination,
            };
            let prepared = async {
                if self.text {
                    session.set_type_ascii().await?;
                } else {
                    session.set_type_binary().await?;
                }
                session.protect(wanted).await?;
                if side == Side::Destination {
                    session.enable_xdupe().await?;
                }
                session.set_sscn(sscn).await
            };
            prepared.await.map_err(|error| (side, error))?;
        }
        self.prepared = true;
        Ok(())
    }

    /// Which addresses the active side may get; a host name in `fxp_address` is looked up once, in
    /// the family of the other server where it has both.
    async fn address_rule(&mut self, passive: Side) -> Result<AddressRule, AddressError> {
        let at = passive as usize;
        let (site, other) = match passive {
            Side::Source => (self.source.site().clone(), self.destination.peer()),
            Side::Destination => (self.destination.site().clone(), self.source.peer()),
        };
        if let (Some(host), None) = (&site.fxp_address, self.replacements[at]) {
            let missing = |why: String| AddressError::Unresolved {
                site: site.label(),
                host: host.clone(),
                why,
            };
            let found: Vec<IpAddr> = match host.parse() {
                Ok(address) => vec![address],
                Err(_) => lookup_host((host.as_str(), 0))
                    .await
                    .map_err(|error| missing(error.to_string()))?
                    .map(|found| found.ip())
                    .collect(),
            };
            let alike = found.iter().find(|ip| ip.is_ipv4() == other.ip().is_ipv4());
            let first = alike.or(found.first()).copied();
            self.replacements[at] =
                Some(first.ok_or_else(|| missing("no address found".to_owned()))?);
        }
        let (session, other) = match passive {
            Side::Source => (&self.source, &self.destination),
            Side::Destination => (&self.destination, &self.source),
        };
        let networks = site.fxp_allow_addresses.iter().filter_map(|n| Network::parse(n));
        Ok(AddressRule {
            site: site.label(),
            peer: session.peer().ip(),
            other: other.peer().ip(),
            replacement: self.replacements[at],
            allowed: networks.chain(self.trusted.iter().copied()).collect(),
        })
    }

    async fn drive(
        &mut self,
        mut machine: Machine,
        size: Option<u64>,
        watch: &mut Watch,
    ) -> Outcome {
        let limits = [&self.source, &self.destination]
            .map(|session| self.limits.unwrap_or_else(|| session.limits()));
        let passive_peer = match self.plan.passive {
            PassiveSide::Source => self.source.peer(),
            PassiveSide::Destination => self.destination.peer(),
        };
        let mut clock = Clock::new(limits, size);
        let ahead = self.ahead.take();
        let mut alive = [true, true];
        let (mut cancelled, mut begun) = (false, false);
        let mut long = Some(Instant::now() + LONG_UNSEEN);
        let mut effects = machine.start(ahead);
        loop {
            let mut lost = None;
            for effect in effects {
                match effect {
                    Effect::Send(side, commands) => {
                        if let Err(error) = self.send(side, &commands).await {
                            lost = Some((side, error.to_string()));
                        }
                    }
                    Effect::Arm(limit) => {
                        clock.arm(limit, machine.waits_for(), watch.progress().bytes());
                    }
                    Effect::UnblockListener(address) => {
                        unblock_listener(passive_peer, address).await;
                    }
                    Effect::Flowing => {
                        watch.progress().flow();
                        long = Some(Instant::now() + LONG);
                    }
                    Effect::End => {
                        let aborted = machine.aborted();
                        let mut outcome = machine.into_outcome();
                        for side in aborted {
                            if self.resynchronise(side).await {
                                outcome.poisoned.retain(|poisoned| *poisoned != side);
                            }
                        }
                        return outcome;
                    }
                }
            }
            let event = if let Some((side, why)) = lost {
                alive[side as usize] = false;
                Event::Lost(side, why)
            } else {
                let (source, destination) = (self.source.control(), self.destination.control());
                tokio::select! {
                    reply = source.next_reply(), if alive[0] => reply_event(Side::Source, reply),
                    reply = destination.next_reply(), if alive[1] => {
                        reply_event(Side::Destination, reply)
                    }
                    () = sleep_until(clock.deadline()) => {
                        match clock.rang(watch.progress().bytes()) {
                            Some(seconds) => Event::Expired(seconds),
                            None => { effects = Vec::new(); continue }
                        }
                    }
                    () = sleep_until(long.unwrap_or(clock.deadline())), if long.is_some() => {
                        long = None;
                        Event::Long
                    }
                    () = watch.cancelled(), if !cancelled => {
                        cancelled = true;
                        if watch.is_interrupted() { Event::Interrupt } else { Event::Cancel }
                    }
                }
            };
            if let Event::Lost(side, _) = &event {
                alive[*side as usize] = false;
            }
            effects = machine.handle(event);
            if !begun && machine.has_begun_to_store() {
                begun = true;
                watch.begun();
            }
        }
    }

    async fn send(&mut self, side: Side, commands: &[Command]) -> Result<(), NetError> {
        let session = match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        };
        let aborts = commands.first().is_some_and(|command| command.verb() == "ABOR");
        if aborts && session.site().urgent_abort {
            session.control().interrupt().await?;
        }
        session.control().send(commands).await
    }

    /// The number of replies to ABOR is unknown: a NOOP is sent, and everything before its 200 is
    /// discarded (docs/servers.md "During a transfer"). False when the session is not known to be
    /// good afterwards.
    async fn resynchronise(&mut self, side: Side) -> bool {
        let control = match side {
            Side::Source => self.source.control(),
            Side::Destination => self.destination.control(),
        };
        let noop = async {
            control.send(&[Command::bare("NOOP")]).await?;
            loop {
                let reply = control.next_reply().await?;
                match reply.code {
                    200 => return Ok::<bool, NetError>(true),
                    // pure-ftpd refuses every command while it still transfers
                    421 | 500.. => return Ok(false),
                    _ => {}
                }
            }
        };
        match timeout(RESYNC, noop).await {
            Ok(Ok(known)) => known,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a session is lost after ABOR");
                false
            }
            Err(_) => false,
        }
    }
}

fn reply_event(side: Side, reply: Result<crate::ftp::Reply, NetError>) -> Event {
    match reply {
        Ok(reply) => Event::Reply(side, reply),
        Err(error) => Event::Lost(side, error.to_string()),
    }
}

/// Connects to a listener that waits for a peer, and closes the connection. The address is the one
/// by which this machine reaches the server, whatever address the other server was given.
async fn unblock_listener(peer: SocketAddr, address: SocketAddr) {
    let address = SocketAddr::new(peer.ip(), address.port());
    // refused or silent: then no listener waits there any more
    let _ = timeout(UNBLOCK, TcpStream::connect(address)).await;
}
