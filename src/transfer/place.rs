//! Giving an arrived file its final name, without ever being without the old one.
//!
//! `RNFR`, `RNTO` over the old file. Where the server refuses to rename over a file, the old one is
//! renamed aside, the new one into place, and the old one deleted (transfer rule 2).

use crate::base::RemotePath;
use crate::ftp::{Command, CommandError, Reply};
use crate::transfer::half::Expect;
use crate::transfer::order::aside_name;

/// What to do after a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// More replies are to come.
    Wait,
    /// Send these.
    Send(Vec<(Command, Expect)>),
    /// The file has its name; perhaps with something to tell.
    Placed(Option<String>),
    /// It cannot get its name, and the old file is where it was.
    Refused(Reply),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// RNFR temporary, RNTO target.
    Over,
    /// RNFR target, RNTO aside.
    Aside,
    /// RNFR temporary, RNTO target, now that the name is free.
    Into,
    /// RNFR aside, RNTO target: the new one would not go, so the old one comes back.
    Back,
}

/// The renaming of one file.
#[derive(Debug)]
pub(super) struct Place {
    temporary: RemotePath,
    target: RemotePath,
    aside: RemotePath,
    replaces: bool,
    /// True when RNFR and RNTO go in one write.
    together: bool,
    step: Step,
    placed: bool,
    /// Nothing is under the name aside any more, as far as the server says, or nothing can be done
    /// about it.
    settled: bool,
    /// The refusal of the current pair's RNFR.
    pair: Option<Reply>,
    /// Why the new file could not go into place.
    cause: Option<Reply>,
}

impl Place {
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
            step: Step::Over,
            placed: false,
            settled: false,
            pair: None,
            cause: None,
        }
    }

    /// True once the new file has its final name.
    pub(super) fn is_placed(&self) -> bool {
        self.placed
    }

    /// Where the old file is between its own name and its end: a connection that is lost now
    /// leaves it there.
    pub(super) fn displaced(&self) -> Option<&RemotePath> {
        let aside = matches!(self.step, Step::Aside | Step::Into | Step::Back);
        (aside && !self.settled).then_some(&self.aside)
    }

    /// The first commands.
    pub(super) fn first(&self) -> Result<Vec<(Command, Expect)>, CommandError> {
        self.pair()
    }

    /// A reply to RNFR, RNTO or DELE came.
    pub(super) fn answered(&mut self, what: Expect, reply: Reply) -> Result<Next, CommandError> {
        match what {
            Expect::RenameFrom => {
                let accepted = reply.code / 100 <= 3;
                if !accepted {
                    self.pair = Some(reply);
                }
                match (self.together, accepted) {
                    (true, _) => Ok(Next::Wait),
                    (false, true) => Ok(Next::Send(vec![self.rename_to()?])),
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
                Ok(Next::Placed(warning))
            }
        }
    }

    fn pair_ended(&mut self, refusal: Option<Reply>) -> Result<Next, CommandError> {
        // RNTO behind a refused RNFR is refused as well; the first refusal is the cause
        let refusal = self.pair.take().or(refusal);
        match (self.step, refusal) {
            (Step::Over, None) => {
                self.placed = true;
                Ok(Next::Placed(None))
            }
            (Step::Over, Some(refusal)) if self.replaces => {
                self.cause = Some(refusal);
                self.go_to(Step::Aside)
            }
            (Step::Over, Some(refusal)) => Ok(Next::Refused(refusal)),
            (Step::Aside, None) => self.go_to(Step::Into),
            // where the old file cannot be moved either, the first refusal tells more
            (Step::Aside, Some(refusal)) => {
                self.settled = true;
                Ok(Next::Refused(self.cause.take().unwrap_or(refusal)))
            }
            (Step::Into, None) => {
                self.placed = true;
                let command = Command::with("DELE", self.aside.as_bytes())?;
                Ok(Next::Send(vec![(command, Expect::Delete)]))
            }
            (Step::Into, Some(refusal)) => {
                self.cause = Some(refusal);
                self.go_to(Step::Back)
            }
            (Step::Back, refusal) => {
                self.settled = refusal.is_none();
                let cause = self.cause.take().or(refusal);
                let unknown = || Reply::new(553, "the file could not be renamed");
                Ok(Next::Refused(cause.unwrap_or_else(unknown)))
            }
        }
    }

    fn go_to(&mut self, step: Step) -> Result<Next, CommandError> {
        self.step = step;
        Ok(Next::Send(self.pair()?))
    }

    fn names(&self) -> (&RemotePath, &RemotePath) {
        match self.step {
            Step::Over | Step::Into => (&self.temporary, &self.target),
            Step::Aside => (&self.target, &self.aside),
            Step::Back => (&self.aside, &self.target),
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

    /// Answers in turn and writes down what is sent; the last word is how it ended.
    fn run(replaces: bool, together: bool, codes: &[u16]) -> Vec<String> {
        let mut place = Place::new("/.a.1.fxpart".into(), "/a".into(), replaces, together);
        let mut pending = std::collections::VecDeque::new();
        let mut said = Vec::new();
        let mut send = |commands: Vec<(Command, Expect)>, said: &mut Vec<String>| {
            for (command, expect) in commands {
                said.push(command.shown());
                pending.push_back(expect);
            }
            pending.pop_front()
        };
        let mut expected = send(place.first().unwrap(), &mut said);
        for code in codes {
            let next = place.answered(expected.unwrap(), Reply::new(*code, "x")).unwrap();
            match next {
                Next::Wait => expected = send(Vec::new(), &mut said),
                Next::Send(commands) => expected = send(commands, &mut said),
                Next::Placed(warning) => said.push(format!("placed {warning:?}")),
                Next::Refused(reply) => said.push(format!("refused {}", reply.code)),
            }
        }
        said
    }

    #[test]
    fn over_the_old_file() {
        for together in [true, false] {
            assert_eq!(
                run(true, together, &[350, 250]),
                ["RNFR /.a.1.fxpart", "RNTO /a", "placed None"]
            );
        }
    }

    #[test]
    fn aside_where_over_is_refused() {
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
                "placed None"
            ]
        );
    }

    #[test]
    fn the_old_file_comes_back() {
        let said = run(true, true, &[350, 550, 350, 250, 350, 553, 350, 250]);
        assert_eq!(said[6..], ["RNFR /.a.1.fxpart.old", "RNTO /a", "refused 553"]);
        let said = run(true, true, &[350, 550, 550, 503]);
        assert_eq!(said.last().unwrap(), "refused 550");
    }

    #[test]
    fn a_name_that_was_free_is_not_fought_for() {
        assert_eq!(run(false, true, &[350, 550]), ["RNFR /.a.1.fxpart", "RNTO /a", "refused 550"]);
        assert_eq!(run(false, false, &[550]), ["RNFR /.a.1.fxpart", "refused 550"]);
        assert_eq!(run(false, true, &[550, 503]).last().unwrap(), "refused 550");
    }
}
