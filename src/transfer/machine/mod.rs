//! One file from server to server, as a machine: replies in, commands out.
//!
//! The rules are those of docs/transfer-rules.md. The machine has neither clock nor socket: it says
//! which time limit applies ([`Effect::Arm`]) and is told when that has passed
//! ([`Event::Expired`]), so that tables of replies test every order of events.

mod after;
mod ending;
mod event;
mod opening;
mod proof;

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::base::rules::Verify;
use crate::ftp::address::Announced;
use crate::ftp::{Algorithm, Command, Digests, Reply, TimeSetter};
use crate::transfer::address::AddressRule;
use crate::transfer::fault::Fault;
use crate::transfer::half::{Expect, Half, Taken};
use crate::transfer::machine::proof::Proof;
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict};
use crate::transfer::place::Place;
use crate::transfer::plan::Plan;
use crate::transfer::side::{PassiveSide, Side};
pub use event::{Effect, Event, Limit};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// ALLO and PRET, where a server wants them first.
    Prelude,
    /// The passive side was asked for its port.
    Passive,
    /// The active side was told where to go, and nothing else.
    Port,
    /// Both were told where to go on.
    Rest,
    /// The source was told to send; STOR waits until it has begun (in-place overwrite).
    SourceFirst,
    /// STOR is out, and RETR waits until an asynchronous destination has begun: it accepts the data
    /// connection before STOR and would throw a short file away (docs/servers.md "FXP between
    /// pairs").
    TargetFirst,
    /// STOR and RETR are out.
    Data,
    /// The size of the target is asked for (again).
    Size,
    /// The source is asked whether it is still what it was.
    Source,
    /// Both servers compute a digest.
    Proof,
    /// The target gets its time.
    Time,
    /// The target gets its permissions.
    Mode,
    /// The target gets its name.
    Place,
    /// STOR was refused: has it left an empty file all the same?
    Leftover,
    /// What a failed try left is deleted.
    Cleanup,
    /// A failure: pending replies are collected.
    Ending,
    Done,
}

/// What the two servers want to be told before a transfer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manners {
    /// The passive side wants `PRET` before `PASV` (quirk 31).
    pub pret: bool,
    /// The destination wants `ALLO` (quirk 66).
    pub allo: bool,
}

/// The transfer of one file.
#[derive(Debug)]
pub struct Machine {
    order: Order,
    plan: Plan,
    rule: AddressRule,
    phase: Phase,
    manners: Manners,
    prelude: VecDeque<(Side, Command)>,
    source: Half,
    destination: Half,
    meeting: Option<SocketAddr>,
    size: Option<u64>,
    size_asked: u8,
    next_passive: Option<Announced>,
    proof: Option<Proof>,
    digest: Option<Algorithm>,
    place: Option<Place>,
    fault: Option<Fault>,
    warning: Option<String>,
    verdict: Verdict,
    leftover: bool,
    kept: bool,
    knocked: bool,
    flowing: bool,
    tail: bool,
    time_sent: bool,
    time_refusal: Option<Reply>,
    setters: VecDeque<TimeSetter>,
    mode_sent: bool,
    mode_refusal: Option<Reply>,
    long: bool,
    source_asked: bool,
    listener_reset: bool,
}

impl Machine {
    /// A transfer by this plan. `rule` says where the active side is sent.
    #[must_use]
    pub fn new(mut order: Order, plan: Plan, rule: AddressRule) -> Self {
        if plan.needs_checksum() {
            order.verify = Verify::Checksum;
        }
        Self {
            order,
            plan,
            rule,
            phase: Phase::Passive,
            manners: Manners::default(),
            prelude: VecDeque::new(),
            source: Half::default(),
            destination: Half::default(),
            meeting: None,
            size: None,
            size_asked: 0,
            next_passive: None,
            proof: None,
            digest: None,
            place: None,
            fault: None,
            warning: None,
            verdict: Verdict::Failed,
            leftover: false,
            kept: false,
            knocked: false,
            flowing: false,
            tail: false,
            time_sent: false,
            time_refusal: None,
            setters: VecDeque::new(),
            mode_sent: false,
            mode_refusal: None,
            long: false,
            source_asked: false,
            listener_reset: false,
        }
    }

    /// Compares digests where the order wants it: what the two sessions can compute, source
    /// first.
    #[must_use]
    pub fn with_digests(mut self, source: Digests, destination: Digests) -> Self {
        if self.order.verify == Verify::Checksum && !self.order.text {
            self.proof = Some(Proof::new(source, destination));
        }
        self
    }

    /// Heeds what the servers want before a transfer.
    #[must_use]
    pub fn with_manners(mut self, manners: Manners) -> Self {
        self.manners = manners;
        self
    }

    /// Gives the target its time in the first of these ways that the destination accepts.
    #[must_use]
    pub fn with_time_setters(mut self, setters: Vec<TimeSetter>) -> Self {
        self.setters = setters.into();
        self
    }

    /// Begins; `announced` is the destination's port when it was asked for ahead.
    pub fn start(&mut self, announced: Option<Announced>) -> Vec<Effect> {
        if self.order.is_in_place() && !self.can_overwrite_in_place() {
            return self.fail(Fault::NoSafeOverwrite);
        }
        if let Err(error) = self.plan_prelude() {
            return self.fail(error.into());
        }
        let ahead = announced
            .filter(|_| self.plan.passive == PassiveSide::Destination && self.prelude.is_empty());
        match ahead {
            Some(announced) => self.meet(announced),
            None => self.ask_prelude(),
        }
    }

    /// Something happened.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        match event {
            _ if self.phase == Phase::Done => Vec::new(),
            Event::Reply(side, reply) if reply.code == 421 => {
                self.lost(side, &format!("it said {}", reply.shown()))
            }
            Event::Reply(side, reply) => self.replied(side, reply),
            Event::Lost(side, why) => self.lost(side, &why),
            Event::Expired(seconds) => self.expired(seconds),
            Event::Long => {
                self.long = true;
                Vec::new()
            }
            Event::Cancel => self.cancel(Fault::Cancelled),
            Event::Interrupt => self.cancel(Fault::Interrupted),
        }
    }

    /// Which of the two owe a reply, source first.
    #[must_use]
    pub fn waits_for(&self) -> [bool; 2] {
        [self.source.is_waiting(), self.destination.is_waiting()]
    }

    /// True once the destination has said 1xx to STOR.
    #[must_use]
    pub fn has_begun_to_store(&self) -> bool {
        self.destination.begun
    }

    /// The sides that were told to abort and have answered all that was asked; how many replies
    /// ABOR has is anybody's guess, so that only a NOOP tells whether more are to come.
    #[must_use]
    pub fn aborted(&self) -> Vec<Side> {
        [(Side::Source, &self.source), (Side::Destination, &self.destination)]
            .into_iter()
            .filter(|(_, half)| half.aborted && half.lost.is_none() && !half.is_waiting())
            .map(|(side, _)| side)
            .collect()
    }

    /// How it ended.
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        let condemned = [(Side::Source, &self.source), (Side::Destination, &self.destination)]
            .into_iter()
            .filter(|(_, half)| half.lost.is_some() || half.aborted || half.is_waiting())
            .map(|(side, _)| side)
            .collect::<Vec<_>>();
        let surprised = [(Side::Source, &self.source), (Side::Destination, &self.destination)]
            .into_iter()
            .filter(|(_, half)| half.surprised)
            .map(|(side, _)| side)
            .collect();
        let complete = self.verdict != Verdict::Failed;
        let bytes = match (self.size, complete) {
            (Some(size), _) => size,
            (None, true) => self.order.size.unwrap_or(0),
            (None, false) => 0,
        };
        Outcome {
            verdict: self.verdict,
            fault: self.fault,
            warning: self.warning,
            bytes,
            leftover: self.leftover.then(|| self.order.stored_as().clone()),
            kept: self.kept,
            displaced: self.place.as_ref().and_then(Place::displaced).cloned(),
            next_passive: self.next_passive.filter(|_| !condemned.contains(&Side::Destination)),
            condemned,
            surprised,
            digest: self.digest,
            time_refusal: self.time_refusal,
            mode_refusal: self.mode_refusal,
            time_setters: Some(self.setters.into()),
            digests: self.proof.map(Proof::into_digests).map(Box::new),
        }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        }
    }

    fn send(&mut self, side: Side, commands: Vec<(Command, Expect)>) -> Vec<Effect> {
        let half = self.half(side);
        let mut lines = Vec::with_capacity(commands.len());
        for (command, expect) in commands {
            half.expect(expect);
            lines.push(command);
        }
        vec![Effect::Send(side, lines)]
    }

    fn replied(&mut self, side: Side, reply: Reply) -> Vec<Effect> {
        let taken = self.half(side).take(&reply);
        let surprised = self.source.surprised || self.destination.surprised;
        if surprised && self.phase == Phase::Data {
            // an early answer to PASV has closed the port that the source was sent to, and an
            // early RETR may wait for ever: better begin anew, one command at a time
            return self.break_off(self.fault_of_replies());
        }
        match taken {
            // a passive side may turn its peer away before it is told to transfer (pyftpdlib), and
            // then waits for another one for ever
            Taken::Stray if reply.code == 425 && self.phase == Phase::Port => {
                self.fail(Fault::NoConnection { side, reply })
            }
            Taken::Stray => Vec::new(),
            Taken::Begun => self.begun(side),
            Taken::Final(Expect::Prelude) => self.prelude_answered(side, reply),
            Taken::Final(Expect::Passive) => self.announced(side, &reply),
            Taken::Final(Expect::Port) => self.port_answered(side, reply),
            Taken::Final(Expect::Rest) => self.rest_answered(side, reply),
            Taken::Final(Expect::Transfer) => self.after_end(),
            Taken::Final(Expect::Size) => {
                self.size_asked = self.size_asked.saturating_add(1);
                self.size = reply.size().or(self.size);
                self.proceed()
            }
            Taken::Final(Expect::Time) => self.time_answered(reply),
            Taken::Final(Expect::Mode) => {
                self.mode_refusal = (!reply.is_completion()).then_some(reply);
                self.proceed()
            }
            Taken::Final(what @ (Expect::SourceSize | Expect::SourceTime)) => {
                self.source_answered(what, &reply)
            }
            Taken::Final(what @ (Expect::Option | Expect::Digest)) => {
                self.digest_answered(side, what, &reply)
            }
            Taken::Final(what @ (Expect::RenameFrom | Expect::RenameTo | Expect::Delete))
                if self.phase == Phase::Place =>
            {
                self.placed(what, reply)
            }
            Taken::Final(Expect::Delete) => {
                self.leftover &= !reply.is_completion();
                self.proceed()
            }
            Taken::Final(_) => self.proceed(),
        }
    }
}

#[cfg(test)]
mod tests;
