//! Giving an arrived file its final name, so that either the old or the new file always exists.
//!
//! `RNFR`, `RNTO` over the old file. Where the server refuses to rename over a file, the old one is
//! renamed aside, the new one into place, and the old one deleted (transfer rule 2).
//!
//! A reply proves nothing: some servers delete the target and then refuse, others reply 250 and do
//! nothing. After each RNTO the names are asked about, and nothing is deleted before the answers.

use std::mem::take;

use crate::base::RemotePath;
use crate::ftp::{Command, CommandError, Reply};
use crate::transfer::conversation::Expect;
use crate::transfer::fault::Fault;
use crate::transfer::order::aside_name;

/// What to do after a reply to a rename.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AfterRename {
    /// More replies are pending.
    Wait,
    /// Send these.
    Send(Vec<(Command, Expect)>),
    /// The file has its name; perhaps with a warning.
    Renamed(Option<String>),
    /// It cannot get its name. [`Rename::keeps_new`] tells whether it may be deleted.
    Refused(Fault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RenameStep {
    /// RNFR temporary, RNTO target.
    OverOld,
    /// RNFR target, RNTO aside.
    OldAside,
    /// RNFR temporary, RNTO target, after the name became free.
    IntoPlace,
    /// RNFR aside, RNTO target: the new file could not be renamed, so the old one gets its name
    /// back.
    OldBack,
}

/// What the server says about a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Presence {
    /// A file has it, perhaps of a known size.
    There(Option<u64>),
    Missing,
    #[default]
    Unknown,
}

impl Presence {
    /// From the reply to SIZE or MLST.
    fn of(reply: &Reply) -> Self {
        match reply.size() {
            Some(size) => Self::There(Some(size)),
            None if reply.reports_absence() => Self::Missing,
            None if reply.is_completion() => Self::There(None),
            None => Self::Unknown,
        }
    }

    fn is_there(self) -> bool {
        matches!(self, Self::There(_))
    }
}

/// The renaming of one file.
#[derive(Debug)]
pub(super) struct Rename {
    temporary: RemotePath,
    target: RemotePath,
    aside: RemotePath,
    replaces: bool,
    /// True when RNFR, RNTO and the questions after them go in one write.
    together: bool,
    /// The command that asks about a name, where the server answers one.
    question: Option<&'static str>,
    /// The size of the new file, where it is known.
    size: Option<u64>,
    step: RenameStep,
    /// Replies to the current pair, and to the questions after it, that are pending.
    pending: usize,
    /// What is still to be asked after the current pair, where that is done one by one.
    unasked: Vec<RemotePath>,
    /// What the replies said about the target and the temporary name, in this order.
    answers: Vec<Presence>,
    /// The reply to RNTO.
    accepted: Option<Reply>,
    /// The refusal of the current pair.
    refusal: Option<Reply>,
    renamed: bool,
    /// The aside name is free again according to the server, or nothing can be done about it.
    settled: bool,
    /// The old file is proven to have its name.
    old_stands: bool,
    /// The server has deleted the old file.
    old_gone: bool,
    /// Why the new file could not get the final name.
    cause: Option<Fault>,
}

impl Rename {
    pub(super) fn new(
        temporary: RemotePath,
        target: RemotePath,
        replaces: bool,
        together: bool,
    ) -> Self {
        let aside = aside_name(&temporary);
        Self {
            temporary,
            target,
            aside,
            replaces,
            together,
            question: None,
            size: None,
            step: RenameStep::OverOld,
            pending: 0,
            unasked: Vec::new(),
            answers: Vec::new(),
            accepted: None,
            refusal: None,
            renamed: false,
            settled: false,
            old_stands: false,
            old_gone: false,
            cause: None,
        }
    }

    /// Asks with this command whether the renaming had effect: the target must have this size,
    /// where that is known.
    pub(super) fn confirmed_by(
        mut self,
        question: Option<&'static str>,
        size: Option<u64>,
    ) -> Self {
        (self.question, self.size) = (question, size);
        self
    }

    /// True once the new file has its final name.
    pub(super) fn is_renamed(&self) -> bool {
        self.renamed
    }

    /// True while the new file must not be deleted: it would have replaced an old one, and that is
    /// not proven to stand.
    pub(super) fn keeps_new(&self) -> bool {
        self.replaces && !self.renamed && !self.old_stands
    }

    /// The name of the old file while it is renamed aside: when the connection is lost now, it
    /// keeps that name.
    pub(super) fn displaced(&self) -> Option<&RemotePath> {
        let aside =
            matches!(self.step, RenameStep::OldAside | RenameStep::IntoPlace | RenameStep::OldBack);
        (aside && !self.settled).then_some(&self.aside)
    }

    /// The first commands.
    pub(super) fn first(&mut self) -> Result<Vec<(Command, Expect)>, CommandError> {
        self.go_to(RenameStep::OverOld)
    }

    /// A reply to RNFR, RNTO, DELE or a question came.
    pub(super) fn answered(
        &mut self,
        what: Expect,
        reply: Reply,
    ) -> Result<AfterRename, CommandError> {
        self.pending = self.pending.saturating_sub(1);
        match what {
            Expect::RenameFrom if reply.code / 100 > 3 => self.refusal = Some(reply),
            Expect::RenameFrom if !self.together => {
                return Ok(AfterRename::Send(vec![self.rename_to()?]));
            }
            Expect::RenameFrom => {}
            // RNTO after a refused RNFR is refused, too; the first refusal is the cause
            Expect::RenameTo if reply.is_completion() => self.accepted = Some(reply),
            Expect::RenameTo => _ = self.refusal.get_or_insert(reply),
            Expect::Presence => self.answers.push(Presence::of(&reply)),
            _ => {
                self.settled = true;
                let warning = (!reply.is_completion())
                    .then(|| format!("the old file could not be deleted: {}", self.aside));
                return Ok(AfterRename::Renamed(warning));
            }
        }
        if self.pending > 0 {
            return Ok(AfterRename::Wait);
        }
        if let Some(name) = self.unasked.pop() {
            return Ok(AfterRename::Send(self.ask(&name)?.into_iter().collect()));
        }
        self.step_ended()
    }

    /// All replies to a pair and to the questions after it came.
    fn step_ended(&mut self) -> Result<AfterRename, CommandError> {
        let answers = take(&mut self.answers);
        let target = answers.first().copied().unwrap_or_default();
        let temporary = answers.get(1).copied().unwrap_or_default();
        let refusal = self.refusal.take();
        match (self.step, refusal) {
            (RenameStep::OverOld | RenameStep::IntoPlace, None) => {
                if self.has_effect(target, temporary) {
                    return self.placed();
                }
                let reply = self.accepted.take().unwrap_or_else(|| Reply::new(250, ""));
                self.cause = Some(Fault::RenameIgnored(reply));
                if self.step == RenameStep::IntoPlace && !self.old_gone {
                    return self.send(RenameStep::OldBack);
                }
                // both names are in use, so nothing has happened
                self.old_stands = !self.old_gone && target.is_there() && temporary.is_there();
                self.refused()
            }
            (RenameStep::OverOld, Some(refusal)) => {
                self.cause = Some(Fault::Rename(refusal));
                if self.replaces && target == Presence::Missing {
                    return self.without_old();
                }
                if self.replaces { self.send(RenameStep::OldAside) } else { self.refused() }
            }
            (RenameStep::OldAside, None) => self.send(RenameStep::IntoPlace),
            (RenameStep::OldAside, Some(_)) if target == Presence::Missing => self.without_old(),
            (RenameStep::OldAside, Some(_)) => {
                self.settled = true;
                self.old_stands = target.is_there();
                self.refused()
            }
            (RenameStep::IntoPlace, Some(refusal)) => {
                self.cause = Some(Fault::Rename(refusal));
                if self.old_gone { self.refused() } else { self.send(RenameStep::OldBack) }
            }
            (RenameStep::OldBack, refusal) => {
                let back = refusal.is_none() && target != Presence::Missing;
                self.settled = back;
                self.old_stands = back && (target.is_there() || self.question.is_none());
                self.refused()
            }
        }
    }

    /// True when the replies to the questions do not contradict the 250 to RNTO, and prove it where
    /// the server answers them.
    fn has_effect(&self, target: Presence, temporary: Presence) -> bool {
        let right = match (target, self.size) {
            (Presence::There(Some(have)), Some(want)) => have == want,
            (Presence::There(_), _) => true,
            (Presence::Missing, _) => false,
            (Presence::Unknown, size) => self.question.is_none() || size.is_none(),
        };
        right && !temporary.is_there()
    }

    /// The new file has its name: only the old one remains to be deleted.
    fn placed(&mut self) -> Result<AfterRename, CommandError> {
        self.renamed = true;
        if self.step == RenameStep::OverOld || self.old_gone {
            return Ok(AfterRename::Renamed(None));
        }
        let command = Command::with("DELE", self.aside.as_bytes())?;
        Ok(AfterRename::Send(vec![(command, Expect::Delete)]))
    }

    /// The refused RNTO has deleted the old file: the name is free.
    fn without_old(&mut self) -> Result<AfterRename, CommandError> {
        self.old_gone = true;
        self.settled = true;
        self.send(RenameStep::IntoPlace)
    }

    fn refused(&mut self) -> Result<AfterRename, CommandError> {
        let unknown = || Fault::Rename(Reply::new(553, "the file could not be renamed"));
        Ok(AfterRename::Refused(self.cause.take().unwrap_or_else(unknown)))
    }

    fn send(&mut self, step: RenameStep) -> Result<AfterRename, CommandError> {
        Ok(AfterRename::Send(self.go_to(step)?))
    }

    /// The commands of a step: all in one write, or the first one.
    fn go_to(&mut self, step: RenameStep) -> Result<Vec<(Command, Expect)>, CommandError> {
        self.step = step;
        let from = Command::with("RNFR", self.names().0.as_bytes())?;
        let mut commands = vec![(from, Expect::RenameFrom)];
        let moves_new = matches!(step, RenameStep::OverOld | RenameStep::IntoPlace);
        let mut names = vec![self.target.clone()];
        if self.replaces && moves_new {
            names.push(self.temporary.clone());
        }
        if self.together {
            commands.push(self.rename_to()?);
            for name in &names {
                commands.extend(self.ask(name)?);
            }
            self.pending = commands.len();
        } else {
            self.pending = 1;
            names.reverse();
            self.unasked = if self.question.is_some() { names } else { Vec::new() };
        }
        Ok(commands)
    }

    fn names(&self) -> (&RemotePath, &RemotePath) {
        match self.step {
            RenameStep::OverOld | RenameStep::IntoPlace => (&self.temporary, &self.target),
            RenameStep::OldAside => (&self.target, &self.aside),
            RenameStep::OldBack => (&self.aside, &self.target),
        }
    }

    fn rename_to(&self) -> Result<(Command, Expect), CommandError> {
        Ok((Command::with("RNTO", self.names().1.as_bytes())?, Expect::RenameTo))
    }

    fn ask(&self, name: &RemotePath) -> Result<Option<(Command, Expect)>, CommandError> {
        let command = self.question.map(|verb| Command::with(verb, name.as_bytes())).transpose()?;
        Ok(command.map(|command| (command, Expect::Presence)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replies in turn and records what is sent; the last entry is the result.
    fn run(replaces: bool, together: bool, codes: &[u16]) -> Vec<String> {
        let mut place = Rename::new("/.a.1.fxpart".into(), "/a".into(), replaces, together);
        let mut pending = std::collections::VecDeque::new();
        let mut sent = Vec::new();
        let mut send = |commands: Vec<(Command, Expect)>, sent: &mut Vec<String>| {
            for (command, expect) in commands {
                sent.push(command.shown());
                pending.push_back(expect);
            }
            pending.pop_front()
        };
        let mut expected = send(place.first().unwrap(), &mut sent);
        for code in codes {
            let next = place.answered(expected.unwrap(), Reply::new(*code, "x")).unwrap();
            match next {
                AfterRename::Wait => expected = send(Vec::new(), &mut sent),
                AfterRename::Send(commands) => expected = send(commands, &mut sent),
                AfterRename::Renamed(warning) => sent.push(format!("renamed {warning:?}")),
                AfterRename::Refused(fault) => {
                    let code = fault.reply().map(|reply| reply.code).unwrap_or_default();
                    sent.push(format!("refused {code}"));
                }
            }
        }
        sent
    }

    #[test]
    fn renames_over_the_old_file() {
        for together in [true, false] {
            assert_eq!(
                run(true, together, &[350, 250]),
                ["RNFR /.a.1.fxpart", "RNTO /a", "renamed None"]
            );
        }
    }

    #[test]
    fn renames_the_old_file_aside_where_renaming_over_it_is_refused() {
        assert_eq!(
            run(true, true, &[350, 550, 350, 250, 350, 250, 250]),
            [
                "RNFR /.a.1.fxpart",
                "RNTO /a",
                "RNFR /a",
                "RNTO /.a.1.fxpart.old",
                "RNFR /.a.1.fxpart",
                "RNTO /a",
                "DELE /.a.1.fxpart.old",
                "renamed None"
            ]
        );
    }

    #[test]
    fn the_old_file_gets_its_name_back() {
        let sent = run(true, true, &[350, 550, 350, 250, 350, 553, 350, 250]);
        assert_eq!(sent[6..], ["RNFR /.a.1.fxpart.old", "RNTO /a", "refused 553"]);
        let sent = run(true, true, &[350, 550, 550, 503]);
        assert_eq!(sent.last().unwrap(), "refused 550");
    }

    #[test]
    fn a_name_that_was_free_is_not_taken_by_force() {
        assert_eq!(run(false, true, &[350, 550]), ["RNFR /.a.1.fxpart", "RNTO /a", "refused 550"]);
        assert_eq!(run(false, false, &[550]), ["RNFR /.a.1.fxpart", "refused 550"]);
        assert_eq!(run(false, true, &[550, 503]).last().unwrap(), "refused 550");
    }
}
