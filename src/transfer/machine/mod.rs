//! One file from server to server, as a machine: replies in, commands out.
//!
//! The rules are those of docs/transfer-rules.md. The machine has neither clock nor socket: it
//! reports which time limit applies ([`Effect::Arm`]) and is notified when that has passed
//! ([`Event::Expired`]), so that tables of replies test every order of events.

mod checksums;
mod completion;
mod event;
mod failure;
mod opening;

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::base::rules::Verify;
use crate::ftp::address::Announced;
use crate::ftp::{Algorithm, Command, Digests, Reply, TimeSetter};
use crate::transfer::address::AddressRule;
use crate::transfer::conversation::{Conversation, Expect, Received};
use crate::transfer::fault::Fault;
use crate::transfer::machine::checksums::ChecksumComparison;
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict, Via};
use crate::transfer::plan::Plan;
use crate::transfer::plan::{PassiveSide, Side};
use crate::transfer::rename::Rename;
pub use event::{Effect, Event, Limit};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// ALLO and PRET, where a server needs them first.
    Prelude,
    /// The passive side was asked for its port.
    Passive,
    /// The active side was sent the address, and nothing else.
    Port,
    /// Both were sent the offset.
    Rest,
    /// RETR was sent; STOR waits until the source has begun (in-place overwrite).
    SourceFirst,
    /// STOR was sent, and RETR waits until an asynchronous destination has begun: it accepts the
    /// data connection before STOR and would discard a short file (docs/servers.md "FXP between
    /// pairs").
    TargetFirst,
    /// STOR and RETR were sent.
    Data,
    /// The size of the target is asked for (again).
    Size,
    /// The source is asked whether it is still what it was.
    Source,
    /// Both servers compute a checksum.
    Checksums,
    /// The target gets its time.
    Time,
    /// The target gets its permissions.
    Mode,
    /// The target gets its name.
    Rename,
    /// STOR was refused: has it left an empty file anyway?
    Leftover,
    /// What a failed attempt left is deleted.
    Cleanup,
    /// A failure: pending replies are collected.
    Ending,
    Done,
}

/// The commands that the two servers need before a transfer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreludeCommands {
    /// The passive side needs `PRET` before `PASV` (quirk 31).
    pub pret: bool,
    /// The destination needs `ALLO` (quirk 66).
    pub allo: bool,
}

/// The transfer of one file.
#[derive(Debug)]
pub struct Machine {
    order: Order,
    plan: Plan,
    rule: AddressRule,
    phase: Phase,
    wants: PreludeCommands,
    prelude: VecDeque<(Side, Command)>,
    source: Conversation,
    destination: Conversation,
    meeting: Option<SocketAddr>,
    size: Option<u64>,
    size_asked: u8,
    /// The destination is known to answer SIZE.
    answers_size: bool,
    /// The destination answers MLST.
    answers_mlst: bool,
    /// Its reply that there is no such file, while it has not reported a size.
    missing: Option<Reply>,
    next_passive: Option<Announced>,
    comparison: Option<ChecksumComparison>,
    digest: Option<Algorithm>,
    rename: Option<Rename>,
    fault: Option<Fault>,
    warning: Option<String>,
    verdict: Verdict,
    leftover: bool,
    unproven: bool,
    stranded: bool,
    kept: bool,
    unblocked: bool,
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
    /// A transfer in this mode. `rule` decides which address the active side gets.
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
            wants: PreludeCommands::default(),
            prelude: VecDeque::new(),
            source: Conversation::default(),
            destination: Conversation::default(),
            meeting: None,
            size: None,
            size_asked: 0,
            answers_size: false,
            answers_mlst: false,
            missing: None,
            next_passive: None,
            comparison: None,
            digest: None,
            rename: None,
            fault: None,
            warning: None,
            verdict: Verdict::Failed,
            leftover: false,
            unproven: false,
            stranded: false,
            kept: false,
            unblocked: false,
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

    /// Compares checksums where the order requests it: what the two sessions can compute, source
    /// first.
    #[must_use]
    pub fn with_digests(mut self, source: Digests, destination: Digests) -> Self {
        if self.order.verify == Verify::Checksum && !self.order.form.is_text() {
            self.comparison = Some(ChecksumComparison::new(source, destination));
        }
        self
    }

    /// Sends the commands that the servers need before a transfer.
    #[must_use]
    pub fn with_prelude_commands(mut self, wants: PreludeCommands) -> Self {
        self.wants = wants;
        self
    }

    /// Whether the destination is known to answer `SIZE`, so that its 550 means that there is no
    /// such file, and whether it announces `MLST`.
    #[must_use]
    pub fn with_answers(mut self, size: bool, mlst: bool) -> Self {
        (self.answers_size, self.answers_mlst) = (size, mlst);
        self
    }

    /// The command that asks whether a file is there; `None` where the destination answers none.
    fn question(&self) -> Option<&'static str> {
        // SIZE may be refused in text type
        let size = (self.answers_size || self.size.is_some()) && !self.order.form.is_text();
        if size { Some("SIZE") } else { self.answers_mlst.then_some("MLST") }
    }

    /// Sets the time of the target with the first of these commands that the destination accepts.
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
                self.lost(side, &format!("it replied {}", reply.shown()))
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

    /// Which of the two have a reply pending, source first.
    #[must_use]
    pub fn waits_for(&self) -> [bool; 2] {
        [self.source.is_waiting(), self.destination.is_waiting()]
    }

    /// True once the destination has replied 1xx to STOR.
    #[must_use]
    pub fn has_begun_to_store(&self) -> bool {
        self.destination.begun
    }

    /// The sides that were sent ABOR and have no reply pending; the number of replies to ABOR
    /// varies, so that only a NOOP shows whether more will come.
    #[must_use]
    pub fn aborted(&self) -> Vec<Side> {
        [(Side::Source, &self.source), (Side::Destination, &self.destination)]
            .into_iter()
            .filter(|(_, talk)| talk.aborted && talk.lost.is_none() && !talk.is_waiting())
            .map(|(side, _)| side)
            .collect()
    }

    /// How it ended.
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        let poisoned = [(Side::Source, &self.source), (Side::Destination, &self.destination)]
            .into_iter()
            .filter(|(_, talk)| talk.lost.is_some() || talk.aborted || talk.is_waiting())
            .map(|(side, _)| side)
            .collect::<Vec<_>>();
        let out_of_turn = [(Side::Source, &self.source), (Side::Destination, &self.destination)]
            .into_iter()
            .filter(|(_, talk)| talk.out_of_turn)
            .map(|(side, _)| side)
            .collect();
        let complete = self.verdict != Verdict::Failed;
        let bytes = match (self.size, complete) {
            (Some(size), _) => size,
            (None, true) => self.order.size.unwrap_or(0),
            (None, false) => 0,
        };
        Outcome {
            via: Via::Direct,
            plan: Some(self.plan),
            protected: Some(self.plan.protected),
            verdict: self.verdict,
            fault: self.fault,
            warning: self.warning,
            bytes,
            leftover: self.leftover.then(|| self.order.stored_as().clone()),
            kept: self.kept,
            unproven: self.unproven,
            stranded: self.order.temporary.clone().filter(|_| self.stranded),
            displaced: self.rename.as_ref().and_then(Rename::displaced).cloned(),
            next_passive: self.next_passive.filter(|_| !poisoned.contains(&Side::Destination)),
            poisoned,
            out_of_turn,
            digest: self.digest,
            time_refusal: self.time_refusal,
            mode_refusal: self.mode_refusal,
            time_setters: Some(self.setters.into()),
            digests: self.comparison.map(ChecksumComparison::into_digests).map(Box::new),
        }
    }

    fn with(&mut self, side: Side) -> &mut Conversation {
        match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        }
    }

    fn send(&mut self, side: Side, commands: Vec<(Command, Expect)>) -> Vec<Effect> {
        let talk = self.with(side);
        let mut lines = Vec::with_capacity(commands.len());
        for (command, expect) in commands {
            talk.expect(expect);
            lines.push(command);
        }
        vec![Effect::Send(side, lines)]
    }

    fn replied(&mut self, side: Side, reply: Reply) -> Vec<Effect> {
        let taken = self.with(side).take(&reply);
        let out_of_turn = self.source.out_of_turn || self.destination.out_of_turn;
        if out_of_turn && self.phase == Phase::Data {
            // an early answer to PASV has closed the port that the source was sent to, and an early
            // RETR may wait for ever: the next attempt sends one command at a time
            return self.break_off(self.fault_of_replies());
        }
        match taken {
            // a passive side may reject its peer before the transfer command (pyftpdlib), and then
            // waits for another one for ever
            Received::Stray if reply.code == 425 && self.phase == Phase::Port => {
                self.fail(Fault::NoConnection { side, reply })
            }
            Received::Stray => Vec::new(),
            Received::Begun => self.begun(side),
            Received::Final(Expect::Prelude) => self.prelude_answered(side, reply),
            Received::Final(Expect::Passive) => self.announced(side, &reply),
            Received::Final(Expect::Port) => self.port_answered(side, reply),
            Received::Final(Expect::Rest) => self.rest_answered(side, reply),
            Received::Final(Expect::Transfer) => self.after_end(),
            Received::Final(Expect::Size) => {
                self.size_asked = self.size_asked.saturating_add(1);
                self.size = reply.size().or(self.size);
                self.missing = Some(reply).filter(|reply| reply.reports_absence());
                self.proceed()
            }
            Received::Final(Expect::Time) => self.time_answered(reply),
            Received::Final(Expect::Mode) => {
                self.mode_refusal = (!reply.is_completion()).then_some(reply);
                self.proceed()
            }
            Received::Final(what @ (Expect::SourceSize | Expect::SourceTime)) => {
                self.source_answered(what, &reply)
            }
            Received::Final(what @ (Expect::Option | Expect::Digest)) => {
                self.digest_answered(side, what, &reply)
            }
            Received::Final(
                what @ (Expect::RenameFrom | Expect::RenameTo | Expect::Presence | Expect::Delete),
            ) if self.phase == Phase::Rename => self.rename_answered(what, reply),
            Received::Final(Expect::Delete) => {
                let nothing = self.missing.is_some() && reply.reports_absence();
                self.leftover &= !reply.is_completion() && !nothing;
                self.proceed()
            }
            Received::Final(_) => self.proceed(),
        }
    }
}

#[cfg(test)]
mod tests;
