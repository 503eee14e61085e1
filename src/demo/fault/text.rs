//! The text form of fault rules: the parser behind [`Rule::parse`].

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::base::text::{nearest, visible};
use crate::demo::fault::{Action, Cut, Occurrence, Rule, Trigger, reply};
use crate::ftp::Reply;

/// The words that can start an action, for suggestions.
const ACTIONS: [&str; 30] = [
    "reply",
    "send-raw",
    "silent",
    "no",
    "drop",
    "reset",
    "crash",
    "kill",
    "delay",
    "hold",
    "precede",
    "follow",
    "begin",
    "end",
    "end-early",
    "end-delay",
    "end-hold",
    "twice",
    "announce",
    "form",
    "listing",
    "close-data",
    "reset-data",
    "stall",
    "corrupt",
    "fail",
    "pause",
    "skip",
    "grow",
    "ignore",
];

/// The words that can start a rule.
const RULES: [&str; 9] =
    ["on", "refuse", "ignore", "limit", "silent", "drop", "no", "corrupt", "disk"];

/// Why a fault rule could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultError {
    /// The word is not allowed at this point.
    #[error("fault rule: unexpected {word}{}", hint(.near))]
    Unknown {
        /// The word, with control characters escaped.
        word: String,
        /// A similar known word, if there is one.
        near: Option<&'static str>,
    },
    /// The rule ends too early.
    #[error("fault rule: {0} is missing")]
    Missing(&'static str),
    /// A word has the wrong form.
    #[error("fault rule: expected {expected}, found {word}")]
    Malformed {
        /// The word, with control characters escaped.
        word: String,
        /// What was expected in its place.
        expected: &'static str,
    },
    /// A quoted text has no closing quote.
    #[error("fault rule: unclosed quote")]
    OpenQuote,
}

fn hint(near: &Option<&'static str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// A word or a quoted text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(Vec<u8>),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Word(word) => visible(word.as_bytes()),
            Self::Text(text) => format!("\"{}\"", visible(text)),
        }
    }
}

/// Parses one rule.
pub(super) fn parse(line: &str) -> Result<Rule, FaultError> {
    let mut tokens = Tokens { tokens: split(line)?, at: 0 };
    let rule = tokens.rule()?;
    match tokens.next() {
        None => Ok(rule),
        Some(token) => Err(FaultError::Unknown { word: token.shown(), near: None }),
    }
}

fn split(line: &str) -> Result<Vec<Token>, FaultError> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let (text, after) = quoted(&rest[1..])?;
            tokens.push(Token::Text(text));
            rest = after;
        } else {
            let end = rest.find([' ', '\t', '"']).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// The text up to the closing quote, and the rest of the line.
fn quoted(text: &str) -> Result<(Vec<u8>, &str), FaultError> {
    let mut bytes = Vec::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((bytes, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, 'r')) => bytes.push(b'\r'),
                Some((_, 'n')) => bytes.push(b'\n'),
                Some((_, 't')) => bytes.push(b'\t'),
                Some((_, '0')) => bytes.push(0),
                Some((_, c @ ('"' | '\\'))) => bytes.push(c as u8),
                Some((at, 'x')) => {
                    let digits = text.get(at + 1..at + 3).unwrap_or_default();
                    let byte =
                        u8::from_str_radix(digits, 16).map_err(|_| FaultError::Malformed {
                            word: format!("\\x{digits}"),
                            expected: "two hexadecimal digits after \\x",
                        })?;
                    bytes.push(byte);
                    chars.nth(1);
                }
                Some((_, other)) => {
                    let word = format!("\\{other}");
                    return Err(FaultError::Malformed {
                        word,
                        expected: "an escape such as \\n or \\x00",
                    });
                }
                None => return Err(FaultError::OpenQuote),
            },
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err(FaultError::OpenQuote)
}

struct Tokens {
    tokens: Vec<Token>,
    at: usize,
}

impl Tokens {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn peek_word(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Consumes the word if it is next.
    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek_word() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn expect_word(&mut self, word: &'static str) -> Result<(), FaultError> {
        match self.next() {
            None => Err(FaultError::Missing(word)),
            Some(Token::Word(found)) if found == word => Ok(()),
            Some(token) => Err(FaultError::Malformed { word: token.shown(), expected: word }),
        }
    }

    fn word(&mut self, what: &'static str) -> Result<String, FaultError> {
        match self.next() {
            None => Err(FaultError::Missing(what)),
            Some(Token::Word(word)) => Ok(word),
            Some(token) => Err(FaultError::Malformed { word: token.shown(), expected: what }),
        }
    }

    fn parsed<T: FromStr>(&mut self, what: &'static str) -> Result<T, FaultError> {
        let word = self.word(what)?;
        word.parse()
            .map_err(|_| FaultError::Malformed { word: visible(word.as_bytes()), expected: what })
    }

    fn text(&mut self, what: &'static str) -> Result<Vec<u8>, FaultError> {
        match self.next() {
            None => Err(FaultError::Missing(what)),
            Some(Token::Text(text)) => Ok(text),
            Some(Token::Word(word)) => Ok(word.into_bytes()),
        }
    }

    fn string(&mut self, what: &'static str) -> Result<String, FaultError> {
        Ok(String::from_utf8_lossy(&self.text(what)?).into_owned())
    }

    fn verb(&mut self) -> Result<String, FaultError> {
        Ok(self.word("a command")?.to_ascii_uppercase())
    }

    fn code(&mut self) -> Result<u16, FaultError> {
        let code: u16 = self.parsed("a reply code")?;
        if (100..700).contains(&code) {
            return Ok(code);
        }
        Err(FaultError::Malformed { word: code.to_string(), expected: "a reply code" })
    }

    /// A code and, if one follows, its text.
    fn reply(&mut self) -> Result<Reply, FaultError> {
        let code = self.code()?;
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                let text = String::from_utf8_lossy(text).into_owned();
                self.at += 1;
                Ok(reply(code, &text))
            }
            _ => Ok(Reply::new(code, usual_text(code))),
        }
    }

    fn time(&mut self) -> Result<Duration, FaultError> {
        let word = self.word("a time such as 200ms or 2s")?;
        let malformed = || FaultError::Malformed {
            word: visible(word.as_bytes()),
            expected: "a time such as 200ms or 2s",
        };
        let (number, unit) = match word.strip_suffix("ms") {
            Some(number) => (number, 1),
            None => (word.strip_suffix('s').ok_or_else(malformed)?, 1000),
        };
        let number: u64 = number.parse().map_err(|_| malformed())?;
        Ok(Duration::from_millis(number.saturating_mul(unit)))
    }

    fn rule(&mut self) -> Result<Rule, FaultError> {
        let word = self.word("a rule")?;
        match word.as_str() {
            "on" => self.on(),
            "refuse" => {
                let mut rule = Rule::on(&self.verb()?);
                rule.foreign = self.accept("foreign");
                self.expect_word("with")?;
                Ok(rule.act(Action::Reply(self.reply()?)))
            }
            "ignore" => {
                let verb = self.verb()?;
                let code = if verb == "REST" { 350 } else { 200 };
                Ok(Rule::on(&verb).reply(code, "OK"))
            }
            "limit" => {
                self.expect_word("sessions")?;
                let rule = Rule::on_connect().above(self.parsed("a number")?);
                self.expect_word("with")?;
                Ok(rule.act(Action::Reply(self.reply()?)))
            }
            "silent" => {
                self.expect_word("after")?;
                Ok(Rule::on(&self.verb()?).silent())
            }
            "drop" => {
                self.expect_word("control")?;
                self.expect_word("at")?;
                Ok(Rule::on_any().drop_control_at(self.code()?))
            }
            "no" => {
                self.expect_word("1xx")?;
                Ok(Rule::on_any().no_1xx())
            }
            "corrupt" => {
                self.expect_word("byte")?;
                let at = self.parsed("a number")?;
                self.expect_word("on")?;
                Ok(Rule::on(&self.verb()?).at(at, Cut::Corrupt))
            }
            "disk" => {
                self.expect_word("full")?;
                let reply = self.reply()?;
                self.expect_word("at")?;
                let at = self.parsed("a number")?;
                self.accept("bytes");
                Ok(Rule::on("STOR").at(at, Cut::Fail(reply)))
            }
            word => match word.parse() {
                Ok(code) => {
                    self.expect_word("twice")?;
                    Ok(Rule::on_any().act(Action::Twice(Some(code))))
                }
                Err(_) => Err(unknown(word, &RULES)),
            },
        }
    }

    fn on(&mut self) -> Result<Rule, FaultError> {
        let what = self.word("a command")?;
        let mut rule = match what.as_str() {
            "any" | "*" => Rule::on_any(),
            "connect" => Rule::on_connect(),
            verb => Rule::new(Trigger::Verb(verb.to_ascii_uppercase())),
        };
        while let Some(word) = self.peek_word().map(str::to_owned) {
            match word.as_str() {
                "from" | "every" => {
                    self.at += 1;
                    let n = self.parsed("a number")?;
                    rule.occurrence =
                        if word == "from" { Occurrence::From(n) } else { Occurrence::Every(n) };
                }
                "name" => {
                    self.at += 1;
                    rule.name = Some(self.text("a pattern")?);
                }
                "argument" => {
                    self.at += 1;
                    rule.argument = Some(self.text("a pattern")?);
                }
                "foreign" => {
                    self.at += 1;
                    rule.foreign = true;
                }
                "above" => {
                    self.at += 1;
                    rule.above = Some(self.parsed("a number")?);
                }
                word => match word.parse() {
                    Ok(n) => {
                        self.at += 1;
                        rule.occurrence = Occurrence::Nth(n);
                    }
                    Err(_) => break,
                },
            }
        }
        loop {
            let action = self.action()?;
            rule.actions.push(action);
            if !self.accept("and") {
                return Ok(rule);
            }
        }
    }

    fn action(&mut self) -> Result<Action, FaultError> {
        let word = self.word("an action")?;
        Ok(match word.as_str() {
            "reply" => Action::Reply(self.reply()?),
            "send-raw" => Action::Raw(self.text("the bytes")?),
            "silent" => Action::Silent,
            "ignore" => Action::Reply(Reply::new(200, "OK")),
            "no" if self.accept("reply") => Action::Mute,
            "no" => {
                self.expect_word("1xx")?;
                Action::NoBegin
            }
            "drop" | "reset" if self.accept("at") => Action::DropAt(self.code()?, word == "reset"),
            "drop" if self.accept("after") => self.cut(Cut::DropControl)?,
            "drop" | "reset" => {
                self.accept("control");
                Action::Drop(word == "reset")
            }
            "crash" if self.accept("after") => self.cut(Cut::Crash)?,
            "crash" => Action::Crash,
            "delay" => Action::Delay(self.time()?),
            "hold" => {
                let name = self.word("a name")?;
                if self.accept("after") { self.cut(Cut::Hold(name))? } else { Action::Hold(name) }
            }
            "precede" => Action::Before(self.text("the bytes")?),
            "follow" => Action::After(self.text("the bytes")?),
            "begin" => Action::Begin(self.reply()?),
            "end" => Action::End(self.reply()?),
            "end-early" => Action::EndEarly,
            "end-delay" => Action::EndDelay(self.time()?),
            "end-hold" => Action::EndHold(self.word("a name")?),
            "twice" => Action::Twice(None),
            "announce" => self.announce()?,
            "form" => Action::Form(self.string("the words")?),
            "listing" => Action::Listing(self.text("the bytes")?),
            "corrupt" => {
                self.expect_word("byte")?;
                self.cut(Cut::Corrupt)?
            }
            "close-data" => self.after(Cut::Close)?,
            "reset-data" => self.after(Cut::Reset)?,
            "stall" => self.after(Cut::Stall)?,
            "kill" => self.after(Cut::Kill)?,
            "fail" => {
                let reply = self.reply()?;
                self.after(Cut::Fail(reply))?
            }
            "pause" => {
                let time = self.time()?;
                self.after(Cut::Pause(time))?
            }
            "skip" => {
                let count = self.parsed("a number")?;
                self.after(Cut::Skip(count))?
            }
            "grow" => {
                let count = self.parsed("a number")?;
                self.after(Cut::Grow(count))?
            }
            other => return Err(unknown(other, &ACTIONS)),
        })
    }

    fn after(&mut self, cut: Cut) -> Result<Action, FaultError> {
        self.expect_word("after")?;
        self.cut(cut)
    }

    fn cut(&mut self, cut: Cut) -> Result<Action, FaultError> {
        Ok(Action::At(self.parsed("a number of bytes")?, cut))
    }

    fn announce(&mut self) -> Result<Action, FaultError> {
        let word = self.word("an address")?;
        if let Ok(ip) = word.parse::<IpAddr>() {
            return Ok(Action::Announce(ip, None));
        }
        match word.parse::<SocketAddr>() {
            Ok(address) => Ok(Action::Announce(address.ip(), Some(address.port()))),
            Err(_) => Err(FaultError::Malformed {
                word: visible(word.as_bytes()),
                expected: "an address such as 10.0.0.1 or 10.0.0.1:2121",
            }),
        }
    }
}

fn unknown(word: &str, known: &[&'static str]) -> FaultError {
    let near = nearest(word, known.iter().copied())
        .and_then(|near| known.iter().copied().find(|word| *word == near));
    FaultError::Unknown { word: visible(word.as_bytes()), near }
}

/// The usual text of a reply with this code.
fn usual_text(code: u16) -> &'static str {
    match code {
        421 => "Service not available, closing control connection.",
        425 => "Cannot open data connection.",
        426 => "Connection closed; transfer aborted.",
        450 => "Requested file action not taken.",
        451 => "Requested action aborted: local error in processing.",
        452 => "Insufficient storage space in system.",
        500 => "Syntax error, command unrecognized.",
        501 => "Syntax error in parameters or arguments.",
        502 => "Command not implemented.",
        503 => "Bad sequence of commands.",
        504 => "Command not implemented for that parameter.",
        530 => "Not logged in.",
        532 => "Need account for storing files.",
        550 => "Requested action not taken.",
        552 => "Exceeded storage allocation.",
        553 => "File name not allowed.",
        100..200 => "Begun.",
        300..400 => "More is needed.",
        200..300 => "Done.",
        _ => "Not done.",
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
