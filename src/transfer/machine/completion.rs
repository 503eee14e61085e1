//! From the final replies to the verdict and the final name.

use crate::ftp::{Command, Reply, TimeSetter, permissions};
use crate::transfer::conversation::Expect;
use crate::transfer::fault::Fault;
use crate::transfer::machine::checksums::ComparisonStep;
use crate::transfer::machine::event::{Effect, Limit};
use crate::transfer::machine::{Machine, Phase};
use crate::transfer::outcome::Verdict;
use crate::transfer::plan::{PassiveSide, Side};
use crate::transfer::rename::{AfterRename, Rename};

impl Machine {
    /// A transfer command got its final reply.
    pub(super) fn after_end(&mut self) -> Vec<Effect> {
        let odd = self.late_abort_reply();
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

    /// Continues once all replies of the current phase are in.
    pub(super) fn proceed(&mut self) -> Vec<Effect> {
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
            Phase::Time | Phase::Mode if !self.destination.is_waiting() => {
                self.arrived(self.verdict)
            }
            Phase::Leftover if !self.destination.is_waiting() => self.clean_up(),
            Phase::Cleanup if !self.destination.is_waiting() => self.end(),
            _ => Vec::new(),
        }
    }

    /// Both sides have ended and no reply is pending: did it work?
    pub(super) fn judge(&mut self) -> Vec<Effect> {
        if self.phase == Phase::Ending {
            return self.clean_up();
        }
        let all_well = self.source.succeeded() && self.destination.succeeded();
        let refused = self.source.failed() && !self.source.begun;
        // the bytes can only have come from the source, whatever else connected
        let whole = self.size == self.order.size && self.size.is_some_and(|size| size > 0);
        let unblocked = self.unblocked && !(whole && self.source.begun);
        if unblocked || refused || !self.destination.succeeded() {
            // a peer that never sent, or our own connection, causes an empty file and a 226
            return self.fail(self.fault_of_replies());
        }
        let short = match (self.size, self.order.size) {
            (Some(have), Some(want)) => have != want,
            (None, _) => true,
            (Some(_), None) => false,
        };
        if self.order.checks_size() && short && self.size_asked < 2 {
            // not asked yet, or answered before the last bytes were counted (transfer rule 13)
            if self.size_asked == 1 && self.size.is_none() && self.missing.is_none() {
                self.size_asked = 2; // it was refused: asking again would not help
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
                        Some(reply) => format!("the source replied {}", reply.shown()),
                        None => "the source did not report how it ended".to_owned(),
                    };
                    self.warning = Some(format!("{said}, but all bytes arrived"));
                }
                self.prove(Verdict::Complete)
            }
            (None, _) if all_well && self.answers_size && self.missing.is_some() => {
                let missing = self.missing.clone();
                self.fail(missing.map_or_else(|| self.fault_of_replies(), Fault::NotStored))
            }
            _ if all_well => self.prove(Verdict::Unverified),
            _ => self.fail(self.fault_of_replies()),
        }
    }

    pub(super) fn ask_size(&mut self) -> Vec<Effect> {
        if self.destination.lost.is_some() {
            return self.fail(self.fault_of_replies());
        }
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

    pub(super) fn fault_of_replies(&self) -> Fault {
        Fault::of_replies(&self.source, &self.destination)
    }

    /// All bytes are there according to the sizes; checksums prove more.
    fn prove(&mut self, verdict: Verdict) -> Vec<Effect> {
        self.verdict = verdict;
        let alive =
            self.source.lost.is_none() && !self.source.aborted && self.destination.lost.is_none();
        if self.long && alive && !self.source_asked {
            return self.ask_source();
        }
        let names = (self.order.source.as_bytes(), self.order.stored_as().as_bytes());
        let step = match &mut self.comparison {
            Some(comparison) if comparison.is_possible() && alive => {
                comparison.begin(names.0, names.1, self.size.or(self.order.size))
            }
            _ if self.plan.needs_checksum() => {
                return self
                    .fail(Fault::Unproven("no checksum is supported by both servers".to_owned()));
            }
            _ => return self.arrived(verdict),
        };
        self.phase = Phase::Checksums;
        self.continue_comparison(step)
    }

    /// Size and time of the source again, for a transfer that took long (transfer rule 8).
    fn ask_source(&mut self) -> Vec<Effect> {
        self.source_asked = true;
        self.phase = Phase::Source;
        let name = self.order.source.as_bytes();
        let size = (self.order.size.is_some() && !self.order.form.is_text())
            .then_some(("SIZE", Expect::SourceSize));
        let time = self.order.source_time.is_some().then_some(("MDTM", Expect::SourceTime));
        let commands = [size, time].into_iter().flatten();
        let commands: Result<Vec<_>, _> = commands
            .map(|(verb, expect)| Command::with(verb, name).map(|command| (command, expect)))
            .collect();
        let mut commands = match commands {
            Ok(commands) => commands,
            Err(error) => return self.fail(error.into()),
        };
        if commands.is_empty() {
            return self.prove(self.verdict);
        }
        if !self.plan.pipelined_source {
            // the other question waits for the answer to this one
            commands.truncate(1);
        }
        let mut effects = self.send(Side::Source, commands);
        effects.push(Effect::Arm(Limit::Reply));
        effects
    }

    pub(super) fn source_answered(&mut self, what: Expect, reply: &Reply) -> Vec<Effect> {
        if self.phase != Phase::Source {
            return self.proceed();
        }
        let changed = if what == Expect::SourceSize {
            let now = reply.size().filter(|now| Some(*now) != self.order.size);
            self.order.size.zip(now).map(|(before, after)| {
                ("size", format!("{before} bytes"), format!("{after} bytes"))
            })
        } else {
            let now = reply.stamp().filter(|now| Some(*now) != self.order.source_time);
            let times = self.order.source_time.zip(now);
            times.map(|(before, after)| ("time", before.to_string(), after.to_string()))
        };
        if let Some((what, before, after)) = changed {
            return self.fail(Fault::SourceChanged { what, before, after });
        }
        if self.source.is_waiting() {
            return Vec::new();
        }
        if what == Expect::SourceSize
            && !self.plan.pipelined_source
            && self.order.source_time.is_some()
            && let Ok(command) = Command::with("MDTM", self.order.source.as_bytes())
        {
            let mut effects = self.send(Side::Source, vec![(command, Expect::SourceTime)]);
            effects.push(Effect::Arm(Limit::Reply));
            return effects;
        }
        self.prove(self.verdict)
    }

    /// The source fell silent when it was asked whether it had changed: nobody can tell.
    pub(super) fn source_unknown(&mut self) -> Vec<Effect> {
        self.warning.get_or_insert_with(|| {
            "the source could not be asked whether it changed meanwhile".to_owned()
        });
        self.prove(self.verdict)
    }

    pub(super) fn continue_comparison(&mut self, step: ComparisonStep) -> Vec<Effect> {
        match step {
            ComparisonStep::Wait => Vec::new(),
            ComparisonStep::Send(commands) => {
                let mut effects = Vec::new();
                for (side, command, expect) in commands {
                    effects.extend(self.send(side, vec![(command, expect)]));
                }
                effects.push(Effect::Arm(Limit::Digest));
                effects
            }
            ComparisonStep::Same(algorithm) => {
                self.digest = Some(algorithm);
                self.arrived(Verdict::Verified)
            }
            ComparisonStep::Differ(want, have) => self.fail(Fault::WrongDigest { have, want }),
            // a source that is the TLS client loses data, so nothing less will do
            ComparisonStep::Unknown(why) if self.plan.needs_checksum() => {
                self.fail(Fault::Unproven(why))
            }
            ComparisonStep::Unknown(why) => {
                self.warning.get_or_insert(format!("checksums could not be compared: {why}"));
                self.arrived(self.verdict)
            }
        }
    }

    pub(super) fn digest_answered(
        &mut self,
        side: Side,
        what: Expect,
        reply: &Reply,
    ) -> Vec<Effect> {
        let step = match &mut self.comparison {
            Some(comparison) if self.phase == Phase::Checksums => {
                comparison.answered(side, what, reply)
            }
            _ => return self.proceed(),
        };
        self.continue_comparison(step)
    }

    /// The bytes are there: their time and their permissions where they were not sent along, then
    /// the final name.
    pub(super) fn arrived(&mut self, verdict: Verdict) -> Vec<Effect> {
        self.verdict = verdict;
        if self.destination.lost.is_some() {
            // a file that has its final name already has arrived anyway
            let has_final_name = self.order.temporary.is_none();
            return if has_final_name { self.end() } else { self.fail(self.fault_of_replies()) };
        }
        if self.order.offset > 0 && verdict != Verdict::Verified {
            // the sizes do not show a fault at the seam, so it gets no name before it is proven
            self.unproven = true;
            return self.end();
        }
        if let (Some(modified), Some(setter), false) =
            (&self.order.modified, self.setters.front(), self.time_sent)
        {
            self.time_sent = true;
            self.phase = Phase::Time;
            if let Ok(command) = setter.command(self.order.stored_as().as_bytes(), modified) {
                let mut effects = self.send(Side::Destination, vec![(command, Expect::Time)]);
                effects.push(Effect::Arm(Limit::Reply));
                return effects;
            }
        }
        if let (Some(mode), false) = (self.order.mode, self.mode_sent) {
            self.mode_sent = true;
            self.phase = Phase::Mode;
            if let Ok(command) = permissions::chmod(self.order.stored_as().as_bytes(), mode) {
                let mut effects = self.send(Side::Destination, vec![(command, Expect::Mode)]);
                effects.push(Effect::Arm(Limit::Reply));
                return effects;
            }
        }
        let Some(temporary) = self.order.temporary.clone() else { return self.end() };
        self.phase = Phase::Rename;
        let ahead = self.plan.pipelined_destination
            && self.plan.passive == PassiveSide::Destination
            && self.bears_a_port_ahead();
        let passive = ahead.then(|| Command::bare(self.plan.command.verb()));
        let mut rename = Rename::new(
            temporary,
            self.order.target.clone(),
            self.order.replaces,
            self.plan.pipelined_destination,
        )
        .confirmed_by(self.question(), self.size);
        match rename.first() {
            Ok(mut commands) => {
                commands.extend(passive.map(|command| (command, Expect::Passive)));
                self.rename = Some(rename);
                let mut effects = self.send(Side::Destination, commands);
                effects.push(Effect::Arm(Limit::Reply));
                effects
            }
            Err(error) => self.fail(error.into()),
        }
    }

    pub(super) fn time_answered(&mut self, reply: Reply) -> Vec<Effect> {
        if reply.is_completion() {
            self.time_refusal = None;
        } else {
            if TimeSetter::is_unknown(&reply) {
                // the next command is tried after the data
                self.setters.pop_front();
                self.time_sent = false;
            }
            self.time_refusal = Some(reply);
        }
        self.proceed()
    }

    pub(super) fn rename_answered(&mut self, what: Expect, reply: Reply) -> Vec<Effect> {
        let Some(mut rename) = self.rename.take() else { return Vec::new() };
        let next = rename.answered(what, reply);
        self.rename = Some(rename);
        match next {
            Ok(AfterRename::Wait) => Vec::new(),
            Ok(AfterRename::Send(commands)) => {
                let mut effects = self.send(Side::Destination, commands);
                effects.push(Effect::Arm(Limit::Reply));
                effects
            }
            Ok(AfterRename::Renamed(warning)) => {
                self.warning = self.warning.take().or(warning);
                self.phase = Phase::Cleanup;
                self.proceed()
            }
            Ok(AfterRename::Refused(fault)) => self.fail(fault),
            Err(error) => self.fail(error.into()),
        }
    }

    pub(super) fn end(&mut self) -> Vec<Effect> {
        self.phase = Phase::Done;
        vec![Effect::End]
    }
}
