//! Commands that cannot carry what they must not: CR, LF, NUL or a telnet byte.

use std::borrow::Cow;

use thiserror::Error;

use crate::base::text;
use crate::ftp::charset::{Charset, Unsayable};

/// Verbs whose argument is a secret and is masked wherever the command is shown.
const SECRET_VERBS: [&str; 2] = ["PASS", "ACCT"];

/// One command line as it leaves, without its CRLF (RFC 959 section 5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    line: Vec<u8>,
    verb: usize,
}

/// Why a command was not built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommandError {
    /// The argument holds a byte that would end the line and begin another command.
    #[error(
        "{verb}: the name {name} holds a line break or a NUL; no server can be asked for it by name"
    )]
    LineBreak {
        /// The command that was to be sent.
        verb: String,
        /// The argument, made visible.
        name: String,
    },
    /// The argument holds 0xFF, which the telnet layer of many servers swallows (RFC 959 section
    /// 5.3.1, reference quirk 58).
    #[error(
        "{verb}: the name {name} holds the byte 0xFF, which FTP servers take for a telnet command; \
         rename it on the server first"
    )]
    Telnet {
        /// The command that was to be sent.
        verb: String,
        /// The argument, made visible.
        name: String,
    },
    /// The name has no form in the encoding of the site.
    #[error(
        "{verb}: the name {name} cannot be written in {encoding}, the encoding of the site's names"
    )]
    Unsayable {
        /// The command that was to be sent.
        verb: String,
        /// The command line, made visible.
        name: String,
        /// The encoding.
        encoding: &'static str,
    },
}

impl Command {
    /// A command without an argument, such as `PASV`.
    #[must_use]
    pub fn bare(verb: &'static str) -> Self {
        Self { line: verb.as_bytes().to_vec(), verb: verb.len() }
    }

    /// A command with an argument; the bytes are sent as they are.
    ///
    /// # Errors
    /// [`CommandError`] when the argument holds CR, LF, NUL or 0xFF.
    pub fn with(verb: &str, argument: impl AsRef<[u8]>) -> Result<Self, CommandError> {
        let argument = argument.as_ref();
        // a password is no less secret for having a line break in it
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

    /// A whole line that a person typed (`raw`); the first word is the verb.
    ///
    /// # Errors
    /// [`CommandError`] as for [`Command::with`].
    pub fn raw(line: impl AsRef<[u8]>) -> Result<Self, CommandError> {
        let line = line.as_ref();
        let verb = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
        let word = String::from_utf8_lossy(&line[..verb]).into_owned();
        if verb == line.len() {
            // the argument checks see the word itself
            Self::with("", line)?;
            return Ok(Self { line: line.to_vec(), verb });
        }
        Self::with("", &line[..verb])?;
        Self::with(&word, &line[verb + 1..])
    }

    /// The verb, in the case it was built with.
    #[must_use]
    pub fn verb(&self) -> &str {
        std::str::from_utf8(&self.line[..self.verb]).unwrap_or("")
    }

    /// The bytes of the line, without CRLF.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.line
    }

    /// The bytes of the line as a server with this encoding reads them, without CRLF; as they are
    /// without one.
    ///
    /// # Errors
    /// [`CommandError`] when the line cannot be said there.
    pub fn bytes_in(&self, charset: Option<Charset>) -> Result<Cow<'_, [u8]>, CommandError> {
        match charset {
            None => Ok(Cow::Borrowed(&self.line)),
            Some(charset) => charset.encode(self.verb(), &self.line).map_err(|unsayable| {
                let (verb, shown) = (self.verb().to_owned(), self.shown());
                // the argument alone; that of a secret command is stars
                let name = shown.get(verb.len()..).unwrap_or(&shown).trim_start().to_owned();
                match unsayable {
                    Unsayable::Telnet => CommandError::Telnet { verb, name },
                    Unsayable::Foreign => {
                        CommandError::Unsayable { verb, name, encoding: charset.name() }
                    }
                }
            }),
        }
    }

    /// What is masked when the command is shown: a password, an account.
    #[must_use]
    pub fn secret(&self) -> Option<&[u8]> {
        self.line.get(self.verb + 1..).filter(|_| is_secret(self.verb()))
    }

    /// The line for logs and screens: secrets masked, control characters visible.
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
    fn no_command_can_smuggle_another() {
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
        fn a_line_is_one_line(argument: Vec<u8>) {
            if let Ok(command) = Command::with("STOR", &argument) {
                assert!(!command.as_bytes().iter().any(|b| matches!(b, b'\r' | b'\n' | 0 | 0xff)));
                assert_eq!(&command.as_bytes()[5..], &argument[..]);
            }
        }
    }
}
