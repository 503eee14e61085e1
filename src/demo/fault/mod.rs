//! Faults that a test or a user scripts: a rule says when the server misbehaves, and how.
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
//! The same as text, one rule per line, for the command line; see [`Rule::parse`] for the grammar:
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

/// One fault: a condition and the actions that it triggers.
///
/// Conditions narrow the rule; actions accumulate. A rule without actions only counts. If several
/// rules match, all apply, and later rules override earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub(crate) on: Trigger,
    pub(crate) occurrence: Occurrence,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) argument: Option<Vec<u8>>,
    pub(crate) foreign: bool,
    pub(crate) above: Option<usize>,
    pub(crate) actions: Vec<Action>,
}

/// The event that a rule applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A client connects.
    Connect,
    /// A command with this verb, in upper case.
    Verb(String),
    /// Any command.
    Any,
}

/// Which of the matching events trigger the rule. They are counted for the whole server, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occurrence {
    Always,
    Nth(u64),
    From(u64),
    Every(u64),
}

/// What a rule does when it triggers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Sends this reply instead of executing the command.
    Reply(Reply),
    /// Sends these bytes instead of executing the command.
    Raw(Vec<u8>),
    /// Neither executes the command nor replies.
    Silent,
    /// Executes the command, but omits the final reply.
    Mute,
    /// Closes the control connection instead of executing the command, with a TCP reset if true.
    Drop(bool),
    /// Crashes the whole server: all sessions and the port.
    Crash,
    /// Waits before executing the command.
    Delay(Duration),
    /// Waits before executing the command until the test releases it.
    Hold(String),
    /// Sends these bytes before the reply.
    Before(Vec<u8>),
    /// Sends these bytes after the final reply.
    After(Vec<u8>),
    /// Omits the 1xx reply.
    NoBegin,
    /// Starts a transfer with this reply.
    Begin(Reply),
    /// Sends this final reply, whatever the outcome.
    End(Reply),
    /// Waits before the final reply.
    EndDelay(Duration),
    /// Holds the final reply until the test releases it.
    EndHold(String),
    /// Sends the final reply directly after the 1xx, before the data.
    EndEarly,
    /// Sends replies with this code twice; all final replies if `None`.
    Twice(Option<u16>),
    /// Closes the control connection instead of sending a reply with this code, with a TCP reset if
    /// true.
    DropAt(u16, bool),
    /// Announces this address for a passive port.
    Announce(IpAddr, Option<u16>),
    /// Announces a passive port with this text.
    Form(String),
    /// Sends this as the data of a listing.
    Listing(Vec<u8>),
    /// Does something to the data connection after this many bytes.
    At(u64, Cut),
}

/// What happens to a data connection in the middle of a transfer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Cut {
    /// Closes the connection cleanly, as if the data were complete.
    Close,
    /// Closes the connection cleanly, and ends the transfer with this reply.
    Fail(Reply),
    /// Resets the connection.
    Reset,
    /// Stops moving data until the transfer is aborted.
    Stall,
    /// Stops moving data until the test releases it.
    Hold(String),
    /// Stops moving data for this time.
    Pause(Duration),
    /// Corrupts the next byte.
    Corrupt,
    /// Drops the next bytes.
    Skip(u64),
    /// Appends this many bytes to the file that is being sent.
    Grow(u64),
    /// Closes the control connection; whether the data continues depends on the personality.
    DropControl,
    /// Closes the control and data connections, as if the process of the session were killed.
    Kill,
    /// Crashes the whole server.
    Crash,
}

impl Cut {
    /// Closes the connection cleanly, and ends the transfer with this reply.
    #[must_use]
    pub fn fail(code: u16, text: &str) -> Self {
        Self::Fail(reply(code, text))
    }
}

/// A reply; line feeds in `text` separate its lines.
pub(crate) fn reply(code: u16, text: &str) -> Reply {
    Reply { code, lines: text.split('\n').map(|line| line.as_bytes().to_vec()).collect() }
}

impl Rule {
    fn new(on: Trigger) -> Self {
        Self {
            on,
            occurrence: Occurrence::Always,
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

    /// Applies to this command.
    #[must_use]
    pub fn on(verb: &str) -> Self {
        Self::new(Trigger::Verb(verb.to_ascii_uppercase()))
    }

    /// Applies to every command.
    #[must_use]
    pub fn on_any() -> Self {
        Self::new(Trigger::Any)
    }

    /// Applies when a client connects: replaces or surrounds the greeting.
    #[must_use]
    pub fn on_connect() -> Self {
        Self::new(Trigger::Connect)
    }

    /// Only the `n`th match, counted from 1 for the whole server.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.occurrence = Occurrence::Nth(n);
        self
    }

    /// From the `n`th match on.
    #[must_use]
    pub fn from_nth(mut self, n: u64) -> Self {
        self.occurrence = Occurrence::From(n);
        self
    }

    /// Every `n`th match.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.occurrence = Occurrence::Every(n);
        self
    }

    /// Only if the argument matches a pattern of `*` and `?`: the last component of the path, or
    /// the whole absolute path if the pattern contains a `/`.
    #[must_use]
    pub fn named(mut self, pattern: &str) -> Self {
        self.name = Some(pattern.as_bytes().to_vec());
        self
    }

    /// Only if the raw argument matches a pattern of `*` and `?`, for example the options of LIST
    /// or the subcommand of SITE.
    #[must_use]
    pub fn with_argument(mut self, pattern: &str) -> Self {
        self.argument = Some(pattern.as_bytes().to_vec());
        self
    }

    /// Only for PORT and EPRT with an address other than the client's.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    /// Only while more than `n` sessions are open, including this one.
    #[must_use]
    pub fn above(mut self, n: usize) -> Self {
        self.above = Some(n);
        self
    }

    /// Sends this reply instead of executing the command; line feeds in the text make a multi-line
    /// reply. On connect, any code other than 2xx ends the session.
    #[must_use]
    pub fn reply(self, code: u16, text: &str) -> Self {
        self.act(Action::Reply(reply(code, text)))
    }

    /// Sends these bytes unchanged instead of executing the command.
    #[must_use]
    pub fn send_raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::Raw(bytes.into()))
    }

    /// Neither executes the command nor replies.
    #[must_use]
    pub fn silent(self) -> Self {
        self.act(Action::Silent)
    }

    /// Executes the command, but omits the final reply.
    #[must_use]
    pub fn mute(self) -> Self {
        self.act(Action::Mute)
    }

    /// Closes the control connection instead of executing the command.
    #[must_use]
    pub fn drop_control(self) -> Self {
        self.act(Action::Drop(false))
    }

    /// Resets the control connection instead of executing the command.
    #[must_use]
    pub fn reset_control(self) -> Self {
        self.act(Action::Drop(true))
    }

    /// Crashes the whole server instead of executing the command, as `kill -9` would; see
    /// [`super::Server::restart`].
    #[must_use]
    pub fn crash(self) -> Self {
        self.act(Action::Crash)
    }

    /// Waits before executing the command.
    #[must_use]
    pub fn delay(self, time: Duration) -> Self {
        self.act(Action::Delay(time))
    }

    /// Waits before executing the command until [`super::Server::release`] is called with this
    /// name.
    #[must_use]
    pub fn hold(self, name: &str) -> Self {
        self.act(Action::Hold(name.to_owned()))
    }

    /// Sends these bytes before the reply, for example an unsolicited 421.
    #[must_use]
    pub fn precede(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::Before(bytes.into()))
    }

    /// Sends these bytes after the final reply.
    #[must_use]
    pub fn follow(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::After(bytes.into()))
    }

    /// Omits the 1xx of a transfer (quirk 6).
    #[must_use]
    pub fn no_1xx(self) -> Self {
        self.act(Action::NoBegin)
    }

    /// Starts a transfer with this reply, for example 125 (quirk 7).
    #[must_use]
    pub fn begin(self, code: u16, text: &str) -> Self {
        self.act(Action::Begin(reply(code, text)))
    }

    /// Executes the command, and sends this final reply whatever the outcome, for example a 250 or
    /// a wrong 426.
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

    /// Sends the final reply directly after the 1xx, before the data (quirk 8).
    #[must_use]
    pub fn end_early(self) -> Self {
        self.act(Action::EndEarly)
    }

    /// Sends the final reply twice (quirk 5).
    #[must_use]
    pub fn twice(self) -> Self {
        self.act(Action::Twice(None))
    }

    /// Closes the control connection instead of sending a reply with this code.
    #[must_use]
    pub fn drop_control_at(self, code: u16) -> Self {
        self.act(Action::DropAt(code, false))
    }

    /// Resets the control connection instead of sending a reply with this code.
    #[must_use]
    pub fn reset_control_at(self, code: u16) -> Self {
        self.act(Action::DropAt(code, true))
    }

    /// Announces this address instead of the server's own (quirk 19), and this port if one is
    /// given.
    #[must_use]
    pub fn announce(self, ip: IpAddr, port: Option<u16>) -> Self {
        self.act(Action::Announce(ip, port))
    }

    /// Announces a passive port with this text: `{address}` becomes `h1,h2,h3,h4,p1,p2`, `{short}`
    /// becomes `p1,p2`, `{port}` the port number (quirks 16 to 18).
    #[must_use]
    pub fn form(self, words: &str) -> Self {
        self.act(Action::Form(words.to_owned()))
    }

    /// Sends this as the data of LIST, NLST or MLSD.
    #[must_use]
    pub fn listing(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.act(Action::Listing(bytes.into()))
    }

    /// Does this to the data connection after `bytes` bytes (0: before the first one).
    #[must_use]
    pub fn at(self, bytes: u64, cut: Cut) -> Self {
        self.act(Action::At(bytes, cut))
    }

    /// Parses a rule. Words are separated by spaces. Texts are enclosed in double quotes, with the
    /// escapes `\r \n \t \0 \" \\ \xNN`. Verbs are case-insensitive; times look like `200ms` or
    /// `2s`.
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
    /// [`FaultError`] naming the word that could not be parsed.
    pub fn parse(line: &str) -> Result<Self, FaultError> {
        text::parse(line)
    }
}
