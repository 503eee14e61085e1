//! One of the two conversations of a transfer: which replies are still to come, and which reply
//! belongs to which command.

use std::collections::VecDeque;

use crate::ftp::{Class, Reply};

/// A command whose reply is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// ALLO or PRET, ahead of everything else.
    Prelude,
    /// PASV, EPSV, CPSV: for this file, or sent ahead for the next one.
    Passive,
    /// A bare PASV that only resets the listener; its answer is of no interest.
    Reset,
    /// PORT or EPRT.
    Port,
    /// REST.
    Rest,
    /// RETR or STOR: a 1yz and a final reply.
    Transfer,
    /// SIZE of the target.
    Size,
    /// MFMT of the target.
    Time,
    /// SITE CHMOD of the target.
    Mode,
    /// SIZE of the source, again.
    SourceSize,
    /// MDTM of the source, again.
    SourceTime,
    /// OPTS HASH.
    Option,
    /// HASH, XSHA512 and the like.
    Digest,
    /// RNFR.
    RenameFrom,
    /// RNTO.
    RenameTo,
    /// DELE.
    Delete,
    /// ABOR: one or two replies in any order.
    Abort,
}

/// What a reply means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    /// The transfer has begun.
    Begun,
    /// The final reply to this command.
    Final(Expect),
    /// A reply that nothing waits for.
    Stray,
}

/// The conversation with one side.
#[derive(Debug, Default)]
pub(super) struct Half {
    queue: VecDeque<Expect>,
    /// A 1yz to the transfer command came.
    pub(super) begun: bool,
    /// A second 1yz came: pure-ftpd ends a broken RETR with a reply of code 150 (docs/servers.md
    /// "During a transfer").
    pub(super) begun_twice: bool,
    /// The final reply to the transfer command.
    pub(super) last: Option<Reply>,
    /// The transfer command was sent.
    pub(super) started: bool,
    /// Why the connection is gone.
    pub(super) lost: Option<String>,
    /// ABOR was sent.
    pub(super) aborted: bool,
    /// A reply came out of turn.
    pub(super) surprised: bool,
}

impl Half {
    pub(super) fn expect(&mut self, what: Expect) {
        self.started |= what == Expect::Transfer;
        self.aborted |= what == Expect::Abort;
        self.queue.push_back(what);
    }

    /// True while replies are to come from a connection that lives.
    pub(super) fn is_waiting(&self) -> bool {
        self.lost.is_none() && !self.queue.is_empty()
    }

    pub(super) fn expects(&self, what: Expect) -> bool {
        self.queue.contains(&what)
    }

    /// True when the transfer command was sent and has no final reply, on a living connection.
    pub(super) fn is_transferring(&self) -> bool {
        self.lost.is_none() && self.started && self.last.is_none()
    }

    /// True when this side will say nothing more about the transfer.
    pub(super) fn is_over(&self) -> bool {
        self.lost.is_some() || self.last.is_some() || !self.started
    }

    /// True when the transfer command got a 2yz.
    pub(super) fn succeeded(&self) -> bool {
        self.last.as_ref().is_some_and(Reply::is_completion)
    }

    /// True when the transfer command was refused or broke off.
    pub(super) fn failed(&self) -> bool {
        self.lost.is_some() || self.last.as_ref().is_some_and(|reply| !reply.is_completion())
    }

    /// Takes the stray second 1yz as the end that it was, once the other side has ended.
    pub(super) fn accept_odd_end(&mut self, reply: Reply) {
        self.last = Some(reply);
        self.queue.retain(|what| *what != Expect::Transfer);
    }

    /// Finds the command that a reply answers.
    ///
    /// In order, but for servers that answer out of turn (docs/servers.md "Pipelining and speed":
    /// 150 of RETR before the 200 of PORT; 213 and 227 while STOR goes on).
    pub(super) fn take(&mut self, reply: &Reply) -> Taken {
        let Some(&front) = self.queue.front() else { return Taken::Stray };
        if reply.class() == Class::Preliminary {
            if !self.expects(Expect::Transfer) {
                return Taken::Stray;
            }
            self.surprised |= matches!(front, Expect::Port | Expect::Passive);
            self.begun_twice |= self.begun;
            self.begun = true;
            return Taken::Begun;
        }
        if reply.code == 226 && !self.expects(Expect::Transfer) && !self.expects(Expect::Abort) {
            // said twice (quirk 5); nothing else is ever answered by it (RFC 959 section 5.4)
            return Taken::Stray;
        }
        let index = self.answered(front, reply.code);
        self.surprised |= index > 0 && !self.aborted;
        let Some(what) = self.queue.remove(index) else { return Taken::Stray };
        if what == Expect::Transfer {
            self.last = Some(reply.clone());
        }
        Taken::Final(what)
    }

    fn answered(&self, front: Expect, code: u16) -> usize {
        let position = |wanted| self.queue.iter().position(|what| *what == wanted);
        let other = match (front, code) {
            // the second reply to ABOR; what was pipelined behind the transfer has other codes
            (front, 225 | 226 | 426 | 451) if front != Expect::Transfer => position(Expect::Abort),
            (Expect::Transfer, 213) => position(Expect::Size).or_else(|| position(Expect::Time)),
            (Expect::Passive | Expect::Reset, _) => None,
            // nothing but a passive command is answered by it: when it was sent ahead behind a
            // command that is never answered, that one has not succeeded
            (_, 227 | 229) => position(Expect::Passive).or_else(|| position(Expect::Reset)),
            (Expect::Port, code) if self.begun && code != 200 => position(Expect::Transfer),
            _ => None,
        };
        other.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(expected: &[Expect]) -> Half {
        let mut half = Half::default();
        for what in expected {
            half.expect(*what);
        }
        half
    }

    #[test]
    fn replies_in_order() {
        use Expect::{Passive, Size, Transfer};
        let mut half = half(&[Transfer, Size, Passive]);
        for (code, taken) in [
            (150, Taken::Begun),
            (226, Taken::Final(Transfer)),
            (213, Taken::Final(Size)),
            (227, Taken::Final(Passive)),
            (226, Taken::Stray),
        ] {
            assert_eq!(half.take(&Reply::new(code, "")), taken);
        }
        assert!(!half.surprised && half.succeeded());
    }

    #[test]
    fn replies_out_of_turn_are_noticed_and_still_find_their_command() {
        use Expect::{Passive, Port, Size, Transfer};
        let mut source = half(&[Port, Transfer]);
        assert_eq!(source.take(&Reply::new(150, "")), Taken::Begun);
        assert_eq!(source.take(&Reply::new(200, "")), Taken::Final(Port));
        assert_eq!(source.take(&Reply::new(226, "")), Taken::Final(Transfer));
        assert!(source.surprised);

        let mut target = half(&[Transfer, Size, Passive]);
        assert_eq!(target.take(&Reply::new(150, "")), Taken::Begun);
        assert_eq!(target.take(&Reply::new(213, "0")), Taken::Final(Size));
        assert_eq!(target.take(&Reply::new(227, "")), Taken::Final(Passive));
        assert_eq!(target.take(&Reply::new(426, "")), Taken::Final(Transfer));
        assert!(target.surprised && target.failed());
    }

    #[test]
    fn a_226_that_is_said_twice_answers_nothing_else() {
        use Expect::{Port, Size, Transfer};
        let mut target = half(&[Transfer, Size]);
        for (code, taken) in [
            (150, Taken::Begun),
            (226, Taken::Final(Transfer)),
            (226, Taken::Stray),
            (213, Taken::Final(Size)),
        ] {
            assert_eq!(target.take(&Reply::new(code, "")), taken);
        }
        let mut next = half(&[Port]);
        assert_eq!(next.take(&Reply::new(226, "")), Taken::Stray);
        assert_eq!(next.take(&Reply::new(200, "")), Taken::Final(Port));
    }

    #[test]
    fn a_port_sent_ahead_does_not_answer_for_a_command_that_is_never_answered() {
        use Expect::{Passive, RenameFrom, RenameTo};
        let mut target = half(&[RenameFrom, RenameTo, Passive]);
        assert_eq!(target.take(&Reply::new(350, "")), Taken::Final(RenameFrom));
        assert_eq!(target.take(&Reply::new(227, "")), Taken::Final(Passive));
        assert!(target.is_waiting() && target.surprised);
    }

    #[test]
    fn a_missing_150_is_fine_and_a_second_one_is_remembered() {
        let mut half = half(&[Expect::Transfer]);
        assert_eq!(half.take(&Reply::new(250, "")), Taken::Final(Expect::Transfer));
        assert!(half.succeeded());
        let mut half = self::half(&[Expect::Transfer]);
        half.take(&Reply::new(150, ""));
        assert!(!half.begun_twice);
        half.take(&Reply::new(150, "0.2 seconds"));
        assert!(half.begun_twice);
    }
}
