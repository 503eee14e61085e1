//! The commands that set the modification time of a file (quirk 84).

use crate::base::Stamp;
use crate::ftp::{Command, CommandError, Features, Reply};

/// A command that sets the modification time of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeSetter {
    /// `MFMT time name` (draft-somers-ftp-mfxx).
    Mfmt,
    /// `MFF modify=time; name` (draft-somers-ftp-mfxx).
    Mff,
    /// `SITE UTIME name access modify create UTC`.
    SiteUtimeThree,
    /// `SITE UTIME time name`.
    SiteUtimeOne,
    /// `MDTM time name`: only for servers that are known to support it, because others take the
    /// time as part of the name.
    Mdtm,
}

impl TimeSetter {
    /// The commands that a server may support, best first.
    #[must_use]
    pub fn of(features: &Features, greeting: &str) -> Vec<Self> {
        let lists = |name, word: &str| {
            features.parameters(name).is_some_and(|parameters| {
                parameters.split([';', ' ', ',']).any(|known| known.eq_ignore_ascii_case(word))
            })
        };
        let utime = features.has("UTIME") || lists("SITE", "UTIME");
        let vsftpd = greeting.to_ascii_lowercase().contains("vsftpd");
        [
            (Self::Mfmt, features.has("MFMT")),
            (Self::Mff, lists("MFF", "modify")),
            (Self::SiteUtimeThree, utime),
            (Self::SiteUtimeOne, utime),
            // vsftpd 3.0.3 with mdtm_write, its default (docs/servers.md "Test servers")
            (Self::Mdtm, vsftpd),
        ]
        .into_iter()
        .filter_map(|(setter, known)| known.then_some(setter))
        .collect()
    }

    /// Builds the command.
    ///
    /// # Errors
    /// [`CommandError`] for a name that no command can carry.
    pub fn command(self, path: &[u8], stamp: &Stamp) -> Result<Command, CommandError> {
        let time = stamp.digits();
        let with_path = |words: &str| [words.as_bytes(), path].concat();
        match self {
            Self::Mfmt => Command::with("MFMT", with_path(&format!("{time} "))),
            Self::Mff => Command::with("MFF", with_path(&format!("modify={time}; "))),
            Self::SiteUtimeThree => {
                let times = format!(" {time} {time} {time} UTC");
                Command::with("SITE", [b"UTIME ", path, times.as_bytes()].concat())
            }
            Self::SiteUtimeOne => Command::with("SITE", with_path(&format!("UTIME {time} "))),
            Self::Mdtm => Command::with("MDTM", with_path(&format!("{time} "))),
        }
    }

    /// True if the server refuses the command itself, not this file: another command may work.
    #[must_use]
    pub fn is_unknown(reply: &Reply) -> bool {
        matches!(reply.code, 500..=504)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(lines: &[&str]) -> Features {
        let lines = [&["Features:"], lines, &["End"]].concat();
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        Features::parse(&Reply { code: 211, lines })
    }

    #[test]
    fn commands_by_features() {
        use TimeSetter::{Mdtm, Mff, Mfmt, SiteUtimeOne, SiteUtimeThree};
        let proftpd = ["MFMT", "MFF modify;UNIX.group;UNIX.mode;", "SITE COPY", "SITE UTIME"];
        let all = [Mfmt, Mff, SiteUtimeThree, SiteUtimeOne];
        assert_eq!(TimeSetter::of(&features(&proftpd), "ProFTPD"), all);
        assert_eq!(TimeSetter::of(&features(&["MDTM"]), "(vsFTPd 3.0.3)"), [Mdtm]);
        assert_eq!(TimeSetter::of(&features(&["MDTM", "MFF UNIX.mode;"]), "Welcome"), []);
    }

    #[test]
    fn command_lines() {
        let stamp = Stamp::from_digits("20260102030405").unwrap();
        let line = |setter: TimeSetter| setter.command(b"/a b", &stamp).unwrap().shown();
        assert_eq!(line(TimeSetter::Mfmt), "MFMT 20260102030405 /a b");
        assert_eq!(line(TimeSetter::Mff), "MFF modify=20260102030405; /a b");
        assert_eq!(
            line(TimeSetter::SiteUtimeThree),
            "SITE UTIME /a b 20260102030405 20260102030405 20260102030405 UTC"
        );
        assert_eq!(line(TimeSetter::SiteUtimeOne), "SITE UTIME 20260102030405 /a b");
        assert_eq!(line(TimeSetter::Mdtm), "MDTM 20260102030405 /a b");
    }
}
