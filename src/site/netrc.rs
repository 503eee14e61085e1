//! `.netrc`: logins by host name, as ftp(1), curl and many others read them.

use std::fmt;
use std::path::PathBuf;

use crate::base::source::Place;
use crate::base::{Secret, SourceText, text};

/// One `machine` of the file, or its `default`.
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
    /// Names of macros, which this program does not run.
    pub macros: Vec<String>,
    /// The byte offset at which the entry begins.
    pub offset: usize,
}

/// A word that has no meaning where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetrcError {
    /// Where.
    pub place: Place,
    /// What is wrong there; never a password.
    pub mistake: NetrcMistake,
}

/// What is wrong in a `.netrc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetrcMistake {
    /// Not one of the words that begin something.
    #[error(
        "this word has no meaning here; machine, default, login, password, account and macdef do"
    )]
    Word,
    /// `login` at the end of the file, and so on.
    #[error("the value is missing")]
    Value,
    /// `login` before any `machine`.
    #[error("this belongs to no machine; write machine HOST before it")]
    NoMachine,
    /// A quote without its end.
    #[error("the quote has no end")]
    Quote,
}

impl fmt::Display for NetrcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.mistake)
    }
}

impl std::error::Error for NetrcError {}

/// The user's file: `NETRC`, else `.netrc` in the home folder.
#[must_use]
pub fn path() -> Option<PathBuf> {
    std::env::var_os("NETRC")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .or_else(|| directories::BaseDirs::new().map(|dirs| dirs.home_dir().join(".netrc")))
}

/// The login for a host: the first entry of that name, with that user if one is given; else the
/// `default`.
#[must_use]
pub fn find<'a>(
    entries: &'a [NetrcEntry],
    host: &str,
    user: Option<&str>,
) -> Option<&'a NetrcEntry> {
    let fits = |entry: &&NetrcEntry| {
        let host_fits = entry.machine.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(host));
        host_fits && (user.is_none() || entry.login.is_none() || entry.login.as_deref() == user)
    };
    entries
        .iter()
        .filter(|entry| entry.machine.is_some())
        .find(fits)
        .or_else(|| entries.iter().filter(|entry| entry.machine.is_none()).find(fits))
}

/// Reads the text of a `.netrc`.
///
/// # Errors
/// [`NetrcError`] with the place of the first mistake.
pub fn parse(source: &SourceText) -> Result<Vec<NetrcEntry>, NetrcError> {
    let mut words = Words { text: source.text(), at: 0 };
    let error = |at: usize, mistake| NetrcError { place: source.place(at), mistake };
    let quote = |at| error(at, NetrcMistake::Quote);
    let mut entries: Vec<NetrcEntry> = Vec::new();
    while let Some((at, word)) = words.keyword().map_err(quote)? {
        let mut value = || match words.next() {
            Ok(Some((_, value))) => Ok(value),
            Ok(None) => Err(error(at, NetrcMistake::Value)),
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
                let entry = entries.last_mut().ok_or_else(|| error(at, NetrcMistake::NoMachine))?;
                match word.as_str() {
                    "login" | "user" => entry.login = Some(value),
                    "password" | "passwd" => entry.password = Some(Secret::new(value)),
                    "account" => entry.account = Some(Secret::new(value)),
                    _ => entry.macros.push(text::visible_str(&value)),
                }
            }
            _ => return Err(error(at, NetrcMistake::Word)),
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
    /// The next word where one with a meaning is expected: there `#` begins a comment, while a
    /// password may well begin with one.
    fn keyword(&mut self) -> Result<Option<(usize, String)>, usize> {
        loop {
            self.skip_blanks();
            if !self.text[self.at..].starts_with('#') {
                return self.next();
            }
            self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at);
        }
    }

    /// The next word; in quotes it may have blanks, and `\` before a quote (as curl reads it).
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

    /// A macro goes on until an empty line.
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
    fn mistakes_have_a_place_and_never_show_a_password() {
        for (text, shown) in [
            ("machine a\nlogn joe", ".netrc:2:1: this word has no meaning here"),
            ("machine a login", ".netrc:1:11: the value is missing"),
            ("login joe", ".netrc:1:1: this belongs to no machine"),
            ("machine a password \"hunter2", ".netrc:1:20: the quote has no end"),
            ("machine a password x hunter2", ".netrc:1:22: this word has no meaning here"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(shown), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(machine|default|macdef|\"|#|\\s|\\PC){0,20}") {
            let _ = read(&text);
        }
    }
}
