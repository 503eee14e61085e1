//! FTP commands. They are guaranteed to contain no CR, LF, NUL or telnet command byte.

use std::borrow::Cow;

use thiserror::Error;

use crate::base::text;
use crate::ftp::charset::{Charset, Unencodable};

/// Verbs whose argument is secret and masked wherever the command is shown.
const SECRET_VERBS: [&str; 2] = ["PASS", "ACCT"];

/// A command line as it is sent, without its CRLF (RFC 959 section 5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    line: Vec<u8>,
    verb: usize,
}

/// Why a command cannot be built or encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommandError {
    /// The argument contains a byte that would end the line, which could inject another command.
    #[error("{verb}: {name} contains a line break or NUL, which FTP commands cannot carry")]
    LineBreak {
        /// The verb of the command.
        verb: String,
        /// The argument, with control characters made visible.
        name: String,
    },
    /// The argument contains 0xFF, which many servers interpret as a telnet command (RFC 959
    /// section 5.3.1, quirk 58).
    #[error(
        "{verb}: {name} contains the byte 0xFF, which FTP servers interpret as a telnet command; \
         rename it on the server first"
    )]
    Telnet {
        /// The verb of the command.
        verb: String,
        /// The argument, with control characters made visible.
        name: String,
    },
    /// The name cannot be represented in the encoding of the site.
    #[error("{verb}: {name} cannot be encoded in {encoding}, the encoding of the site")]
    Unencodable {
        /// The verb of the command.
        verb: String,
        /// The argument, with control characters made visible.
        name: String,
        /// The name of the encoding.
        encoding: &'static str,
    },
}

impl Command {
    /// A command without an argument, such as `PASV`.
    #[must_use]
    pub fn bare(verb: &'static str) -> Self {
        Self { line: verb.as_bytes().to_vec(), verb: verb.len() }
    }

    /// A command with an argument. The bytes are sent unchanged.
    ///
    /// # Errors
    /// [`CommandError`] when the argument contains CR, LF, NUL or 0xFF.
    pub fn with(verb: &str, argument: impl AsRef<[u8]>) -> Result<Self, CommandError> {
        let argument = argument.as_ref();
        // an invalid password must be masked too
        let refused = |bytes: &[u8]| {
            let name = if is_secret(verb) { "****".to_owned() } else { text::visible(bytes) };
            (verb.to_owned(), name)
        };
        if argument.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            let (verb, name) = refused(argument);
            return Err(CommandError::LineBreak { verb, name });
        }
        if argument.contains(&0xff) {
            let (verb, name) = refused(argument);
            return Err(CommandError::Telnet { verb, name });
        }
        let mut line = Vec::with_capacity(verb.len() + 1 + argument.len());
        line.extend_from_slice(verb.as_bytes());
        line.push(b' ');
        line.extend_from_slice(argument);
        Ok(Self { line, verb: verb.len() })
    }

    /// A command from a whole line that the user entered (`raw`); the first word is the verb.
    ///
    /// # Errors
    /// [`CommandError`] as for [`Command::with`].
    pub fn raw(line: impl AsRef<[u8]>) -> Result<Self, CommandError> {
        let line = line.as_ref();
        let verb = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
        let word = String::from_utf8_lossy(&line[..verb]).into_owned();
        if verb == line.len() {
            // check the word like an argument
            Self::with("", line)?;
            return Ok(Self { line: line.to_vec(), verb });
        }
        Self::with("", &line[..verb])?;
        Self::with(&word, &line[verb + 1..])
    }

    /// The verb, in its original case.
    #[must_use]
    pub fn verb(&self) -> &str {
        std::str::from_utf8(&self.line[..self.verb]).unwrap_or("")
    }

    /// The bytes of the line, without CRLF.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.line
    }

    /// The bytes of the line in the server's encoding, without CRLF; unchanged if `charset` is
    /// `None`.
    ///
    /// # Errors
    /// [`CommandError`] when the line cannot be encoded.
    pub fn bytes_in(&self, charset: Option<Charset>) -> Result<Cow<'_, [u8]>, CommandError> {
        match charset {
            None => Ok(Cow::Borrowed(&self.line)),
            Some(charset) => charset.encode(self.verb(), &self.line).map_err(|reason| {
                let (verb, shown) = (self.verb().to_owned(), self.shown());
                // the argument alone, masked for secret commands
                let name = shown.get(verb.len()..).unwrap_or(&shown).trim_start().to_owned();
                match reason {
                    Unencodable::TelnetIac => CommandError::Telnet { verb, name },
                    Unencodable::NoSuchCharacter => {
                        CommandError::Unencodable { verb, name, encoding: charset.name() }
                    }
                }
            }),
        }
    }

    /// The argument of a secret command: a password or account. `None` for other commands.
    #[must_use]
    pub fn secret(&self) -> Option<&[u8]> {
        self.line.get(self.verb + 1..).filter(|_| is_secret(self.verb()))
    }

    /// The line for display: secrets are masked, control characters made visible.
    #[must_use]
    pub fn shown(&self) -> String {
        let verb = self.verb();
        if is_secret(verb) {
            return format!("{verb} ****");
        }
        text::visible(&self.line)
    }
}

fn is_secret(verb: &str) -> bool {
    SECRET_VERBS.iter().any(|secret| verb.eq_ignore_ascii_case(secret))
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_cannot_inject_another() {
        for name in ["a\r\nDELE b", "a\nb", "a\rb", "a\0b"] {
            assert!(matches!(Command::with("RETR", name), Err(CommandError::LineBreak { .. })));
            assert!(Command::raw(format!("RETR {name}")).is_err());
            assert!(Command::raw(name).is_err());
        }
        assert!(matches!(Command::with("RETR", b"\xff"), Err(CommandError::Telnet { .. })));
    }

    #[test]
    fn secrets_are_masked() {
        let pass = Command::with("PASS", "hunter2").unwrap();
        assert_eq!((pass.shown().as_str(), pass.secret()), ("PASS ****", Some(&b"hunter2"[..])));
        assert_eq!(Command::with("RETR", "a").unwrap().secret(), None);
        assert_eq!(Command::raw("pass hunter2").unwrap().shown(), "pass ****");
        assert_eq!(format!("{:?}", Command::with("ACCT", "x").unwrap()), "ACCT ****");
        assert_eq!(Command::with("RETR", "a b ").unwrap().as_bytes(), b"RETR a b ");
    }

    proptest::proptest! {
        #[test]
        fn a_command_is_a_single_line(argument: Vec<u8>) {
            if let Ok(command) = Command::with("STOR", &argument) {
                assert!(!command.as_bytes().iter().any(|b| matches!(b, b'\r' | b'\n' | 0 | 0xff)));
                assert_eq!(&command.as_bytes()[5..], &argument[..]);
            }
        }
    }
}
