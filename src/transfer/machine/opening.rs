//! From the passive side's port to data that flows.

use std::net::SocketAddr;

use crate::base::rules::Verify;
use crate::ftp::address::{self, Announced};
use crate::ftp::{Class, Command, CommandError, Reply, permissions};
use crate::transfer::conversation::Expect;
use crate::transfer::fault::{Fault, refused_target};
use crate::transfer::machine::event::{Effect, Limit};
use crate::transfer::machine::{Machine, Phase, PreludeCommands};
use crate::transfer::plan::{PassiveSide, Side};

impl Machine {
    /// A server that connects at PORT time finds no listener yet when STOR has to wait for the
    /// source (docs/servers.md "The destination is stuck after a failed RETR": pyftpdlib as
    /// destination); asynchronous servers are the ones that are not pipelined.
    pub(super) fn can_overwrite_in_place(&self) -> bool {
        self.plan.passive == PassiveSide::Destination
            && self.plan.pipelined_destination
            && !self.plan.needs_checksum()
    }

    /// Collects the commands before PASV.
    pub(super) fn plan_prelude(&mut self) -> Result<(), CommandError> {
        // the size of text changes on the way
        let size = self.order.size.filter(|_| !self.order.form.is_text());
        if let (true, Some(size)) = (self.wants.allo, size) {
            let command = Command::with("ALLO", size.to_string())?;
            self.prelude.push_back((Side::Destination, command));
        }
        if self.wants.pret {
            let (side, pret) = self.pret()?;
            self.prelude.push_back((side, pret));
        }
        Ok(())
    }

    /// PRET with the exact command that the passive side will get.
    fn pret(&self) -> Result<(Side, Command), CommandError> {
        let side = self.plan.passive.side();
        let words = match side {
            Side::Source => [b"RETR ", self.order.source.as_bytes()].concat(),
            Side::Destination => [b"STOR ", self.order.stored_as().as_bytes()].concat(),
        };
        Ok((side, Command::with("PRET", words)?))
    }

    /// The next command of the prelude; the port when there is none.
    pub(super) fn ask_prelude(&mut self) -> Vec<Effect> {
        let (side, command, expect) = match self.prelude.pop_front() {
            Some((side, command)) => {
                self.phase = Phase::Prelude;
                (side, command, Expect::Prelude)
            }
            None => {
                self.phase = Phase::Passive;
                let command = Command::bare(self.plan.command.verb());
                (self.plan.passive.side(), command, Expect::Passive)
            }
        };
        let mut effects = self.send(side, vec![(command, expect)]);
        effects.push(Effect::Arm(Limit::Reply));
        effects
    }

    /// A refusal that is about the file or the space is final; a server that does not know the
    /// command does not need it.
    pub(super) fn prelude_answered(&mut self, side: Side, reply: Reply) -> Vec<Effect> {
        if self.phase != Phase::Prelude {
            return self.proceed();
        }
        let unknown = matches!(reply.code, 500..=504);
        if reply.is_completion() || unknown {
            return self.ask_prelude();
        }
        self.fail(match side {
            Side::Source => Fault::SourceRefused(reply),
            Side::Destination => refused_target(reply),
        })
    }

    /// The passive side has a port.
    pub(super) fn meet(&mut self, announced: Announced) -> Vec<Effect> {
        match self.rule.meeting_point(announced) {
            Ok(address) => {
                self.meeting = Some(address);
                self.go(address)
            }
            Err(error) => self.fail(error.into()),
        }
    }

    pub(super) fn go(&mut self, address: SocketAddr) -> Vec<Effect> {
        let active = self.plan.passive.side().other();
        let port = self.plan.port_command(address);
        let commands = port.and_then(|port| Ok((port, self.retrieve()?, self.store()?)));
        let (port, retrieve, store) = match commands {
            Ok(commands) => commands,
            Err(error) => return self.fail(error.into()),
        };
        let ahead = self.plan.proven
            && self.plan.pipelined_source
            && self.plan.pipelined_destination
            && self.order.offset == 0
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

    pub(super) fn retrieve(&self) -> Result<Command, CommandError> {
        Command::with("RETR", self.order.source.as_bytes())
    }

    /// STOR and, where the destination supports pipelining, what can be sent in the same write.
    pub(super) fn store(&mut self) -> Result<Vec<(Command, Expect)>, CommandError> {
        let name = self.order.stored_as().as_bytes();
        let mut commands = vec![(Command::with("STOR", name)?, Expect::Transfer)];
        if !self.plan.pipelined_destination || self.plan.passive == PassiveSide::Source {
            return Ok(commands);
        }
        if let (Some(modified), Some(setter)) = (&self.order.modified, self.setters.front()) {
            commands.push((setter.command(name, modified)?, Expect::Time));
            self.time_sent = true;
        }
        // what may be kept for a later attempt must stay writable until it is complete
        if let (Some(mode), None, 0) = (self.order.mode, &self.order.temporary, self.order.offset) {
            commands.push((permissions::chmod(name, mode)?, Expect::Mode));
            self.mode_sent = true;
        }
        if self.order.checks_size() {
            commands.push((Command::with("SIZE", name)?, Expect::Size));
        }
        if self.order.temporary.is_none()
            && self.order.verify != Verify::Checksum
            && self.bears_a_port_ahead()
        {
            commands.push((Command::bare(self.plan.command.verb()), Expect::Passive));
        }
        Ok(commands)
    }

    /// A port that is announced ahead would not survive other commands, such as those for checksums
    /// or the size of text, nor PRET.
    pub(super) fn bears_a_port_ahead(&self) -> bool {
        self.wants == PreludeCommands::default() && !self.order.form.is_text()
    }

    pub(super) fn begun(&mut self, side: Side) -> Vec<Effect> {
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
                return vec![Effect::Flowing]; // the other side has ended: its limit still applies
            }
            return vec![Effect::Flowing, Effect::Arm(Limit::Data)];
        }
        self.late_abort_reply()
    }

    /// The destination has begun, or does not reply before its peer connects.
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

    /// The second 150 of pure-ftpd is the end of an aborted RETR once the destination has ended.
    pub(super) fn late_abort_reply(&mut self) -> Vec<Effect> {
        if self.source.begun_twice && self.destination.is_over() && self.source.is_transferring() {
            self.source.accept_late_abort_reply(Reply::new(426, "the source broke off"));
            return self.after_end();
        }
        Vec::new()
    }

    pub(super) fn announced(&mut self, side: Side, reply: &Reply) -> Vec<Effect> {
        let announced = address::parse_passive(reply);
        if self.phase == Phase::Passive {
            return match announced {
                Some(announced) => self.meet(announced),
                // DrFTPD reports this only here
                None if reply.mentions("pret") && !self.wants.pret => {
                    self.wants.pret = true;
                    match self.pret() {
                        Ok(pret) => self.prelude.push_back(pret),
                        Err(error) => return self.fail(error.into()),
                    }
                    self.ask_prelude()
                }
                None => self.fail(Fault::NoPassive { side, reply: reply.clone() }),
            };
        }
        if side == Side::Destination {
            self.next_passive = announced;
        }
        self.proceed()
    }

    pub(super) fn port_answered(&mut self, side: Side, reply: Reply) -> Vec<Effect> {
        if !reply.is_completion() {
            return self.fail(Fault::RefusedPort { side, reply });
        }
        if self.phase != Phase::Port {
            return self.proceed();
        }
        if self.order.offset == 0 {
            return self.begin_data();
        }
        // sent last: inetutils forgets REST at PASV (docs/servers.md "Commands and features")
        self.phase = Phase::Rest;
        let mut effects = Vec::new();
        for side in [Side::Destination, Side::Source] {
            match Command::with("REST", self.order.offset.to_string()) {
                Ok(rest) => effects.extend(self.send(side, vec![(rest, Expect::Rest)])),
                Err(error) => return self.fail(error.into()),
            }
        }
        effects.push(Effect::Arm(Limit::Reply));
        effects
    }

    pub(super) fn rest_answered(&mut self, side: Side, reply: Reply) -> Vec<Effect> {
        if self.phase != Phase::Rest {
            return self.proceed();
        }
        if reply.class() != Class::Intermediate {
            return self.fail(Fault::RestRefused { side, reply });
        }
        if self.source.is_waiting() || self.destination.is_waiting() {
            return Vec::new();
        }
        self.begin_data()
    }

    /// The active side has the address: the transfer commands follow.
    fn begin_data(&mut self) -> Vec<Effect> {
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
}
