//! Telling a server the time of a file, in the ways that servers know (reference quirk 84).

use crate::base::Stamp;
use crate::ftp::{Command, CommandError, Features, Reply};

/// One way of setting the modification time of a file.
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
    /// `MDTM time name`: only where it is known to be taken so, for other servers take the time
    /// for a part of the name.
    Mdtm,
}

impl TimeSetter {
    /// What a server may be asked by, best first.
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
            // vsftpd 3.0.3 with mdtm_write, its default (reference/servers.md section 1)
            (Self::Mdtm, vsftpd),
        ]
        .into_iter()
        .filter_map(|(setter, known)| known.then_some(setter))
        .collect()
    }

    /// The command.
    ///
    /// # Errors
    /// [`CommandError`] for a name that no command can carry.
    pub fn command(self, path: &[u8], stamp: &Stamp) -> Result<Command, CommandError> {
        let time = stamp.digits();
        let before = |words: &str| [words.as_bytes(), path].concat();
        match self {
            Self::Mfmt => Command::with("MFMT", before(&format!("{time} "))),
            Self::Mff => Command::with("MFF", before(&format!("modify={time}; "))),
            Self::SiteUtimeThree => {
                let times = format!(" {time} {time} {time} UTC");
                Command::with("SITE", [b"UTIME ", path, times.as_bytes()].concat())
            }
            Self::SiteUtimeOne => Command::with("SITE", before(&format!("UTIME {time} "))),
            Self::Mdtm => Command::with("MDTM", before(&format!("{time} "))),
        }
    }

    /// True for a refusal of the command itself, not of this file: another way may do.
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
    fn what_servers_can() {
        use TimeSetter::{Mdtm, Mff, Mfmt, SiteUtimeOne, SiteUtimeThree};
        let proftpd = ["MFMT", "MFF modify;UNIX.group;UNIX.mode;", "SITE COPY", "SITE UTIME"];
        let all = [Mfmt, Mff, SiteUtimeThree, SiteUtimeOne];
        assert_eq!(TimeSetter::of(&features(&proftpd), "ProFTPD"), all);
        assert_eq!(TimeSetter::of(&features(&["MDTM"]), "(vsFTPd 3.0.3)"), [Mdtm]);
        assert_eq!(TimeSetter::of(&features(&["MDTM", "MFF UNIX.mode;"]), "Welcome"), []);
    }

    #[test]
    fn the_words_of_each() {
        let stamp = Stamp::from_digits("20260102030405").unwrap();
        let said = |setter: TimeSetter| setter.command(b"/a b", &stamp).unwrap().shown();
        assert_eq!(said(TimeSetter::Mfmt), "MFMT 20260102030405 /a b");
        assert_eq!(said(TimeSetter::Mff), "MFF modify=20260102030405; /a b");
        assert_eq!(
            said(TimeSetter::SiteUtimeThree),
            "SITE UTIME /a b 20260102030405 20260102030405 20260102030405 UTC"
        );
        assert_eq!(said(TimeSetter::SiteUtimeOne), "SITE UTIME 20260102030405 /a b");
        assert_eq!(said(TimeSetter::Mdtm), "MDTM 20260102030405 /a b");
    }
}
