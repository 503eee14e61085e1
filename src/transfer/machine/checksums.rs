//! Comparing the checksums that both servers compute of the file.
//!
//! The strongest algorithm that both support, with whichever command each of them has; a server
//! that refuses a command is asked with the next one, then for the next algorithm.

use std::collections::VecDeque;

use crate::base::Word;
use crate::ftp::digest::{Algorithm, Digest, DigestMethod, Digests};
use crate::ftp::{Command, Reply};
use crate::transfer::conversation::Expect;
use crate::transfer::plan::Side;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ComparisonStep {
    /// Replies are to come.
    Wait,
    /// Send these.
    Send(Vec<(Side, Command, Expect)>),
    /// Both checksums are the same.
    Same(Algorithm),
    /// They differ: source, destination.
    Differ(Digest, Digest),
    /// The checksums could not be compared, and why.
    Unknown(String),
}

/// The questions to one server about one checksum.
#[derive(Debug, Default)]
struct Asked {
    path: Vec<u8>,
    /// Size of the file, where it is known.
    bytes: Option<u64>,
    digests: Digests,
    ways: VecDeque<DigestMethod>,
    now: Option<DigestMethod>,
    found: Option<Digest>,
}

impl Asked {
    /// The next command to ask with, if there is one.
    fn ask(&mut self) -> Option<(Command, Expect)> {
        self.now = None;
        while let Some(way) = self.ways.pop_front() {
            let command = match self.digests.select_command(way) {
                Some(selection) => Some((selection, Expect::Option)),
                // a name that was valid in RETR and STOR is valid here
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
        self.found = way.read(reply, &self.path, self.bytes);
        if self.found.is_some() {
            self.now = None;
            return None;
        }
        self.digests.mark_refused(way, reply);
        self.ask()
    }
}

/// The comparison of one file's checksums.
#[derive(Debug)]
pub(super) struct ChecksumComparison {
    source: Asked,
    destination: Asked,
    candidates: VecDeque<Algorithm>,
    refusal: Option<String>,
}

impl ChecksumComparison {
    /// Nothing asked yet: what both sessions can do.
    pub(super) fn new(source: Digests, destination: Digests) -> Self {
        let candidates = source.common(&destination).into();
        let asked = |digests| Asked { digests, ..Asked::default() };
        Self { source: asked(source), destination: asked(destination), candidates, refusal: None }
    }

    /// True when the two servers have an algorithm in common.
    pub(super) fn is_possible(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// What was found out: the state of both sessions.
    pub(super) fn into_digests(self) -> (Digests, Digests) {
        (self.source.digests, self.destination.digests)
    }

    /// The first commands, for the source's file and the destination's, of so many bytes.
    pub(super) fn begin(
        &mut self,
        source: &[u8],
        destination: &[u8],
        bytes: Option<u64>,
    ) -> ComparisonStep {
        (self.source.bytes, self.destination.bytes) = (bytes, bytes);
        self.source.path = source.to_vec();
        self.destination.path = destination.to_vec();
        self.next()
    }

    /// A reply to what was sent.
    pub(super) fn answered(&mut self, side: Side, what: Expect, reply: &Reply) -> ComparisonStep {
        let asked = match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        };
        if asked.now.is_none() {
            return ComparisonStep::Wait;
        }
        if !reply.is_completion() {
            self.refusal = Some(format!("the {} replied {}", side.word(), reply.shown()));
        }
        match asked.answered(what, reply) {
            Some((command, expect)) => ComparisonStep::Send(vec![(side, command, expect)]),
            None => self.settle(),
        }
    }

    /// The source cannot be asked any more.
    pub(super) fn lost(&mut self, why: &str) -> ComparisonStep {
        self.refusal = Some(why.to_owned());
        self.candidates.clear();
        self.source.now = None;
        self.source.found = None;
        self.settle()
    }

    fn settle(&mut self) -> ComparisonStep {
        if self.source.now.is_some() || self.destination.now.is_some() {
            return ComparisonStep::Wait;
        }
        match (self.source.found.take(), self.destination.found.take()) {
            (Some(source), Some(destination)) if source == destination => {
                ComparisonStep::Same(source.algorithm)
            }
            (Some(source), Some(destination)) => ComparisonStep::Differ(source, destination),
            _ => self.next(),
        }
    }

    /// Asks for the strongest algorithm that is left.
    fn next(&mut self) -> ComparisonStep {
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
                return ComparisonStep::Send(commands);
            }
            self.source.now = None;
            self.destination.now = None;
        }
        ComparisonStep::Unknown(
            self.refusal.take().unwrap_or_else(|| "no server was asked".to_owned()),
        )
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

    /// Plays replies in order and records what is sent to whom; the last entry is the result.
    fn play(source: &[&str], destination: &[&str], replies: &[(Side, u16, &str)]) -> Vec<String> {
        let mut comparison = ChecksumComparison::new(digests(source), digests(destination));
        assert!(comparison.is_possible());
        let mut sent = Vec::new();
        let mut waiting = [None, None];
        let mut step = comparison.begin(b"/s f", b"/t", None);
        let mut replies = replies.iter();
        loop {
            match step {
                ComparisonStep::Send(commands) => {
                    for (side, command, expect) in commands {
                        let letter = if side == S { 'S' } else { 'D' };
                        sent.push(format!("{letter} {}", command.shown()));
                        waiting[side as usize] = Some(expect);
                    }
                }
                ComparisonStep::Wait => {}
                end => {
                    sent.push(match end {
                        ComparisonStep::Same(algorithm) => algorithm.word().to_owned(),
                        ComparisonStep::Differ(a, b) => format!("{a} or {b}"),
                        ComparisonStep::Unknown(why) => why,
                        ComparisonStep::Wait | ComparisonStep::Send(_) => String::new(),
                    });
                    return sent;
                }
            }
            let Some((side, code, text)) = replies.next() else { return sent };
            let expect = waiting[*side as usize].take().unwrap();
            step = comparison.answered(*side, expect, &Reply::new(*code, text));
        }
    }

    const A: &str = "59dbb07edf077235c058c3ec77e6048f";
    const B: &str = "00000000000000000000000000000000";

    #[test]
    fn the_same_checksum_by_two_commands() {
        let hash = format!("MD5 0-5 {A} /t");
        let sent = play(
            &["XMD5"],
            &["HASH SHA-1*;MD5"],
            &[(D, 200, "MD5"), (S, 250, &A.to_uppercase()), (D, 213, &hash)],
        );
        assert_eq!(sent, ["D OPTS HASH MD5", "S XMD5 \"/s f\"", "D HASH /t", "md5"]);
    }

    #[test]
    fn differing_checksums_are_reported() {
        let sent = play(&["MD5"], &["XMD5"], &[(S, 251, A), (D, 250, B)]);
        assert_eq!(sent[2], format!("MD5 {A} or MD5 {B}"));
    }

    #[test]
    fn a_refusal_leads_to_the_next_command_then_to_the_next_algorithm() {
        let sent = play(
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
            sent,
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
    fn without_any_checksum_the_last_reply_is_reported() {
        let sent = play(&["XCRC"], &["XCRC"], &[(D, 450, "busy"), (S, 250, "XXXX")]);
        // nothing of the right form at the source, twice: quoted and not
        assert_eq!(sent[2..], ["S XCRC /s f"]);
        let all = [(D, 450, "busy"), (S, 550, "no"), (S, 550, "no")];
        let sent = play(&["XCRC"], &["XCRC"], &all);
        assert_eq!(sent.last().unwrap(), "the source replied 550 no");
    }
}
