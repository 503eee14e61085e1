//! Asking both servers for the same digest of the file that has arrived.
//!
//! The strongest digest that both can compute, in whatever spelling each of them has; a server
//! that refuses a spelling is asked by the next one, then for the next digest.

use std::collections::VecDeque;

use crate::base::Word;
use crate::ftp::digest::{Algorithm, Digest, DigestMethod, Digests};
use crate::ftp::{Command, Reply};
use crate::transfer::half::Expect;
use crate::transfer::side::Side;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Replies are to come.
    Wait,
    /// Send these.
    Send(Vec<(Side, Command, Expect)>),
    /// Both digests are the same.
    Same(Algorithm),
    /// They differ: source, destination.
    Differ(Digest, Digest),
    /// There is nothing to compare, and why.
    Unknown(String),
}

/// One server being asked for one digest.
#[derive(Debug, Default)]
struct Asked {
    path: Vec<u8>,
    digests: Digests,
    ways: VecDeque<DigestMethod>,
    now: Option<DigestMethod>,
    found: Option<Digest>,
}

impl Asked {
    /// The next command, if there is another way to ask.
    fn ask(&mut self) -> Option<(Command, Expect)> {
        self.now = None;
        while let Some(way) = self.ways.pop_front() {
            let command = match self.digests.select_command(way) {
                Some(selection) => Some((selection, Expect::Option)),
                // a name that RETR and STOR could carry is no problem here
                None => way.command(&self.path).ok().map(|command| (command, Expect::Digest)),
            };
            if command.is_some() {
                self.now = Some(way);
                return command;
            }
        }
        None
    }

    /// The reply to the command that was sent last; the next command, if there is one.
    fn answered(&mut self, what: Expect, reply: &Reply) -> Option<(Command, Expect)> {
        let way = self.now?;
        if what == Expect::Option {
            self.digests.select_answered(way.algorithm(), reply);
            if reply.is_completion() {
                let command = way.command(&self.path).ok()?;
                return Some((command, Expect::Digest));
            }
            return self.ask();
        }
        self.found = way.read(reply, &self.path);
        if self.found.is_some() {
            self.now = None;
            return None;
        }
        self.digests.mark_refused(way, reply);
        self.ask()
    }
}

/// The comparison of one file's digests.
#[derive(Debug)]
pub(super) struct Proof {
    source: Asked,
    destination: Asked,
    candidates: VecDeque<Algorithm>,
    said: Option<String>,
}

impl Proof {
    /// Nothing asked yet: what both sessions can do.
    pub(super) fn new(source: Digests, destination: Digests) -> Self {
        let candidates = source.common(&destination).into();
        let asked = |digests| Asked { digests, ..Asked::default() };
        Self { source: asked(source), destination: asked(destination), candidates, said: None }
    }

    /// True when the two servers have a digest in common.
    pub(super) fn is_possible(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// What was found out: the state of both sessions.
    pub(super) fn into_digests(self) -> (Digests, Digests) {
        (self.source.digests, self.destination.digests)
    }

    /// The first commands, for the source's file and the destination's.
    pub(super) fn begin(&mut self, source: &[u8], destination: &[u8]) -> Step {
        self.source.path = source.to_vec();
        self.destination.path = destination.to_vec();
        self.next()
    }

    /// A reply to what was sent.
    pub(super) fn answered(&mut self, side: Side, what: Expect, reply: &Reply) -> Step {
        let asked = match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        };
        if asked.now.is_none() {
            return Step::Wait;
        }
        if !reply.is_completion() {
            self.said = Some(format!("the {} said {}", side.word(), reply.shown()));
        }
        match asked.answered(what, reply) {
            Some((command, expect)) => Step::Send(vec![(side, command, expect)]),
            None => self.settle(),
        }
    }

    /// The source cannot be asked any more.
    pub(super) fn lost(&mut self, why: &str) -> Step {
        self.said = Some(why.to_owned());
        self.candidates.clear();
        self.source.now = None;
        self.source.found = None;
        self.settle()
    }

    fn settle(&mut self) -> Step {
        if self.source.now.is_some() || self.destination.now.is_some() {
            return Step::Wait;
        }
        match (self.source.found.take(), self.destination.found.take()) {
            (Some(source), Some(destination)) if source == destination => {
                Step::Same(source.algorithm)
            }
            (Some(source), Some(destination)) => Step::Differ(source, destination),
            _ => self.next(),
        }
    }

    /// Asks for the strongest digest that is left.
    fn next(&mut self) -> Step {
        while let Some(algorithm) = self.candidates.pop_front() {
            let mut commands = Vec::new();
            for (side, asked) in
                [(Side::Destination, &mut self.destination), (Side::Source, &mut self.source)]
            {
                asked.ways = asked.digests.methods(algorithm, &asked.path).into();
                asked.found = None;
                commands.extend(asked.ask().map(|(command, expect)| (side, command, expect)));
            }
            if commands.len() == 2 {
                return Step::Send(commands);
            }
            self.source.now = None;
            self.destination.now = None;
        }
        Step::Unknown(self.said.take().unwrap_or_else(|| "no server was asked".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::Features;
    use Side::{Destination as D, Source as S};

    fn digests(lines: &[&str]) -> Digests {
        let lines = [&["Features:"], lines, &["End"]].concat();
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        Digests::of(&Features::parse(&Reply { code: 211, lines }))
    }

    /// Plays replies in order and writes down what is sent to whom; the last word is the end.
    fn play(source: &[&str], destination: &[&str], replies: &[(Side, u16, &str)]) -> Vec<String> {
        let mut proof = Proof::new(digests(source), digests(destination));
        assert!(proof.is_possible());
        let mut said = Vec::new();
        let mut waiting = [None, None];
        let mut step = proof.begin(b"/s f", b"/t");
        let mut replies = replies.iter();
        loop {
            match step {
                Step::Send(commands) => {
                    for (side, command, expect) in commands {
                        let letter = if side == S { 'S' } else { 'D' };
                        said.push(format!("{letter} {}", command.shown()));
                        waiting[side as usize] = Some(expect);
                    }
                }
                Step::Wait => {}
                end => {
                    said.push(match end {
                        Step::Same(algorithm) => algorithm.word().to_owned(),
                        Step::Differ(a, b) => format!("{a} or {b}"),
                        Step::Unknown(why) => why,
                        Step::Wait | Step::Send(_) => String::new(),
                    });
                    return said;
                }
            }
            let Some((side, code, text)) = replies.next() else { return said };
            let expect = waiting[*side as usize].take().unwrap();
            step = proof.answered(*side, expect, &Reply::new(*code, text));
        }
    }

    const A: &str = "59dbb07edf077235c058c3ec77e6048f";
    const B: &str = "00000000000000000000000000000000";

    #[test]
    fn the_same_digest_in_two_spellings() {
        let hash = format!("MD5 0-5 {A} /t");
        let said = play(
            &["XMD5"],
            &["HASH SHA-1*;MD5"],
            &[(D, 200, "MD5"), (S, 250, &A.to_uppercase()), (D, 213, &hash)],
        );
        assert_eq!(said, ["D OPTS HASH MD5", "S XMD5 \"/s f\"", "D HASH /t", "md5"]);
    }

    #[test]
    fn differing_digests_are_told() {
        let said = play(&["MD5"], &["XMD5"], &[(S, 251, A), (D, 250, B)]);
        assert_eq!(said[2], format!("MD5 {A} or MD5 {B}"));
    }

    #[test]
    fn a_refusal_leads_to_the_next_spelling_then_to_the_next_digest() {
        let said = play(
            &["XSHA1", "XMD5"],
            &["XSHA", "XMD5"],
            &[
                (S, 501, "parameters"),
                (D, 500, "what?"),
                (S, 550, "no such file"),
                (D, 250, A),
                (S, 550, "\"/s f\": no such file"),
                (S, 250, A),
            ],
        );
        assert_eq!(
            said,
            [
                "D XSHA /t",
                "S XSHA1 \"/s f\"",
                "S XSHA1 /s f",
                "D XMD5 /t",
                "S XMD5 \"/s f\"",
                "S XMD5 /s f",
                "md5"
            ]
        );
    }

    #[test]
    fn without_any_answer_the_last_words_are_told() {
        let said = play(&["XCRC"], &["XCRC"], &[(D, 450, "busy"), (S, 250, "XXXX")]);
        // nothing of the right form at the source, twice: quoted and not
        assert_eq!(said[2..], ["S XCRC /s f"]);
        let all = [(D, 450, "busy"), (S, 550, "no"), (S, 550, "no")];
        let said = play(&["XCRC"], &["XCRC"], &all);
        assert_eq!(said.last().unwrap(), "the source said 550 no");
    }
}
