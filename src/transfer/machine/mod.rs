//! One file from server to server, as a machine: replies in, commands out.
//!
//! The rules are those of design section 4. The machine has neither clock nor socket: it says
//! which time limit applies ([`Effect::Arm`]) and is told when that has passed
//! ([`Event::Expired`]), so that tables of replies test every order of events.

mod ending;
mod event;

use std::net::SocketAddr;

use crate::ftp::address::{self, Announced};
use crate::ftp::{Command, Reply};
use crate::transfer::address::AddressRule;
use crate::transfer::causes;
use crate::transfer::fault::Fault;
use crate::transfer::half::{Expect, Half, Taken};
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict};
use crate::transfer::place::{Next, Place};
use crate::transfer::plan::{PassiveCommand, Plan};
use crate::transfer::side::{PassiveSide, Side};
pub use event::{Effect, Event, Limit};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The passive side was asked for its port.
    Passive,
    /// The active side was told where to go, and nothing else.
    Port,
    /// The source was told to send; STOR waits until it has begun (in-place overwrite).
    SourceFirst,
    /// STOR is out, and RETR waits until an asynchronous destination has begun: it accepts the
    /// data connection before STOR and would throw a short file away (reference/servers.md
    /// section 4).
    TargetFirst,
    /// STOR and RETR are out.
    Data,
    /// The size of the target is asked for (again).
    Size,
    /// The target gets its time.
    Time,
    /// The target gets its name.
    Place,
    /// What a failed try left is deleted.
    Cleanup,
    /// A failure: pending replies are collected.
    Ending,
    Done,
}

/// The transfer of one file.
#[derive(Debug)]
pub struct Machine {
    order: Order,
    plan: Plan,
    rule: AddressRule,
    phase: Phase,
    source: Half,
    destination: Half,
    meeting: Option<SocketAddr>,
    size: Option<u64>,
    size_asked: u8,
    next_passive: Option<Announced>,
    place: Option<Place>,
    fault: Option<Fault>,
    warning: Option<String>,
    verdict: Verdict,
    leftover: bool,
    knocked: bool,
    flowing: bool,
    tail: bool,
    time_sent: bool,
    listener_reset: bool,
}

impl Machine {
    /// A transfer by this plan. `rule` says where the active side is sent.
    #[must_use]
    pub fn new(order: Order, plan: Plan, rule: AddressRule) -> Self {
        Self {
            order,
            plan,
            rule,
            phase: Phase::Passive,
            source: Half::default(),
            destination: Half::default(),
            meeting: None,
            size: None,
            size_asked: 0,
            next_passive: None,
            place: None,
            fault: None,
            warning: None,
            verdict: Verdict::Failed,
            leftover: false,
            knocked: false,
            flowing: false,
            tail: false,
            time_sent: false,
            listener_reset: false,
        }
    }

    /// Begins; `announced` is the destination's port when it was asked for ahead.
    pub fn start(&mut self, announced: Option<Announced>) -> Vec<Effect> {
        if self.order.is_in_place() && !self.can_overwrite_in_place() {
            return self.fail(Fault::NoSafeOverwrite);
        }
        let ahead = announced.filter(|_| self.plan.passive == PassiveSide::Destination);
        if let Some(announced) = ahead {
            return self.meet(announced);
        }
        let command = Command::bare(self.plan.command.verb());
        let mut effects = self.send(self.plan.passive.side(), vec![(command, Expect::Passive)]);
        effects.push(Effect::Arm(Limit::Reply));
        effects
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
            Event::Cancel => self.cancel(),
        }
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
            next_passive: self.next_passive.filter(|_| !condemned.contains(&Side::Destination)),
            condemned,
            surprised,
        }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        }
    }

    /// A server that connects at PORT time meets no listener yet when STOR has to wait for the
    /// source (reference/servers.md section 4, rule 2: pyftpdlib as destination); asynchronous
    /// servers are the ones that are not pipelined.
    fn can_overwrite_in_place(&self) -> bool {
        self.plan.passive == PassiveSide::Destination && self.plan.pipelined_destination
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

    /// The passive side has a port.
    fn meet(&mut self, announced: Announced) -> Vec<Effect> {
        match self.rule.meeting_point(announced) {
            Ok(address) => {
                self.meeting = Some(address);
                self.go(address)
            }
            Err(error) => self.fail(error.into()),
        }
    }

    fn go(&mut self, address: SocketAddr) -> Vec<Effect> {
        let active = self.plan.passive.side().other();
        let port = match (self.plan.command, address::port_argument(address)) {
            (PassiveCommand::Pasv | PassiveCommand::Cpsv, Some(argument)) => {
                Command::with("PORT", argument)
            }
            _ => Command::with("EPRT", address::eprt_argument(address)),
        };
        let commands = port.and_then(|port| Ok((port, self.retrieve()?, self.store()?)));
        let (port, retrieve, store) = match commands {
            Ok(commands) => commands,
            Err(error) => return self.fail(error.into()),
        };
        let ahead = self.plan.proven
            && self.plan.pipelined_source
            && self.plan.pipelined_destination
            && active == Side::Source;
        if !ahead {
            self.phase = Phase::Port;
            let mut effects = self.send(active, vec![(port, Expect::Port)]);
            effects.push(Effect::Arm(Limit::Reply));
            return effects;
        }
        let source = vec![(port, Expect::Port), (retrieve, Expect::Transfer)];
        if self.order.is_in_place() {
            self.phase = Phase::SourceFirst;
            let mut effects = self.send(Side::Source, source);
            effects.push(Effect::Arm(Limit::SetUp));
            return effects;
        }
        self.phase = Phase::Data;
        let mut effects = self.send(Side::Destination, store);
        effects.extend(self.send(Side::Source, source));
        effects.push(Effect::Arm(Limit::SetUp));
        effects
    }

    fn retrieve(&self) -> Result<Command, crate::ftp::CommandError> {
        Command::with("RETR", self.order.source.as_bytes())
    }

    /// STOR and, where the destination bears it, what can be asked in the same write.
    fn store(&mut self) -> Result<Vec<(Command, Expect)>, crate::ftp::CommandError> {
        let name = self.order.stored_as().as_bytes();
        let mut commands = vec![(Command::with("STOR", name)?, Expect::Transfer)];
        if !self.plan.pipelined_destination || self.plan.passive == PassiveSide::Source {
            return Ok(commands);
        }
        if let Some(modified) = &self.order.modified {
            let argument = [modified.digits().as_bytes(), b" ", name].concat();
            commands.push((Command::with("MFMT", argument)?, Expect::Time));
            self.time_sent = true;
        }
        if self.order.check_size {
            commands.push((Command::with("SIZE", name)?, Expect::Size));
        }
        if self.order.temporary.is_none() {
            commands.push((Command::bare(self.plan.command.verb()), Expect::Passive));
        }
        Ok(commands)
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
            Taken::Stray => Vec::new(),
            Taken::Begun => self.begun(side),
            Taken::Final(Expect::Passive) => self.announced(side, &reply),
            Taken::Final(Expect::Port) => self.port_answered(side, reply),
            Taken::Final(Expect::Transfer) => self.after_end(),
            Taken::Final(Expect::Size) => {
                self.size_asked = self.size_asked.saturating_add(1);
                self.size = size_in(&reply).or(self.size);
                self.proceed()
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

    fn begun(&mut self, side: Side) -> Vec<Effect> {
        if self.phase == Phase::SourceFirst && side == Side::Source {
            self.phase = Phase::Data;
            return match self.store() {
                Ok(store) => {
                    let mut effects = self.send(Side::Destination, store);
                    effects.push(Effect::Arm(Limit::SetUp));
                    effects
                }
                Err(error) => self.fail(error.into()),
            };
        }
        if self.phase == Phase::TargetFirst && side == Side::Destination {
            return self.retrieve_now();
        }
        let both = self.source.begun && self.destination.begun;
        if both && !self.flowing && self.phase == Phase::Data {
            self.flowing = true;
            if self.tail {
                return vec![Effect::Flowing]; // the other side has ended: its limit goes on
            }
            return vec![Effect::Flowing, Effect::Arm(Limit::Data)];
        }
        self.odd_end()
    }

    /// The destination has begun, or says nothing before its peer has come.
    pub(super) fn retrieve_now(&mut self) -> Vec<Effect> {
        self.phase = Phase::Data;
        match self.retrieve() {
            Ok(retrieve) => {
                let mut effects = self.send(Side::Source, vec![(retrieve, Expect::Transfer)]);
                effects.push(Effect::Arm(Limit::SetUp));
                effects
            }
            Err(error) => self.fail(error.into()),
        }
    }

    /// pure-ftpd's second 150 is the end of a broken RETR once the destination has ended.
    fn odd_end(&mut self) -> Vec<Effect> {
        if self.source.begun_twice && self.destination.is_over() && self.source.is_transferring() {
            self.source.accept_odd_end(Reply::new(426, "the source broke off"));
            return self.after_end();
        }
        Vec::new()
    }

    fn announced(&mut self, side: Side, reply: &Reply) -> Vec<Effect> {
        let announced = address::parse_passive(reply);
        if self.phase == Phase::Passive {
            return match announced {
                Some(announced) => self.meet(announced),
                None => self.fail(Fault::NoPassive { side, reply: reply.clone() }),
            };
        }
        self.next_passive = announced;
        self.proceed()
    }

    fn port_answered(&mut self, side: Side, reply: Reply) -> Vec<Effect> {
        if !reply.is_completion() {
            return self.fail(Fault::RefusedPort { side, reply });
        }
        if self.phase != Phase::Port {
            return self.proceed();
        }
        let (retrieve, store) = match self.retrieve().and_then(|r| Ok((r, self.store()?))) {
            Ok(commands) => commands,
            Err(error) => return self.fail(error.into()),
        };
        let mut effects = Vec::new();
        if self.order.is_in_place() {
            self.phase = Phase::SourceFirst;
        } else if !self.plan.pipelined_destination {
            self.phase = Phase::TargetFirst;
            effects.extend(self.send(Side::Destination, store));
            effects.push(Effect::Arm(Limit::Brief));
            return effects;
        } else {
            self.phase = Phase::Data;
            effects.extend(self.send(Side::Destination, store));
        }
        effects.extend(self.send(Side::Source, vec![(retrieve, Expect::Transfer)]));
        effects.push(Effect::Arm(Limit::SetUp));
        effects
    }

    /// A transfer command got its final reply.
    fn after_end(&mut self) -> Vec<Effect> {
        let odd = self.odd_end();
        if !odd.is_empty() || self.phase == Phase::Done {
            return odd;
        }
        let mut effects = Vec::new();
        if self.phase == Phase::Ending || (self.source.is_over() && self.destination.is_over()) {
            effects.extend(self.proceed());
            return effects;
        }
        if self.source.failed() || self.destination.failed() {
            effects.extend(self.free_the_other());
        } else if !self.tail {
            self.tail = true;
            effects.push(Effect::Arm(Limit::Tail));
        }
        effects
    }

    /// Goes on where all replies of the current phase are in.
    fn proceed(&mut self) -> Vec<Effect> {
        match self.phase {
            Phase::Data | Phase::SourceFirst | Phase::TargetFirst | Phase::Size | Phase::Ending => {
                if !self.source.is_over() || !self.destination.is_over() {
                    return self.reset_listener();
                }
                if self.destination.is_waiting() || self.source.is_waiting() {
                    return Vec::new();
                }
                self.judge()
            }
            Phase::Time if !self.destination.is_waiting() => self.arrived(self.verdict),
            Phase::Cleanup if !self.destination.is_waiting() => self.end(),
            _ => Vec::new(),
        }
    }

    /// Both sides are over and nothing is pending: what is it worth?
    fn judge(&mut self) -> Vec<Effect> {
        if self.phase == Phase::Ending {
            return self.clean_up();
        }
        let all_well = self.source.succeeded() && self.destination.succeeded();
        let refused = self.source.failed() && !self.source.begun;
        // bytes can only have come from the source, whatever else connected
        let whole = self.size == self.order.size && self.size.is_some_and(|size| size > 0);
        let knocked = self.knocked && !(whole && self.source.begun);
        if knocked || refused || !self.destination.succeeded() {
            // a peer that never sent, or a knock, makes an empty file and a 226
            return self.fail(self.fault_of_replies());
        }
        let short = match (self.size, self.order.size) {
            (Some(have), Some(want)) => have != want,
            (None, _) => true,
            (Some(_), None) => false,
        };
        if self.order.check_size && short && self.size_asked < 2 {
            // not asked yet, or answered before the last bytes were counted (design rule 13)
            if self.size_asked == 1 && self.size.is_none() {
                self.size_asked = 2; // it was refused: asking again brings nothing
            } else {
                return self.ask_size();
            }
        }
        match (self.size, self.order.size) {
            (Some(have), Some(want)) if have != want => {
                if all_well {
                    return self.fail(Fault::WrongSize { have, want, claimed: true });
                }
                self.fail(self.fault_of_replies())
            }
            (Some(_), Some(_)) => {
                if !all_well {
                    let said = match &self.source.last {
                        Some(reply) => format!("the source said {}", reply.shown()),
                        None => "the source did not say how it ended".to_owned(),
                    };
                    self.warning = Some(format!("{said}, but all bytes arrived"));
                }
                self.arrived(Verdict::Complete)
            }
            _ if all_well => self.arrived(Verdict::Unverified),
            _ => self.fail(self.fault_of_replies()),
        }
    }

    fn ask_size(&mut self) -> Vec<Effect> {
        self.phase = Phase::Size;
        match Command::with("SIZE", self.order.stored_as().as_bytes()) {
            Ok(command) => {
                let mut effects = self.send(Side::Destination, vec![(command, Expect::Size)]);
                effects.push(Effect::Arm(Limit::Reply));
                effects
            }
            Err(error) => self.fail(error.into()),
        }
    }

    fn fault_of_replies(&self) -> Fault {
        causes::of(&self.source, &self.destination)
    }

    /// The bytes are there: MFMT where it was not sent along, then the final name.
    fn arrived(&mut self, verdict: Verdict) -> Vec<Effect> {
        self.verdict = verdict;
        if let Some(modified) = self.order.modified.filter(|_| !self.time_sent) {
            self.time_sent = true;
            self.phase = Phase::Time;
            let name = self.order.stored_as().as_bytes();
            let argument = [modified.digits().as_bytes(), b" ", name].concat();
            if let Ok(command) = Command::with("MFMT", argument) {
                let mut effects = self.send(Side::Destination, vec![(command, Expect::Time)]);
                effects.push(Effect::Arm(Limit::Reply));
                return effects;
            }
        }
        let Some(temporary) = self.order.temporary.clone() else { return self.end() };
        self.phase = Phase::Place;
        let ahead =
            self.plan.pipelined_destination && self.plan.passive == PassiveSide::Destination;
        let passive = ahead.then(|| Command::bare(self.plan.command.verb()));
        let place = Place::new(
            temporary,
            self.order.target.clone(),
            self.order.replaces,
            self.plan.pipelined_destination,
        );
        match place.first() {
            Ok(mut commands) => {
                commands.extend(passive.map(|command| (command, Expect::Passive)));
                self.place = Some(place);
                let mut effects = self.send(Side::Destination, commands);
                effects.push(Effect::Arm(Limit::Reply));
                effects
            }
            Err(error) => self.fail(error.into()),
        }
    }

    fn placed(&mut self, what: Expect, reply: Reply) -> Vec<Effect> {
        let Some(mut place) = self.place.take() else { return Vec::new() };
        let next = place.answered(what, reply);
        self.place = Some(place);
        match next {
            Ok(Next::Wait) => Vec::new(),
            Ok(Next::Send(commands)) => {
                let mut effects = self.send(Side::Destination, commands);
                effects.push(Effect::Arm(Limit::Reply));
                effects
            }
            Ok(Next::Placed(warning)) => {
                self.warning = self.warning.take().or(warning);
                self.phase = Phase::Cleanup;
                self.proceed()
            }
            Ok(Next::Refused(reply)) => self.fail(Fault::Rename(reply)),
            Err(error) => self.fail(error.into()),
        }
    }

    fn end(&mut self) -> Vec<Effect> {
        self.phase = Phase::Done;
        vec![Effect::End]
    }
}

/// The number in the reply to SIZE.
fn size_in(reply: &Reply) -> Option<u64> {
    if reply.code != 213 {
        return None;
    }
    std::str::from_utf8(reply.text().trim_ascii()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
