//! The encoding of one server's names, where it is not UTF-8: bytes to text and back.
//!
//! Inside the program a name of such a server is its text in UTF-8; only the control connection
//! and the reader of listings know the server's bytes. So a name that goes from one server to
//! another is mapped bytes → text → bytes of the target by itself, and a name that cannot be said
//! there is refused before anything is sent (design section 5, reference quirks 56 to 58).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

/// Commands that give a name to something: what is made must be readable for everybody.
const MAKES: [&str; 5] = ["STOR", "APPE", "MKD", "XMKD", "RNTO"];

/// Why a command line cannot be said to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsayable {
    /// Its text does not exist in the server's encoding.
    Foreign,
    /// It would hold the byte 0xFF (quirk 58).
    Telnet,
}

/// The encoding of one server's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// An encoding in which ASCII means ASCII; `None` for the others, such as UTF-16, which no
    /// command line can carry.
    #[must_use]
    pub fn new(encoding: &'static Encoding) -> Option<Self> {
        encoding.is_ascii_compatible().then_some(Self(encoding))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// True for UTF-8.
    #[must_use]
    pub fn is_utf8(self) -> bool {
        self.0 == UTF_8
    }

    /// A name or a path as text, in UTF-8.
    ///
    /// What is no text in this encoding, or would not come back as the same bytes, gets a NUL in
    /// front and marks where bytes were lost: such a name can be shown, and every command refuses
    /// it. Names of UTF-8 servers are left as they are.
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

    /// What a server said, as text for people and for reading paths out of it; bytes that are no
    /// text stay.
    #[must_use]
    pub fn decode_words(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        if self.is_utf8() || bytes.is_ascii() {
            return Cow::Borrowed(bytes);
        }
        match self.0.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => Cow::Owned(text.into_owned().into_bytes()),
            None => Cow::Borrowed(bytes),
        }
    }

    /// A command line as this server reads it.
    ///
    /// # Errors
    /// [`Unsayable`].
    pub fn encode<'a>(self, verb: &str, line: &'a [u8]) -> Result<Cow<'a, [u8]>, Unsayable> {
        if line.is_ascii() {
            return Ok(Cow::Borrowed(line));
        }
        let makes = MAKES.iter().any(|makes| verb.eq_ignore_ascii_case(makes));
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            // names that are there already are asked for as they are
            Err(_) if self.is_utf8() && !makes => return Ok(Cow::Borrowed(line)),
            Err(_) => return Err(Unsayable::Foreign),
        };
        let bytes = self.bytes_of(text).ok_or(Unsayable::Foreign)?;
        if bytes.contains(&0xff) {
            return Err(Unsayable::Telnet);
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
    fn names_go_over_and_come_back() {
        let cyrillic = Charset::new(WINDOWS_1251).unwrap();
        assert_eq!(&*cyrillic.decode(b"\xef\xf0\xe8\xe2\xe5\xf2"), "привет".as_bytes());
        assert_eq!(sent(cyrillic, "RETR", "привет").unwrap(), b"RETR \xef\xf0\xe8\xe2\xe5\xf2");
        assert_eq!(&*cyrillic.decode(b"plain.txt"), b"plain.txt");
        assert!(Charset::new(UTF_16LE).is_none());
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let latin = Charset::new(WINDOWS_1252).unwrap();
        let error = sent(latin, "STOR", "привет").unwrap_err();
        assert!(error.to_string().contains("windows-1252"), "{error}");
        // я is 0xFF there, which telnet would swallow
        let cyrillic = Charset::new(WINDOWS_1251).unwrap();
        assert!(matches!(sent(cyrillic, "STOR", "я"), Err(CommandError::Telnet { .. })));
        // a secret is no part of an error
        assert!(!sent(latin, "PASS", "привет").unwrap_err().to_string().contains("привет"));
        // UTF-8 on purpose: nothing else is made there, what is there can be reached
        let utf8 = Charset::new(UTF_8).unwrap();
        let raw = |verb| Command::with(verb, b"\xe4").unwrap().bytes_in(Some(utf8)).is_ok();
        assert!(raw("DELE") && !raw("MKD"));
    }

    #[test]
    fn bytes_that_are_no_text_can_be_shown_and_not_used() {
        let japanese = Charset::new(SHIFT_JIS).unwrap();
        let name = japanese.decode(b"\x83e\x83X\x83g\xfd");
        assert!(name.starts_with(b"\0"));
        assert!(!crate::base::path::is_usable_name(&name));
        assert!(Command::with("RETR", &name).is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_can_be_used_comes_back_as_the_same_bytes(name: Vec<u8>) {
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
