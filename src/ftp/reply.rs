//! Replies: an incremental parser that tolerates the deviations of real servers.
//!
//! RFC 959 section 4.2 with quirks 1 to 7: inner lines that look like codes, replies that are never
//! terminated, codes without text, bare line feeds.

use thiserror::Error;

use crate::base::{Stamp, text};

/// The longest accepted line, in bytes (quirk 86).
pub const MAX_LINE: usize = 64 * 1024;
/// The longest accepted reply, in bytes; STAT listings of large directories are shorter.
pub const MAX_REPLY: usize = 16 * 1024 * 1024;

/// The class of a reply, given by its first digit (RFC 959 section 4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 1yz: started; another reply follows.
    Preliminary,
    /// 2yz: completed.
    Completion,
    /// 3yz: accepted; another command must follow.
    Intermediate,
    /// 4yz: failed; a retry may succeed.
    Transient,
    /// 5yz: failed. Also 6yz, which RFC 2228 uses for protected replies that this program never
    /// requests.
    Permanent,
}

/// A complete reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The three-digit code.
    pub code: u16,
    /// The text of each line. The first and the last line (and inner lines that repeat `code-`) are
    /// without code and separator; the others are as sent.
    pub lines: Vec<Vec<u8>>,
}

impl Reply {
    /// Replaces a secret with stars, because some servers repeat the argument of `PASS` in an error
    /// reply. Secrets shorter than three bytes are not masked: they are too likely to occur by
    /// chance.
    pub fn mask(&mut self, secret: &[u8]) {
        const STARS: &[u8; 4] = b"****";
        if secret.len() < 3 || STARS.windows(secret.len()).any(|part| part == secret) {
            return;
        }
        for line in &mut self.lines {
            while let Some(at) = line.windows(secret.len()).position(|part| part == secret) {
                line.splice(at..at + secret.len(), *STARS);
            }
        }
    }

    /// A single-line reply.
    #[must_use]
    pub fn new(code: u16, line: &str) -> Self {
        Self { code, lines: vec![line.as_bytes().to_vec()] }
    }

    /// The class of the reply.
    #[must_use]
    pub fn class(&self) -> Class {
        match self.code / 100 {
            1 => Class::Preliminary,
            2 => Class::Completion,
            3 => Class::Intermediate,
            4 => Class::Transient,
            _ => Class::Permanent,
        }
    }

    /// True for 2yz.
    #[must_use]
    pub fn is_completion(&self) -> bool {
        self.class() == Class::Completion
    }

    /// True for 1yz.
    #[must_use]
    pub fn is_preliminary(&self) -> bool {
        self.class() == Class::Preliminary
    }

    /// True for 500, 502 and 504: the server does not support the command.
    #[must_use]
    pub fn is_unknown_command(&self) -> bool {
        matches!(self.code, 500 | 502 | 504)
    }

    /// True for a refusal that means that the file does not exist: 550 without a word about
    /// permissions or the transfer type (RFC 959 section 4.2.2: "file not found, no access").
    #[must_use]
    pub fn reports_absence(&self) -> bool {
        let other = ["permi", "denied", "not allowed", "forbidden", "privilege", "ascii"];
        self.code == 550 && !other.iter().any(|words| self.mentions(words))
    }

    /// The number in a 213 reply to SIZE (RFC 3659 section 4).
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        if self.code != 213 {
            return None;
        }
        std::str::from_utf8(self.text().trim_ascii()).ok()?.parse().ok()
    }

    /// The names in the lines `X-DUPE: name` of a refused STOR (quirk 67).
    pub fn duplicates(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter_map(|line| {
            let line = line.trim_ascii_start();
            let (word, name) = line.split_at_checked(b"X-DUPE:".len())?;
            let name = name.trim_ascii();
            (word.eq_ignore_ascii_case(b"X-DUPE:") && !name.is_empty()).then_some(name)
        })
    }

    /// The time in a 213 reply to MDTM (RFC 3659 section 3).
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        if self.code != 213 {
            return None;
        }
        Stamp::from_digits(std::str::from_utf8(self.text()).ok()?)
    }

    /// The text of the last line, which usually contains the information.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.lines.last().map_or(&[], Vec::as_slice)
    }

    /// Code and text on one line, safe to show: `550 No such file.`
    #[must_use]
    pub fn shown(&self) -> String {
        let text: Vec<String> =
            self.lines.iter().map(|line| text::visible(line.trim_ascii())).collect();
        let text = text.iter().filter(|line| !line.is_empty()).cloned().collect::<Vec<_>>();
        format!("{} {}", self.code, text.join(" / ")).trim_end().to_owned()
    }

    /// True if a line contains the words, ignoring case.
    #[must_use]
    pub fn mentions(&self, words: &str) -> bool {
        let words = words.to_ascii_lowercase();
        self.lines
            .iter()
            .any(|line| String::from_utf8_lossy(line).to_ascii_lowercase().contains(&words))
    }
}

/// Why bytes are not a valid reply. The connection is then unusable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReplyError {
    /// A reply that does not begin with a reply code.
    #[error("not an FTP reply: {0}")]
    NotReply(String),
    /// A line longer than [`MAX_LINE`] or a reply longer than [`MAX_REPLY`].
    #[error("the reply is too long (at least {0} bytes)")]
    TooLong(usize),
}

/// Splits a byte stream into replies. Add bytes with [`ReplyParser::push`].
#[derive(Debug, Default)]
pub struct ReplyParser {
    buffer: Vec<u8>,
    /// Where the search for a line feed continues, so that a long line that arrives slowly takes
    /// linear time.
    searched: usize,
    /// Where the next line starts.
    start: usize,
    open: Option<Reply>,
    size: usize,
}

impl ReplyParser {
    /// A parser without input.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete reply; `None` if more bytes are needed.
    ///
    /// # Errors
    /// [`ReplyError`] when the bytes are not a reply; the parser is then unusable.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, ReplyError> {
        while let Some(line) = self.next_line()? {
            if let Some(reply) = self.take_line(&line)? {
                return Ok(Some(reply));
            }
        }
        Ok(None)
    }

    /// True if no input is pending: neither an open reply nor an incomplete line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_none() && self.buffer.len() == self.start
    }

    /// Closes an open multi-line reply after the server stopped sending (quirk 2). Returns it if
    /// its last line has a code of the same class.
    pub fn settle(&mut self) -> Option<Reply> {
        let open = self.open.as_ref()?;
        let last = open.lines.last()?;
        let (code, separator) = code_of(last)?;
        if separator == Some(b'-') || code / 100 != open.code / 100 || open.lines.len() < 2 {
            return None;
        }
        let mut reply = self.open.take()?;
        if let Some(last) = reply.lines.last_mut() {
            last.drain(..last.len().min(4));
        }
        self.size = 0;
        Some(reply)
    }

    /// The next line without its line end. CR NUL inside it is a CR (RFC 854); one CR before LF is
    /// dropped.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, ReplyError> {
        let from = self.searched.max(self.start);
        let Some(at) = self.buffer[from..].iter().position(|&b| b == b'\n') else {
            self.searched = self.buffer.len();
            let pending = self.buffer.len() - self.start;
            if self.start > 0 {
                self.buffer.drain(..self.start);
                self.searched -= self.start;
                self.start = 0;
            }
            return if pending > MAX_LINE { Err(ReplyError::TooLong(pending)) } else { Ok(None) };
        };
        let end = from + at;
        let raw = &self.buffer[self.start..end];
        if raw.len() > MAX_LINE {
            return Err(ReplyError::TooLong(raw.len()));
        }
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        let mut line = Vec::with_capacity(raw.len());
        for (at, &byte) in raw.iter().enumerate() {
            if byte != 0 || at == 0 || raw[at - 1] != b'\r' {
                line.push(byte);
            }
        }
        self.start = end + 1;
        self.searched = self.start;
        Ok(Some(line))
    }

    fn take_line(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        self.size += line.len();
        if self.size > MAX_REPLY {
            return Err(ReplyError::TooLong(self.size));
        }
        let Some(mut open) = self.open.take() else {
            self.size = line.len();
            if line.trim_ascii().is_empty() {
                return Ok(None); // empty lines between replies (quirk 3)
            }
            let Some((code, separator)) = code_of(line) else {
                return Err(ReplyError::NotReply(excerpt(line)));
            };
            let reply = Reply { code, lines: vec![after_code(line)] };
            if separator == Some(b'-') {
                self.open = Some(reply);
                return Ok(None);
            }
            return Ok(Some(reply));
        };
        match code_of(line) {
            // only the same code closes a reply (quirk 1); an inner `code-` line does not
            Some((code, separator)) if code == open.code => {
                open.lines.push(after_code(line));
                if separator == Some(b'-') {
                    self.open = Some(open);
                    return Ok(None);
                }
                self.size = 0;
                Ok(Some(open))
            }
            _ => {
                open.lines.push(line.to_vec());
                self.open = Some(open);
                Ok(None)
            }
        }
    }
}

/// The code of a line and the byte after it; `None` if the line does not begin with a code.
fn code_of(line: &[u8]) -> Option<(u16, Option<u8>)> {
    let (digits, rest) = line.split_first_chunk::<3>()?;
    if !digits.iter().all(u8::is_ascii_digit) || !(b'1'..=b'6').contains(&digits[0]) {
        return None;
    }
    let separator = rest.first().copied();
    if !matches!(separator, None | Some(b' ' | b'-' | b'\t')) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    Some((code, separator))
}

fn after_code(line: &[u8]) -> Vec<u8> {
    line.get(4..).unwrap_or_default().to_vec()
}

/// The start of a line, for an error message.
fn excerpt(line: &[u8]) -> String {
    let shown = text::visible(&line[..line.len().min(80)]);
    if line.len() > 80 { format!("{shown}…") } else { shown }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
