//! The encoding of a server's names, if it is not UTF-8: conversion to UTF-8 and back.
//!
//! Inside the program the names of such a server are UTF-8; only the control connection and the
//! listing parser handle the server's bytes. A name that is copied from one server to another is
//! therefore converted automatically, and a name that cannot be encoded for the target is refused
//! before anything is sent (docs/transfer-rules.md "Names", quirks 56 to 58).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

/// Commands that create a name, which must be valid for all clients.
const CREATING_VERBS: [&str; 5] = ["STOR", "APPE", "MKD", "XMKD", "RNTO"];

/// Why a command line cannot be encoded for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unencodable {
    /// A character does not exist in the server's encoding.
    NoSuchCharacter,
    /// It would contain the byte 0xFF (quirk 58).
    TelnetIac,
}

/// The encoding of a server's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// `None` if the encoding is not ASCII-compatible, such as UTF-16: a command line cannot carry
    /// it.
    #[must_use]
    pub fn new(encoding: &'static Encoding) -> Option<Self> {
        encoding.is_ascii_compatible().then_some(Self(encoding))
    }

    /// The name of the encoding.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// True for UTF-8.
    #[must_use]
    pub fn is_utf8(self) -> bool {
        self.0 == UTF_8
    }

    /// Converts a name or a path to UTF-8.
    ///
    /// A name that is invalid in this encoding, or does not convert back to the same bytes, is
    /// prefixed with a NUL, and invalid bytes become replacement characters. Such a name can be
    /// displayed, but every command refuses it. Names of UTF-8 servers are not changed.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        if self.is_utf8() || bytes.is_ascii() {
            return Cow::Borrowed(bytes);
        }
        if let Some(text) = self.0.decode_without_bom_handling_and_without_replacement(bytes)
            && self.bytes_of(&text).is_some_and(|back| *back == *bytes)
        {
            return match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            };
        }
        let (text, _) = self.0.decode_without_bom_handling(bytes);
        Cow::Owned(format!("\0{text}").into_bytes())
    }

    /// Converts a line of a reply to UTF-8; returns the bytes unchanged if they are invalid in this
    /// encoding.
    #[must_use]
    pub fn decode_reply(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        if self.is_utf8() || bytes.is_ascii() {
            return Cow::Borrowed(bytes);
        }
        match self.0.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => Cow::Owned(text.into_owned().into_bytes()),
            None => Cow::Borrowed(bytes),
        }
    }

    /// Encodes a command line for this server.
    ///
    /// # Errors
    /// [`Unencodable`].
    pub fn encode<'a>(self, verb: &str, line: &'a [u8]) -> Result<Cow<'a, [u8]>, Unencodable> {
        if line.is_ascii() {
            return Ok(Cow::Borrowed(line));
        }
        let creates = CREATING_VERBS.iter().any(|creates| verb.eq_ignore_ascii_case(creates));
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            // names of existing files are sent as the server listed them
            Err(_) if self.is_utf8() && !creates => return Ok(Cow::Borrowed(line)),
            Err(_) => return Err(Unencodable::NoSuchCharacter),
        };
        let bytes = self.bytes_of(text).ok_or(Unencodable::NoSuchCharacter)?;
        if bytes.contains(&0xff) {
            return Err(Unencodable::TelnetIac);
        }
        Ok(bytes)
    }

    fn bytes_of(self, text: &str) -> Option<Cow<'_, [u8]>> {
        let (bytes, _, lost) = self.0.encode(text);
        (!lost).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{GB18030, SHIFT_JIS, UTF_16LE, WINDOWS_1251, WINDOWS_1252};

    use super::*;
    use crate::ftp::{Command, CommandError};

    fn sent(charset: Charset, verb: &str, name: &str) -> Result<Vec<u8>, CommandError> {
        Command::with(verb, name)?.bytes_in(Some(charset)).map(Cow::into_owned)
    }

    #[test]
    fn names_round_trip() {
        let cyrillic = Charset::new(WINDOWS_1251).unwrap();
        assert_eq!(&*cyrillic.decode(b"\xef\xf0\xe8\xe2\xe5\xf2"), "привет".as_bytes());
        assert_eq!(sent(cyrillic, "RETR", "привет").unwrap(), b"RETR \xef\xf0\xe8\xe2\xe5\xf2");
        assert_eq!(&*cyrillic.decode(b"plain.txt"), b"plain.txt");
        assert!(Charset::new(UTF_16LE).is_none());
    }

    #[test]
    fn unencodable_names_are_refused() {
        let latin = Charset::new(WINDOWS_1252).unwrap();
        let error = sent(latin, "STOR", "привет").unwrap_err();
        assert!(error.to_string().contains("windows-1252"), "{error}");
        // я is 0xFF in windows-1251, a telnet command
        let cyrillic = Charset::new(WINDOWS_1251).unwrap();
        assert!(matches!(sent(cyrillic, "STOR", "я"), Err(CommandError::Telnet { .. })));
        // errors do not contain secrets
        assert!(!sent(latin, "PASS", "привет").unwrap_err().to_string().contains("привет"));
        // configured UTF-8: only valid names can be created, but existing names stay reachable
        let utf8 = Charset::new(UTF_8).unwrap();
        let raw = |verb| Command::with(verb, b"\xe4").unwrap().bytes_in(Some(utf8)).is_ok();
        assert!(raw("DELE") && !raw("MKD"));
    }

    #[test]
    fn invalid_names_can_be_displayed_but_not_sent() {
        let japanese = Charset::new(SHIFT_JIS).unwrap();
        let name = japanese.decode(b"\x83e\x83X\x83g\xfd");
        assert!(name.starts_with(b"\0"));
        assert!(!crate::base::path::is_usable_name(&name));
        assert!(Command::with("RETR", &name).is_err());
    }

    proptest::proptest! {
        #[test]
        fn valid_names_convert_back_to_the_same_bytes(name: Vec<u8>) {
            proptest::prop_assume!(!name.iter().any(|b| matches!(b, 0 | b'\r' | b'\n' | 0xff)));
            for encoding in [WINDOWS_1251, SHIFT_JIS, GB18030] {
                let charset = Charset::new(encoding).unwrap();
                let text = charset.decode(&name).into_owned();
                if let Ok(command) = Command::with("RETR", &text) {
                    let line = command.bytes_in(Some(charset)).unwrap();
                    assert_eq!(&line[5..], &name[..]);
                }
            }
        }
    }
}
