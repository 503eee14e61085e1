//! The combined actions of all rules that apply to one command.

use std::net::IpAddr;
use std::time::Duration;

use crate::demo::fault::{Action, Cut};
use crate::ftp::Reply;

/// The actions for one command. By default the command is executed normally.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) instead: Option<Instead>,
    pub(crate) delay: Duration,
    pub(crate) hold: Option<String>,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    pub(crate) begin: Begin,
    pub(crate) end: Option<Reply>,
    pub(crate) mute: bool,
    pub(crate) end_delay: Duration,
    pub(crate) end_hold: Option<String>,
    pub(crate) end_early: bool,
    pub(crate) twice: Option<Option<u16>>,
    pub(crate) drop_at: Vec<(u16, bool)>,
    pub(crate) announce: Option<(IpAddr, Option<u16>)>,
    pub(crate) form: Option<String>,
    pub(crate) listing: Option<Vec<u8>>,
    /// Sorted by byte position.
    pub(crate) cuts: Vec<(u64, Cut)>,
}

/// What replaces the execution of the command.
#[derive(Debug, Clone)]
pub(crate) enum Instead {
    Reply(Reply),
    Raw(Vec<u8>),
    Silent,
    /// Closes the control connection, with a TCP reset if true.
    Drop(bool),
    Crash,
}

/// Which 1xx reply starts a transfer.
#[derive(Debug, Clone, Default)]
pub(crate) enum Begin {
    #[default]
    Usual,
    Never,
    With(Reply),
}

impl Script {
    /// Adds one action of a rule.
    pub(crate) fn add(&mut self, action: &Action) {
        match action.clone() {
            Action::Reply(reply) => self.instead = Some(Instead::Reply(reply)),
            Action::Raw(bytes) => self.instead = Some(Instead::Raw(bytes)),
            Action::Silent => self.instead = Some(Instead::Silent),
            Action::Drop(reset) => self.instead = Some(Instead::Drop(reset)),
            Action::Crash => self.instead = Some(Instead::Crash),
            Action::Mute => self.mute = true,
            Action::Delay(time) => self.delay += time,
            Action::Hold(name) => self.hold = Some(name),
            Action::Before(bytes) => self.before.extend(bytes),
            Action::After(bytes) => self.after.extend(bytes),
            Action::NoBegin => self.begin = Begin::Never,
            Action::Begin(reply) => self.begin = Begin::With(reply),
            Action::End(reply) => self.end = Some(reply),
            Action::EndDelay(time) => self.end_delay += time,
            Action::EndHold(name) => self.end_hold = Some(name),
            Action::EndEarly => self.end_early = true,
            Action::Twice(code) => self.twice = Some(code),
            Action::DropAt(code, reset) => self.drop_at.push((code, reset)),
            Action::Announce(ip, port) => self.announce = Some((ip, port)),
            Action::Form(words) => self.form = Some(words),
            Action::Listing(bytes) => self.listing = Some(bytes),
            Action::At(at, cut) => {
                let place = self.cuts.partition_point(|(other, _)| *other <= at);
                self.cuts.insert(place, (at, cut));
            }
        }
    }

    /// `Some` if the control connection must be closed instead of sending a reply with this code;
    /// true for a TCP reset.
    pub(crate) fn drops_at(&self, code: u16) -> Option<bool> {
        self.drop_at.iter().find(|(at, _)| *at == code).map(|(_, reset)| *reset)
    }

    /// True if this reply must be sent twice.
    pub(crate) fn doubles(&self, code: u16) -> bool {
        match self.twice {
            None => false,
            Some(None) => code >= 200,
            Some(Some(only)) => only == code,
        }
    }
}
