//! Which software a server is, as far as advice depends on it.

use crate::ftp::Features;

/// A server software whose settings for FXP are known (reference/ftp-fxp.md section 2, end).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ServerKind {
    /// vsftpd.
    Vsftpd,
    /// ProFTPD.
    Proftpd,
    /// Pure-FTPd.
    Pureftpd,
    /// A program over Python's pyftpdlib.
    Pyftpdlib,
    /// GNU inetutils ftpd.
    Inetutils,
    /// libunftp.
    Libunftp,
    /// glftpd.
    Glftpd,
    /// DrFTPD, a master with slaves.
    Drftpd,
    /// FileZilla Server.
    Filezilla,
    /// Microsoft IIS.
    Iis,
    /// Serv-U.
    Servu,
    /// The embedded server of `fxpane demo`.
    Demo,
    /// None of these, or it hides.
    #[default]
    Unknown,
}

impl ServerKind {
    /// Recognizes a server by its greeting, its answer to SYST and its features.
    ///
    /// Banners are changed more often than features, so both count.
    #[must_use]
    pub fn of(greeting: &str, system: Option<&str>, features: &Features) -> Self {
        const NAMES: [(&str, ServerKind); 13] = [
            ("vsftpd", ServerKind::Vsftpd),
            // before ProFTPD, whose banner it imitates
            ("drftpd", ServerKind::Drftpd),
            ("proftpd", ServerKind::Proftpd),
            ("pure-ftpd", ServerKind::Pureftpd),
            ("pyftpdlib", ServerKind::Pyftpdlib),
            ("inetutils", ServerKind::Inetutils),
            ("libunftp", ServerKind::Libunftp),
            ("glftpd", ServerKind::Glftpd),
            ("filezilla server", ServerKind::Filezilla),
            ("microsoft ftp", ServerKind::Iis),
            ("windows_nt", ServerKind::Iis),
            ("serv-u", ServerKind::Servu),
            ("fxpane demo", ServerKind::Demo),
        ];
        let said = format!("{greeting} {}", system.unwrap_or_default()).to_ascii_lowercase();
        let named = NAMES.iter().find(|(name, _)| said.contains(name)).map(|(_, kind)| *kind);
        match named {
            Some(Self::Proftpd) if features.has("PRET") => Self::Drftpd,
            Some(kind) => kind,
            None => Self::by_features(&said, features),
        }
    }

    /// What gives a server away that has another banner.
    fn by_features(said: &str, features: &Features) -> Self {
        let facts = features.parameters("MLST").unwrap_or_default();
        if facts.contains("UNIX.groupname") {
            return Self::Proftpd;
        }
        // the one server that names its facts in small letters (reference/servers.md section 2)
        if facts.contains("unix.mode") {
            return Self::Pyftpdlib;
        }
        if features.has("SIZE") && features.has("TVFS") && features.has("PASV") {
            return Self::Vsftpd;
        }
        if features.has("CPSV") && features.has("PRET") {
            return Self::Drftpd;
        }
        if said.contains("version: linux") {
            return Self::Inetutils;
        }
        Self::Unknown
    }

    /// Its name for people; `None` when it is not known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Vsftpd => "vsftpd",
            Self::Proftpd => "ProFTPD",
            Self::Pureftpd => "Pure-FTPd",
            Self::Pyftpdlib => "pyftpdlib",
            Self::Inetutils => "inetutils ftpd",
            Self::Libunftp => "libunftp",
            Self::Glftpd => "glftpd",
            Self::Drftpd => "DrFTPD",
            Self::Filezilla => "FileZilla Server",
            Self::Iis => "IIS",
            Self::Servu => "Serv-U",
            Self::Demo => "fxpane demo",
            Self::Unknown => return None,
        })
    }

    /// True for servers that are known to take commands that arrive together one after the other
    /// (reference/servers.md section 5).
    #[must_use]
    pub fn queues_commands(self) -> bool {
        matches!(self, Self::Vsftpd | Self::Proftpd | Self::Pureftpd | Self::Inetutils | Self::Demo)
    }

    /// True for servers that answer commands out of turn: never pipelined (design rule 13).
    #[must_use]
    pub fn is_asynchronous(self) -> bool {
        self == Self::Pyftpdlib
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::Reply;

    fn features(lines: &[&str]) -> Features {
        let mut all = vec![b"Features:".to_vec()];
        all.extend(lines.iter().map(|line| line.as_bytes().to_vec()));
        all.push(b"End".to_vec());
        Features::parse(&Reply { code: 211, lines: all })
    }

    #[test]
    fn by_greeting() {
        let none = Features::default();
        for (greeting, kind) in [
            ("(vsFTPd 3.0.3)", ServerKind::Vsftpd),
            ("ProFTPD Server (lab) [127.0.0.5]", ServerKind::Proftpd),
            ("--------- Welcome to Pure-FTPd [privsep] [TLS] ----------", ServerKind::Pureftpd),
            ("host FTP server (GNU inetutils 2.4) ready.", ServerKind::Inetutils),
            ("Microsoft FTP Service", ServerKind::Iis),
            ("hello", ServerKind::Unknown),
        ] {
            assert_eq!(ServerKind::of(greeting, None, &none), kind, "{greeting}");
        }
        assert_eq!(ServerKind::of("hi", Some("Windows_NT"), &none), ServerKind::Iis);
    }

    #[test]
    fn by_features_where_the_banner_says_nothing() {
        let of = |lines: &[&str]| ServerKind::of("ready", Some("UNIX Type: L8"), &features(lines));
        assert_eq!(of(&["MLST type*;perm;size;unix.mode;"]), ServerKind::Pyftpdlib);
        assert_eq!(of(&["MLST type*;UNIX.groupname*;"]), ServerKind::Proftpd);
        assert_eq!(of(&["PASV", "SIZE", "TVFS", "EPSV"]), ServerKind::Vsftpd);
        let imitated = ServerKind::of("ProFTPD ready", None, &features(&["PRET", "CPSV"]));
        assert_eq!(imitated, ServerKind::Drftpd);
    }
}
