//! Failures: refusals, timeouts, lost connections, cancellation.

use crate::ftp::{Class, Command, Reply};
use crate::transfer::conversation::{Conversation, Expect};
use crate::transfer::fault::{DATA, DIGEST, Fault, REPLY, SET_UP};
use crate::transfer::machine::event::{Effect, Limit};
use crate::transfer::machine::{Machine, Phase};
use crate::transfer::outcome::Verdict;
use crate::transfer::plan::Side;
use crate::transfer::rename::Rename;

impl Machine {
    /// One side has failed; the other one may wait for a peer that will never connect, or continue
    /// until it notices.
    pub(super) fn free_the_other(&mut self) -> Vec<Effect> {
        if self.source.out_of_turn || self.destination.out_of_turn {
            // what the server still does is unknown: there is nothing to wait for
            return self.break_off(self.fault_of_replies());
        }
        let passive = self.plan.passive.side();
        let active = passive.other();
        let refused = |talk: &Conversation| talk.failed() && !talk.begun;
        let mut effects = Vec::new();
        if self.with(passive).is_transferring() {
            let never_came = refused(self.with(active));
            if never_came || !self.with(passive).begun {
                effects.extend(self.unblock_listener());
            }
            if never_came && self.with(active).lost.is_none() && !self.with(active).is_waiting() {
                // it may have connected at PORT time and keep the connection (pyftpdlib): a bare
                // PASV closes it
                let reset = vec![(Command::bare("PASV"), Expect::Reset)];
                effects.extend(self.send(active, reset));
            }
        } else {
            effects.extend(self.reset_listener());
        }
        effects.push(Effect::Arm(Limit::Grace));
        effects
    }

    /// A bare PASV closes the listener of a passive side that refused, at which the other side
    /// still waits (quirk 77).
    pub(super) fn reset_listener(&mut self) -> Vec<Effect> {
        let passive = self.plan.passive.side();
        let talk = self.with(passive);
        let idle = talk.failed() && talk.lost.is_none() && !talk.is_waiting();
        if !idle || self.listener_reset || self.next_passive.is_some() {
            return Vec::new();
        }
        self.listener_reset = true;
        self.send(passive, vec![(Command::bare("PASV"), Expect::Reset)])
    }

    pub(super) fn unblock_listener(&mut self) -> Option<Effect> {
        if self.unblocked {
            return None;
        }
        self.unblocked = true;
        self.meeting.map(Effect::UnblockListener)
    }

    pub(super) fn lost(&mut self, side: Side, why: &str) -> Vec<Effect> {
        self.with(side).lost = Some(why.to_owned());
        let other = side.other();
        if matches!(self.phase, Phase::Time | Phase::Mode | Phase::Rename) && side == Side::Source {
            return Vec::new(); // the source is no longer needed
        }
        if matches!(self.phase, Phase::Time | Phase::Mode) && self.order.temporary.is_none() {
            return self.end(); // a file that has its final name has arrived anyway
        }
        if self.phase == Phase::Checksums {
            return self.lost_in_checksums(side, why);
        }
        if self.phase == Phase::Source && side == Side::Source {
            return self.source_unknown();
        }
        let opening = matches!(
            self.phase,
            Phase::Prelude
                | Phase::Passive
                | Phase::Port
                | Phase::Rest
                | Phase::SourceFirst
                | Phase::TargetFirst
        );
        if opening {
            return self.fail(Fault::Lost { side, why: why.to_owned() });
        }
        if side == Side::Source && self.is_data_stored() {
            let mut effects = self.proceed();
            effects.push(Effect::Arm(Limit::Reply));
            return effects;
        }
        if !self.with(other).is_waiting() {
            if self.phase == Phase::Cleanup && self.verdict != Verdict::Failed {
                return self.end();
            }
            if self.phase == Phase::Leftover {
                return self.end(); // why it failed is known
            }
            // a server that refused and then closed has given the reason
            let refused = self.with(side).refusal().is_some();
            let lost = || Fault::Lost { side, why: why.to_owned() };
            let fault = if refused { self.fault_of_replies() } else { lost() };
            return self.fail(fault);
        }
        if self.with(other).is_transferring() {
            return self.free_the_other();
        }
        self.proceed()
    }

    /// Without the source no checksum can be compared, but the sizes agree; without the destination
    /// the file cannot be finished.
    fn lost_in_checksums(&mut self, side: Side, why: &str) -> Vec<Effect> {
        match (&mut self.comparison, side) {
            (Some(comparison), Side::Source) => {
                let step =
                    comparison.lost(&format!("the connection to the source was lost: {why}"));
                self.continue_comparison(step)
            }
            _ => self.fail(Fault::Lost { side, why: why.to_owned() }),
        }
    }

    /// True when the destination has ended well and the source, which had begun, does not reply:
    /// the size at the target decides (transfer rule 8).
    fn is_data_stored(&self) -> bool {
        matches!(self.phase, Phase::Data | Phase::Size)
            && self.source.begun
            && self.source.last.is_none()
            && self.destination.succeeded()
            && self.destination.lost.is_none()
    }

    pub(super) fn expired(&mut self, seconds: u64) -> Vec<Effect> {
        if self.phase == Phase::TargetFirst {
            return self.retrieve_now();
        }
        if self.is_data_stored() && self.source.lost.is_none() {
            return self.lost(Side::Source, "no reply");
        }
        let asked = matches!(self.phase, Phase::Checksums | Phase::Source);
        if asked && !self.destination.is_waiting() {
            return self.lost(Side::Source, "no reply");
        }
        let step = match self.phase {
            Phase::Checksums => DIGEST,
            Phase::Data | Phase::SourceFirst if self.flowing => DATA,
            Phase::Data | Phase::SourceFirst => SET_UP,
            _ => REPLY,
        };
        if self.phase == Phase::Ending || self.source.aborted || self.destination.aborted {
            // the grace period has passed: a side that is still silent is given up
            return self.give_up();
        }
        if matches!(self.phase, Phase::Leftover | Phase::Cleanup) {
            return self.end();
        }
        let fault = if self.source.failed() || self.destination.failed() {
            self.fault_of_replies()
        } else {
            Fault::Silent { step, seconds }
        };
        self.break_off(fault)
    }

    pub(super) fn cancel(&mut self, fault: Fault) -> Vec<Effect> {
        let over = matches!(
            self.phase,
            Phase::Ending
                | Phase::Time
                | Phase::Mode
                | Phase::Rename
                | Phase::Leftover
                | Phase::Cleanup
        );
        if over {
            return Vec::new(); // nearly finished: the file is complete, or is being cleaned up
        }
        self.break_off(fault)
    }

    /// Aborts the transfer: ABOR to each side that transfers, our own connection for a passive side
    /// that still waits (transfer rule 10).
    pub(super) fn break_off(&mut self, fault: Fault) -> Vec<Effect> {
        self.fault.get_or_insert(fault);
        self.verdict = Verdict::Failed;
        let comparing = matches!(self.phase, Phase::Checksums | Phase::Source);
        self.phase = Phase::Ending;
        let passive = self.plan.passive.side();
        let stuck = self.with(passive).is_transferring() && !self.with(passive).begun;
        let mut effects = Vec::new();
        for side in [Side::Source, Side::Destination] {
            if self.with(side).is_transferring() && !(stuck && side == passive) {
                effects.extend(self.send(side, vec![(Command::bare("ABOR"), Expect::Abort)]));
            }
        }
        if stuck {
            effects.extend(self.unblock_listener());
        }
        if self.source.is_waiting() || self.destination.is_waiting() {
            let out_of_turn = self.source.out_of_turn || self.destination.out_of_turn;
            // the pending replies do not matter any more, and cannot be aborted
            let brief = out_of_turn || comparing;
            effects.push(Effect::Arm(if brief { Limit::Brief } else { Limit::Grace }));
            return effects;
        }
        effects.extend(self.clean_up());
        effects
    }

    pub(super) fn give_up(&mut self) -> Vec<Effect> {
        self.phase = Phase::Ending;
        if self.fault.is_none() {
            self.fault = Some(self.fault_of_replies());
        }
        for side in [Side::Source, Side::Destination] {
            let talk = self.with(side);
            if talk.is_waiting() && talk.lost.is_none() {
                talk.lost = Some("no reply".to_owned());
            }
        }
        self.clean_up()
    }

    /// Something failed; pending replies are collected first.
    pub(super) fn fail(&mut self, fault: Fault) -> Vec<Effect> {
        self.fault.get_or_insert(fault);
        self.verdict = Verdict::Failed;
        let first = self.phase != Phase::Ending;
        self.phase = Phase::Ending;
        let mut effects = Vec::new();
        if first && (!self.source.is_over() || !self.destination.is_over()) {
            effects.extend(self.free_the_other());
        }
        if self.source.is_waiting() || self.destination.is_waiting() {
            if first {
                effects.push(Effect::Arm(Limit::Grace));
            }
            return effects;
        }
        effects.extend(self.clean_up());
        effects
    }

    /// True when the bytes that arrived until the failure are the beginning of the file.
    fn is_worth_keeping(&self) -> bool {
        let broken = self.fault.as_ref().is_some_and(Fault::leaves_beginning);
        // our own connection sends no bytes: what is there has come from the source
        let some = self.size.map_or(self.flowing && !self.unblocked, |size| size > 0);
        self.order.keep && self.order.temporary.is_some() && broken && self.source.begun && some
    }

    /// Deletes what the failed attempt left, if it is provably ours: the name was free, STOR was
    /// accepted, and there are no more bytes than the order had (transfer rule 2). More may have
    /// come from a source that grew: into a temporary name, which is ours alone, or in a transfer
    /// whose data was seen to flow and that the destination ended well.
    pub(super) fn clean_up(&mut self) -> Vec<Effect> {
        let accepted = self.destination.begun || self.destination.succeeded() || {
            // STOR truncates while it still waits for the peer, so silence counts as accepted
            self.destination.started && self.destination.last.is_none()
        };
        let larger = matches!((self.size, self.order.size), (Some(have), Some(want)) if have > want)
            && self.order.temporary.is_none()
            && !(self.flowing && self.destination.succeeded());
        if !accepted && self.may_have_opened() {
            return self.look_for_leftover();
        }
        let ours = accepted && self.order.is_ours() && !larger;
        let renamed = self.rename.as_ref().is_some_and(Rename::is_renamed);
        if !ours || renamed {
            return self.end();
        }
        if self.is_worth_keeping() {
            self.kept = true;
            return self.end();
        }
        self.stranded = self.rename.as_ref().is_some_and(Rename::keeps_new);
        if self.stranded {
            return self.end();
        }
        self.delete()
    }

    /// True when STOR got no 1yz and yet may have created the file: vsftpd, ProFTPD and others open
    /// it before they connect, so that a 425 leaves an empty one.
    fn may_have_opened(&self) -> bool {
        let transient = |reply: &Reply| reply.class() == Class::Transient;
        self.order.is_ours() && self.destination.last.as_ref().is_some_and(transient)
    }

    /// Deletes the empty file of a refused STOR, if there is one. A temporary name is ours alone;
    /// under the final name somebody else may have stored a file meanwhile, so only an empty one is
    /// ours.
    fn look_for_leftover(&mut self) -> Vec<Effect> {
        if self.size.is_some_and(|size| size == 0 || self.order.temporary.is_some()) {
            return self.delete();
        }
        let asked = self.phase == Phase::Leftover || self.size.is_some();
        if asked || !self.is_reachable() {
            return self.end();
        }
        self.about_leftover(Phase::Leftover, "SIZE", Expect::Size)
    }

    /// False when the session cannot be used any more.
    fn is_reachable(&self) -> bool {
        self.destination.lost.is_none() && !self.destination.aborted
    }

    fn delete(&mut self) -> Vec<Effect> {
        self.leftover = true;
        if !self.is_reachable() {
            return self.end();
        }
        self.about_leftover(Phase::Cleanup, "DELE", Expect::Delete)
    }

    /// Sends this command about the stored file. The reason of the failure is known, so nothing
    /// more can go wrong.
    fn about_leftover(&mut self, phase: Phase, verb: &'static str, expect: Expect) -> Vec<Effect> {
        let Ok(command) = Command::with(verb, self.order.stored_as().as_bytes()) else {
            return self.end();
        };
        self.phase = phase;
        let mut effects = self.send(Side::Destination, vec![(command, expect)]);
        effects.push(Effect::Arm(Limit::Reply));
        effects
    }
}
