//! Giving an arrived file its final name, so that either the old or the new file always exists.
//!
//! `RNFR`, `RNTO` over the old file. Where the server refuses to rename over a file, the old one is
//! renamed aside, the new one into place, and the old one deleted (transfer rule 2).

use crate::base::RemotePath;
use crate::ftp::{Command, CommandError, Reply};
use crate::transfer::conversation::Expect;
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
    /// It cannot get its name, and the old file has its own.
    Refused(Reply),
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

/// The renaming of one file.
#[derive(Debug)]
pub(super) struct Rename {
    temporary: RemotePath,
    target: RemotePath,
    aside: RemotePath,
    replaces: bool,
    /// True when RNFR and RNTO go in one write.
    together: bool,
    step: RenameStep,
    renamed: bool,
    /// The aside name is free again according to the server, or nothing can be done about it.
    settled: bool,
    /// The refusal of the current pair's RNFR.
    pair: Option<Reply>,
    /// Why the new file could not get the final name.
    cause: Option<Reply>,
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
            step: RenameStep::OverOld,
            renamed: false,
            settled: false,
            pair: None,
            cause: None,
        }
    }

    /// True once the new file has its final name.
    pub(super) fn is_renamed(&self) -> bool {
        self.renamed
    }

    /// The name of the old file while it is renamed aside: when the connection is lost now, it
    /// keeps that name.
    pub(super) fn displaced(&self) -> Option<&RemotePath> {
        let aside =
            matches!(self.step, RenameStep::OldAside | RenameStep::IntoPlace | RenameStep::OldBack);
        (aside && !self.settled).then_some(&self.aside)
    }

    /// The first commands.
    pub(super) fn first(&self) -> Result<Vec<(Command, Expect)>, CommandError> {
        self.pair()
    }

    /// A reply to RNFR, RNTO or DELE came.
    pub(super) fn answered(
        &mut self,
        what: Expect,
        reply: Reply,
    ) -> Result<AfterRename, CommandError> {
        match what {
            Expect::RenameFrom => {
                let accepted = reply.code / 100 <= 3;
                if !accepted {
                    self.pair = Some(reply);
                }
                match (self.together, accepted) {
                    (true, _) => Ok(AfterRename::Wait),
                    (false, true) => Ok(AfterRename::Send(vec![self.rename_to()?])),
                    (false, false) => self.pair_ended(None),
                }
            }
            Expect::RenameTo => {
                let refusal = (!reply.is_completion()).then_some(reply);
                self.pair_ended(refusal)
            }
            _ => {
                self.settled = true;
                let warning = (!reply.is_completion())
                    .then(|| format!("the old file could not be deleted: {}", self.aside));
                Ok(AfterRename::Renamed(warning))
            }
        }
    }

    fn pair_ended(&mut self, refusal: Option<Reply>) -> Result<AfterRename, CommandError> {
        // RNTO after a refused RNFR is refused, too; the first refusal is the cause
        let refusal = self.pair.take().or(refusal);
        match (self.step, refusal) {
            (RenameStep::OverOld, None) => {
                self.renamed = true;
                Ok(AfterRename::Renamed(None))
            }
            (RenameStep::OverOld, Some(refusal)) if self.replaces => {
                self.cause = Some(refusal);
                self.go_to(RenameStep::OldAside)
            }
            (RenameStep::OverOld, Some(refusal)) => Ok(AfterRename::Refused(refusal)),
            (RenameStep::OldAside, None) => self.go_to(RenameStep::IntoPlace),
            // where the old file cannot be renamed either, the first refusal says more
            (RenameStep::OldAside, Some(refusal)) => {
                self.settled = true;
                Ok(AfterRename::Refused(self.cause.take().unwrap_or(refusal)))
            }
            (RenameStep::IntoPlace, None) => {
                self.renamed = true;
                let command = Command::with("DELE", self.aside.as_bytes())?;
                Ok(AfterRename::Send(vec![(command, Expect::Delete)]))
            }
            (RenameStep::IntoPlace, Some(refusal)) => {
                self.cause = Some(refusal);
                self.go_to(RenameStep::OldBack)
            }
            (RenameStep::OldBack, refusal) => {
                self.settled = refusal.is_none();
                let cause = self.cause.take().or(refusal);
                let unknown = || Reply::new(553, "the file could not be renamed");
                Ok(AfterRename::Refused(cause.unwrap_or_else(unknown)))
            }
        }
    }

    fn go_to(&mut self, step: RenameStep) -> Result<AfterRename, CommandError> {
        self.step = step;
        Ok(AfterRename::Send(self.pair()?))
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

    fn pair(&self) -> Result<Vec<(Command, Expect)>, CommandError> {
        let from = Command::with("RNFR", self.names().0.as_bytes())?;
        let mut commands = vec![(from, Expect::RenameFrom)];
        if self.together {
            commands.push(self.rename_to()?);
        }
        Ok(commands)
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
                AfterRename::Refused(reply) => sent.push(format!("refused {}", reply.code)),
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
