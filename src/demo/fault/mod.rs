//! Faults that a test or a user plays: a rule says when, and what is done wrong.
//!
//! In Rust:
//!
//! ```
//! use fxpane::demo::{Cut, Rule};
//!
//! let no = Rule::on("RETR").nth(2).named("*.iso").reply(550, "No");
//! let full = Rule::on("STOR").at(1000, Cut::fail(552, "Disk full"));
//! ```
//!
//! The same as text, one rule a line, for the command line; see [`Rule::parse`] for the grammar:
//!
//! ```
//! # use fxpane::demo::Rule;
//! # for line in [
//! r#"on RETR 2 name "*.iso" reply 550 "No""#
//! # , r#"on STOR fail 552 "Disk full" after 1000"#
//! # ] { Rule::parse(line).unwrap(); }
//! ```

pub(crate) mod pattern;
pub(crate) mod rules;
pub(crate) mod script;
mod text;

use std::net::IpAddr;
use std::time::Duration;

pub use text::FaultError;

use crate::ftp::Reply;

/// One fault: when it happens, and what happens then.
///
/// Conditions narrow the rule, actions add up; a rule without action does nothing but count.
/// Of several rules that fit, all act, later ones over earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub(crate) on: Trigger,
    pub(crate) turn: Turn,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) argument: Option<Vec<u8>>,
    pub(crate) foreign: bool,
    pub(crate) above: Option<usize>,
    pub(crate) actions: Vec<Action>,
}

/// What a rule waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A client connects.
    Connect,
    /// A command with this verb, upper case.
    Verb(String),
    /// Any command.
    Any,
}

/// Which of the occasions that fit; they are counted for the whole server, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Always,
    Nth(u64),
    From(u64),
    Every(u64),
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Answers with this instead of obeying.
    Reply(Reply),
    /// Sends these bytes instead of obeying.
    Raw(Vec<u8>),
    /// Neither obeys nor answers.
    Silent,
    /// Obeys, and leaves out the final reply.
    Mute,
    /// Closes the control connection instead of obeying; with a reset if true.
    Drop(bool),
    /// The whole server dies: all sessions and the port.
    Crash,
    /// Waits before obeying.
    Delay(Duration),
    /// Waits before obeying until the test releases it.
    Hold(String),
    /// Sends these bytes before the reply.
    Before(Vec<u8>),
    /// Sends these bytes after the final reply.
    After(Vec<u8>),
    /// Leaves out the 1xx.
    NoBegin,
    /// Begins a transfer with this reply.
    Begin(Reply),
    /// Ends with this reply, whatever happened.
    End(Reply),
    /// Waits before the final reply.
    EndDelay(Duration),
    /// Holds the final reply until the test releases it.
    EndHold(String),
    /// Sends the final reply right behind the 1xx, before the data is through.
    EndEarly,
    /// Sends replies with this code twice; all final ones if `None`.
    Twice(Option<u16>),
    /// Closes the control connection where a reply with this code is due; with a reset if true.
    DropAt(u16, bool),
    /// Announces this address for a passive port.
    Announce(IpAddr, Option<u16>),
    /// Announces a passive port in these words.
    Form(String),
    /// Sends this as the data of a listing.
    Listing(Vec<u8>),
    /// Does something to the data connection after so many bytes.
    At(u64, Cut),
}

/// What happens to a data connection in the middle of the data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Cut {
    /// Ends the data cleanly, and goes on as if that were all of it.
    Close,
    /// Ends the data cleanly, and ends the transfer with this reply.
    Fail(Reply),
    /// Ends the data with a reset.
    Reset,
    /// Moves nothing any more, until the transfer is aborted.
    Stall,
    /// Moves nothing until the test releases it.
    Hold(String),
    /// Moves nothing for a while.
    Pause(Duration),
    /// Changes the next byte.
    Corrupt,
    /// Loses the next bytes.
    Skip(u64),
    /// The file that is being sent gets so many bytes longer.
    Grow(u64),
    /// The control connection closes; the data goes on or not as the personality has it.
    DropControl,
    /// Control and data connection close, as if the session's process were killed.
    Kill,
    /// The whole server dies.
    Crash,
}

impl Cut {
    /// Ends the data cleanly, and ends the transfer with this reply.
    #[must_use]
    pub fn fail(code: u16, text: &str) -> Self {
        Self::Fail(reply(code, text))
    }
}

/// A reply whose lines are separated by line feeds.
pub(crate) fn reply(code: u16, text: &str) -> Reply {
    Reply { code, lines: text.split('\n').map(|line| line.as_bytes().to_vec()).collect() }
}

impl Rule {
    fn new(on: Trigger) -> Self {
        Self {
            on,
            turn: Turn::Always,
            name: None,
            argument: None,
            foreign: false,
            above: None,
            actions: vec![],
        }
    }

    fn act(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Acts when this command comes.
    #[must_use]
    pub fn on(verb: &str) -> Self {
        Self::new(Trigger::Verb(verb.to_ascii_uppercase()))
    }

    /// Acts when any command comes.
    #[must_use]
    pub fn on_any() -> Self {
        Self::new(Trigger::Any)
    }

    /// Acts when a client connects, in place of or around the banner.
    #[must_use]
    pub fn on_connect() -> Self {
        Self::new(Trigger::Connect)
    }

    /// Only the `n`th time that everything else fits, counted from 1 for the whole server.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.turn = Turn::Nth(n);
        self
    }

    /// From the `n`th time on.
    #[must_use]
    pub fn from_nth(mut self, n: u64) -> Self {
        self.turn = Turn::From(n);
        self
    }

    /// Every `n`th time.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.turn = Turn::Every(n);
        self
    }

    /// Only for arguments that fit a pattern of `*` and `?`: the last name of the path, or the
    /// whole absolute path if the pattern has a `/`.
    #[must_use]
    pub fn named(mut self, pattern: &str) -> Self {
        self.name = Some(pattern.as_bytes().to_vec());
        self
    }

    /// Only for arguments that fit a pattern of `*` and `?` as they came: the options of LIST, the
    /// word behind SITE.
    #[must_use]
    pub fn argued(mut self, pattern: &str) -> Self {
        self.argument = Some(pattern.as_bytes().to_vec());
        self
    }

    /// Only for PORT and EPRT with an address that is not the client's.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    /// Only while there are more than `n` sessions, the own one included.
    #[must_use]
    pub fn above(mut self, n: usize) -> Self {
        self.above = Some(n);
        self
    }

    /// Answers with this instead of obeying; line feeds in the text make a reply of several
    /// lines. On connect anything but a 2xx ends the session.
    #[must_use]
    pub fn reply(self, code: u16, text: &str) -> Self {
        self.act(Action::Reply(reply(code, text)))
    }

    /// Sends these bytes as they are instead of obeying.
    #[must_use]
    pub fn send_raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::Raw(bytes.into()))
    }

    /// Neither obeys nor answers.
    #[must_use]
    pub fn silent(self) -> Self {
        self.act(Action::Silent)
    }

    /// Obeys, but leaves out the final reply.
    #[must_use]
    pub fn mute(self) -> Self {
        self.act(Action::Mute)
    }

    /// Closes the control connection instead of obeying.
    #[must_use]
    pub fn drop_control(self) -> Self {
        self.act(Action::Drop(false))
    }

    /// Resets the control connection instead of obeying.
    #[must_use]
    pub fn reset_control(self) -> Self {
        self.act(Action::Drop(true))
    }

    /// The whole server dies instead of obeying, as by kill -9; see [`super::Server::come_back`].
    #[must_use]
    pub fn crash(self) -> Self {
        self.act(Action::Crash)
    }

    /// Waits before obeying.
    #[must_use]
    pub fn delay(self, time: Duration) -> Self {
        self.act(Action::Delay(time))
    }

    /// Waits before obeying until [`super::Server::release`] is called with this name.
    #[must_use]
    pub fn hold(self, name: &str) -> Self {
        self.act(Action::Hold(name.to_owned()))
    }

    /// Sends these bytes before the reply (an unsolicited 421, say).
    #[must_use]
    pub fn precede(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::Before(bytes.into()))
    }

    /// Sends these bytes after the final reply.
    #[must_use]
    pub fn follow(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::After(bytes.into()))
    }

    /// Leaves out the 1xx of a transfer (quirk 6).
    #[must_use]
    pub fn no_1xx(self) -> Self {
        self.act(Action::NoBegin)
    }

    /// Begins a transfer with this reply (125, quirk 7).
    #[must_use]
    pub fn begin(self, code: u16, text: &str) -> Self {
        self.act(Action::Begin(reply(code, text)))
    }

    /// Obeys, and ends with this reply whatever happened (250, or a 426 that is a lie).
    #[must_use]
    pub fn end(self, code: u16, text: &str) -> Self {
        self.act(Action::End(reply(code, text)))
    }

    /// Waits before the final reply.
    #[must_use]
    pub fn end_delay(self, time: Duration) -> Self {
        self.act(Action::EndDelay(time))
    }

    /// Holds the final reply until [`super::Server::release`] is called with this name.
    #[must_use]
    pub fn end_hold(self, name: &str) -> Self {
        self.act(Action::EndHold(name.to_owned()))
    }

    /// Sends the final reply right behind the 1xx, before the data is through (quirk 8).
    #[must_use]
    pub fn end_early(self) -> Self {
        self.act(Action::EndEarly)
    }

    /// Sends the final reply twice (quirk 5).
    #[must_use]
    pub fn twice(self) -> Self {
        self.act(Action::Twice(None))
    }

    /// Closes the control connection where a reply with this code is due.
    #[must_use]
    pub fn drop_control_at(self, code: u16) -> Self {
        self.act(Action::DropAt(code, false))
    }

    /// Resets the control connection where a reply with this code is due.
    #[must_use]
    pub fn reset_control_at(self, code: u16) -> Self {
        self.act(Action::DropAt(code, true))
    }

    /// Announces this address in place of the own one (quirk 19), and this port if given.
    #[must_use]
    pub fn announce(self, ip: IpAddr, port: Option<u16>) -> Self {
        self.act(Action::Announce(ip, port))
    }

    /// Announces a passive port in these words: `{address}` becomes `h1,h2,h3,h4,p1,p2`,
    /// `{short}` becomes `p1,p2`, `{port}` the number (quirks 16 to 18).
    #[must_use]
    pub fn form(self, words: &str) -> Self {
        self.act(Action::Form(words.to_owned()))
    }

    /// Sends this as the data of LIST, NLST or MLSD.
    #[must_use]
    pub fn listing(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::Listing(bytes.into()))
    }

    /// Does this to the data connection once `bytes` have passed (0: before the first one).
    #[must_use]
    pub fn at(self, bytes: u64, cut: Cut) -> Self {
        self.act(Action::At(bytes, cut))
    }

    /// Reads a rule. Words are separated by blanks, texts stand in double quotes with the
    /// escapes `\r \n \t \0 \" \\ \xNN`; verbs in any case, times as `200ms` or `2s`.
    ///
    /// ```text
    /// on VERB|any|connect [N | from N | every N] [name "PATTERN"] [argument "PATTERN"]
    ///    [foreign] [above N]
    ///    ACTION [and ACTION]…
    ///
    /// reply CODE ["TEXT"]      send-raw "BYTES"      silent      no reply     drop   reset   crash
    /// delay TIME               hold NAME             precede "BYTES"          follow "BYTES"
    /// no 1xx                   begin CODE ["TEXT"]   end CODE ["TEXT"]        end-early
    /// end-delay TIME           end-hold NAME         twice
    /// drop at CODE             reset at CODE
    /// announce ADDRESS[:PORT]  form "WORDS"          listing "BYTES"
    /// close-data after N       reset-data after N    stall after N            corrupt byte N
    /// fail CODE ["TEXT"] after N       hold NAME after N       pause TIME after N
    /// skip K after N           grow K after N        drop after N   kill after N   crash after N
    ///
    /// refuse VERB [foreign] with CODE ["TEXT"]       ignore VERB
    /// limit sessions N with CODE ["TEXT"]            silent after VERB
    /// drop control at CODE     CODE twice            no 1xx
    /// corrupt byte N on VERB   disk full CODE at N bytes
    /// ```
    ///
    /// # Errors
    /// [`FaultError`] with the word that is not understood.
    pub fn parse(line: &str) -> Result<Self, FaultError> {
        text::parse(line)
    }
}
