//! `.netrc`: logins by host name, in the format that ftp(1), curl and others use.

use std::fmt;
use std::path::PathBuf;

use crate::base::source::SourceLocation;
use crate::base::{Secret, SourceText, text};

/// One `machine` entry, or the `default` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetrcEntry {
    /// The host; `None` for `default`.
    pub machine: Option<String>,
    /// The login name.
    pub login: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The account (`ACCT`).
    pub account: Option<Secret>,
    /// The names of macros; this program does not run them.
    pub macros: Vec<String>,
    /// The byte offset of the entry.
    pub offset: usize,
}

/// An error in a `.netrc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetrcError {
    /// The position in the file.
    pub place: SourceLocation,
    /// The kind of error; never contains a password.
    pub kind: NetrcErrorKind,
}

/// The kinds of errors in a `.netrc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetrcErrorKind {
    /// An unknown keyword.
    #[error("unknown keyword; expected machine, default, login, password, account or macdef")]
    Keyword,
    /// A keyword without its value, at the end of the file.
    #[error("the value is missing")]
    Value,
    /// `login` before any `machine`.
    #[error("no machine before this entry; write machine HOST first")]
    NoMachine,
    /// A quote that is not closed.
    #[error("the quote is not closed")]
    Quote,
}

impl fmt::Display for NetrcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)
    }
}

impl std::error::Error for NetrcError {}

/// The path of the user's file: `$NETRC`, or `.netrc` in the home directory.
#[must_use]
pub fn path() -> Option<PathBuf> {
    std::env::var_os("NETRC")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .or_else(|| directories::BaseDirs::new().map(|dirs| dirs.home_dir().join(".netrc")))
}

/// Finds the login for a host: the first entry with this name, and with `user` if it is given;
/// otherwise the `default` entry.
#[must_use]
pub fn find<'a>(
    entries: &'a [NetrcEntry],
    host: &str,
    user: Option<&str>,
) -> Option<&'a NetrcEntry> {
    let matches = |entry: &&NetrcEntry| {
        let host_matches = entry.machine.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(host));
        host_matches && (user.is_none() || entry.login.is_none() || entry.login.as_deref() == user)
    };
    entries
        .iter()
        .filter(|entry| entry.machine.is_some())
        .find(matches)
        .or_else(|| entries.iter().filter(|entry| entry.machine.is_none()).find(matches))
}

/// Parses the text of a `.netrc`.
///
/// # Errors
/// [`NetrcError`]: the first error with its position.
pub fn parse(source: &SourceText) -> Result<Vec<NetrcEntry>, NetrcError> {
    let mut words = Words { text: source.text(), at: 0 };
    let error = |at: usize, kind| NetrcError { place: source.location(at), kind };
    let quote = |at| error(at, NetrcErrorKind::Quote);
    let mut entries: Vec<NetrcEntry> = Vec::new();
    while let Some((at, word)) = words.keyword().map_err(quote)? {
        let mut value = || match words.next() {
            Ok(Some((_, value))) => Ok(value),
            Ok(None) => Err(error(at, NetrcErrorKind::Value)),
            Err(at) => Err(quote(at)),
        };
        let new_entry = |machine| NetrcEntry {
            machine,
            login: None,
            password: None,
            account: None,
            macros: Vec::new(),
            offset: at,
        };
        match word.as_str() {
            "machine" => entries.push(new_entry(Some(value()?))),
            "default" => entries.push(new_entry(None)),
            "login" | "user" | "password" | "passwd" | "account" | "macdef" => {
                let value = value()?;
                if word == "macdef" {
                    words.skip_macro();
                }
                let entry =
                    entries.last_mut().ok_or_else(|| error(at, NetrcErrorKind::NoMachine))?;
                match word.as_str() {
                    "login" | "user" => entry.login = Some(value),
                    "password" | "passwd" => entry.password = Some(Secret::new(value)),
                    "account" => entry.account = Some(Secret::new(value)),
                    _ => entry.macros.push(text::visible_str(&value)),
                }
            }
            _ => return Err(error(at, NetrcErrorKind::Keyword)),
        }
    }
    Ok(entries)
}

/// The words of the file with their byte offsets.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Words<'_> {
    /// The next keyword. `#` starts a comment only here, because a password may start with it.
    fn keyword(&mut self) -> Result<Option<(usize, String)>, usize> {
        loop {
            self.skip_blanks();
            if !self.text[self.at..].starts_with('#') {
                return self.next();
            }
            self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at);
        }
    }

    /// The next word. In quotes it may contain spaces, and escapes with `\` as in curl.
    fn next(&mut self) -> Result<Option<(usize, String)>, usize> {
        self.skip_blanks();
        let begin = self.at;
        let rest = &self.text[begin..];
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            self.at += end;
            return Ok((end > 0).then(|| (begin, rest[..end].to_owned())));
        };
        let mut word = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = begin + 1 + at + 1;
                    return Ok(Some((begin, word)));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => word.push('\n'),
                    Some((_, 'r')) => word.push('\r'),
                    Some((_, 't')) => word.push('\t'),
                    Some((_, c)) => word.push(c),
                    None => break,
                },
                c => word.push(c),
            }
        }
        Err(begin)
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Skips a macro, which ends at an empty line.
    fn skip_macro(&mut self) {
        let rest = &self.text[self.at..];
        let mut offset = 0;
        for (number, line) in rest.split_inclusive('\n').enumerate() {
            if number > 0 && line.trim().is_empty() {
                break;
            }
            offset += line.len();
        }
        self.at += offset;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<NetrcEntry>, NetrcError> {
        parse(&SourceText::new(".netrc", text))
    }

    const FILE: &str = r##"# mine
machine ftp.example.org login joe password #secret
machine nas.local
    login "root user"   # not for daily use
    password "pa ss\"word"
    account billing
machine up.example login bot password x macdef init
cd /pub
machine is no word here

machine ftp.example.org login ann password anns
default login anonymous password joe@example.org
"##;

    #[test]
    fn entries_are_found_by_host_and_user() {
        let entries = read(FILE).unwrap();
        assert_eq!(entries.len(), 5);
        assert_eq!(entries[2].macros, ["init"]);
        assert!(FILE[entries[1].offset..].starts_with("machine nas.local"));
        for (host, user, login, password) in [
            ("ftp.example.org", None, "joe", "#secret"),
            ("FTP.example.org", Some("ann"), "ann", "anns"),
            ("nas.local", Some("root user"), "root user", "pa ss\"word"),
            ("other.example", None, "anonymous", "joe@example.org"),
        ] {
            let entry = find(&entries, host, user).unwrap();
            assert_eq!(entry.login.as_deref(), Some(login));
            assert_eq!(entry.password.as_ref().unwrap().reveal(), password);
        }
        assert_eq!(find(&entries, "other.example", Some("joe")), None);
    }

    #[test]
    fn errors_have_a_position_and_never_show_a_password() {
        for (text, shown) in [
            ("machine a\nlogn joe", ".netrc:2:1: unknown keyword"),
            ("machine a login", ".netrc:1:11: the value is missing"),
            ("login joe", ".netrc:1:1: no machine before this entry"),
            ("machine a password \"hunter2", ".netrc:1:20: the quote is not closed"),
            ("machine a password x hunter2", ".netrc:1:22: unknown keyword"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(shown), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn the_parser_never_panics(text in "(machine|default|macdef|\"|#|\\s|\\PC){0,20}") {
            let _ = read(&text);
        }
    }
}
