//! One of the two FTP conversations of a transfer: which replies are pending, and which reply
//! belongs to which command.

use std::collections::VecDeque;

use crate::ftp::{Class, Reply};

/// A command whose reply is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// ALLO or PRET, ahead of everything else.
    Prelude,
    /// PASV, EPSV, CPSV: for this file, or sent ahead for the next one.
    Passive,
    /// A bare PASV that only resets the listener; its reply is ignored.
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
    /// SIZE or MLST of a name after a rename.
    Presence,
    /// DELE.
    Delete,
    /// ABOR: one or two replies in any order.
    Abort,
}

/// What a received reply is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Received {
    /// The transfer has begun.
    Begun,
    /// The final reply to this command.
    Final(Expect),
    /// A reply that no command waits for.
    Stray,
}

/// The conversation with one side.
#[derive(Debug, Default)]
pub(super) struct Conversation {
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
    pub(super) out_of_turn: bool,
}

impl Conversation {
    pub(super) fn expect(&mut self, what: Expect) {
        self.started |= what == Expect::Transfer;
        self.aborted |= what == Expect::Abort;
        self.queue.push_back(what);
    }

    /// True while replies are pending on a live connection.
    pub(super) fn is_waiting(&self) -> bool {
        self.lost.is_none() && !self.queue.is_empty()
    }

    pub(super) fn expects(&self, what: Expect) -> bool {
        self.queue.contains(&what)
    }

    /// True when the transfer command was sent and has no final reply, on a live connection.
    pub(super) fn is_transferring(&self) -> bool {
        self.lost.is_none() && self.started && self.last.is_none()
    }

    /// True when this side sends no more replies about the transfer.
    pub(super) fn is_over(&self) -> bool {
        self.lost.is_some() || self.last.is_some() || !self.started
    }

    /// True when the transfer command got a 2yz.
    pub(super) fn succeeded(&self) -> bool {
        self.last.as_ref().is_some_and(Reply::is_completion)
    }

    /// True when the transfer command was refused or the transfer was aborted.
    pub(super) fn failed(&self) -> bool {
        self.lost.is_some() || self.refusal().is_some()
    }

    /// The reply that refused the transfer command or reported an error.
    pub(super) fn refusal(&self) -> Option<&Reply> {
        self.last.as_ref().filter(|reply| !reply.is_completion())
    }

    /// Accepts the stray second 1yz as the end of the transfer, once the other side has ended.
    pub(super) fn accept_late_abort_reply(&mut self, reply: Reply) {
        self.last = Some(reply);
        self.queue.retain(|what| *what != Expect::Transfer);
    }

    /// Finds the command that a reply answers.
    ///
    /// In order, but for servers that answer out of turn (docs/servers.md "Pipelining and speed":
    /// 150 of RETR before the 200 of PORT; 213 and 227 during STOR).
    pub(super) fn take(&mut self, reply: &Reply) -> Received {
        let Some(&front) = self.queue.front() else { return Received::Stray };
        if reply.class() == Class::Preliminary {
            if !self.expects(Expect::Transfer) {
                return Received::Stray;
            }
            self.out_of_turn |= matches!(front, Expect::Port | Expect::Passive);
            self.begun_twice |= self.begun;
            self.begun = true;
            return Received::Begun;
        }
        if reply.code == 226 && !self.expects(Expect::Transfer) && !self.expects(Expect::Abort) {
            // sent twice (quirk 5); it is never the reply to anything else (RFC 959 section 5.4)
            return Received::Stray;
        }
        let index = self.answered(front, reply.code);
        self.out_of_turn |= index > 0 && !self.aborted;
        let Some(what) = self.queue.remove(index) else { return Received::Stray };
        if what == Expect::Transfer {
            self.last = Some(reply.clone());
        }
        Received::Final(what)
    }

    fn answered(&self, front: Expect, code: u16) -> usize {
        let position = |wanted| self.queue.iter().position(|what| *what == wanted);
        let other = match (front, code) {
            // the second reply to ABOR; what was pipelined behind the transfer has other codes
            (front, 225 | 226 | 426 | 451) if front != Expect::Transfer => position(Expect::Abort),
            (Expect::Transfer, 213) => position(Expect::Size).or_else(|| position(Expect::Time)),
            (Expect::Passive | Expect::Reset, _) => None,
            // it can only be the reply to a passive command: when that was pipelined behind a
            // command that is never answered, that command has not succeeded
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

    fn expecting(expected: &[Expect]) -> Conversation {
        let mut talk = Conversation::default();
        for what in expected {
            talk.expect(*what);
        }
        talk
    }

    #[test]
    fn replies_in_order() {
        use Expect::{Passive, Size, Transfer};
        let mut talk = expecting(&[Transfer, Size, Passive]);
        for (code, taken) in [
            (150, Received::Begun),
            (226, Received::Final(Transfer)),
            (213, Received::Final(Size)),
            (227, Received::Final(Passive)),
            (226, Received::Stray),
        ] {
            assert_eq!(talk.take(&Reply::new(code, "")), taken);
        }
        assert!(!talk.out_of_turn && talk.succeeded());
    }

    #[test]
    fn replies_out_of_turn_are_noticed_and_matched_to_their_command() {
        use Expect::{Passive, Port, Size, Transfer};
        let mut source = expecting(&[Port, Transfer]);
        assert_eq!(source.take(&Reply::new(150, "")), Received::Begun);
        assert_eq!(source.take(&Reply::new(200, "")), Received::Final(Port));
        assert_eq!(source.take(&Reply::new(226, "")), Received::Final(Transfer));
        assert!(source.out_of_turn);

        let mut target = expecting(&[Transfer, Size, Passive]);
        assert_eq!(target.take(&Reply::new(150, "")), Received::Begun);
        assert_eq!(target.take(&Reply::new(213, "0")), Received::Final(Size));
        assert_eq!(target.take(&Reply::new(227, "")), Received::Final(Passive));
        assert_eq!(target.take(&Reply::new(426, "")), Received::Final(Transfer));
        assert!(target.out_of_turn && target.failed());
    }

    #[test]
    fn a_226_that_is_sent_twice_answers_nothing_else() {
        use Expect::{Port, Size, Transfer};
        let mut target = expecting(&[Transfer, Size]);
        for (code, taken) in [
            (150, Received::Begun),
            (226, Received::Final(Transfer)),
            (226, Received::Stray),
            (213, Received::Final(Size)),
        ] {
            assert_eq!(target.take(&Reply::new(code, "")), taken);
        }
        let mut next = expecting(&[Port]);
        assert_eq!(next.take(&Reply::new(226, "")), Received::Stray);
        assert_eq!(next.take(&Reply::new(200, "")), Received::Final(Port));
    }

    #[test]
    fn a_port_sent_ahead_does_not_answer_for_a_command_that_is_never_answered() {
        use Expect::{Passive, RenameFrom, RenameTo};
        let mut target = expecting(&[RenameFrom, RenameTo, Passive]);
        assert_eq!(target.take(&Reply::new(350, "")), Received::Final(RenameFrom));
        assert_eq!(target.take(&Reply::new(227, "")), Received::Final(Passive));
        assert!(target.is_waiting() && target.out_of_turn);
    }

    #[test]
    fn a_missing_150_is_fine_and_a_second_one_is_remembered() {
        let mut talk = expecting(&[Expect::Transfer]);
        assert_eq!(talk.take(&Reply::new(250, "")), Received::Final(Expect::Transfer));
        assert!(talk.succeeded());
        let mut talk = expecting(&[Expect::Transfer]);
        talk.take(&Reply::new(150, ""));
        assert!(!talk.begun_twice);
        talk.take(&Reply::new(150, "0.2 seconds"));
        assert!(talk.begun_twice);
    }
}
