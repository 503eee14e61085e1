//! Detection of the server software, as far as advice depends on it.

use crate::ftp::Features;

/// Server software whose settings for FXP are known (docs/ftp-quirks.md "Server software and FXP").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ServerKind {
    /// vsftpd.
    Vsftpd,
    /// ProFTPD.
    Proftpd,
    /// Pure-FTPd.
    Pureftpd,
    /// A server based on Python's pyftpdlib.
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
    /// None of these, or not recognizable.
    #[default]
    Unknown,
}

impl ServerKind {
    /// Detects the software by the greeting, the reply to SYST, and the features.
    ///
    /// Features count as well because banners are often changed.
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
        let banner = format!("{greeting} {}", system.unwrap_or_default()).to_ascii_lowercase();
        let named = NAMES.iter().find(|(name, _)| banner.contains(name)).map(|(_, kind)| *kind);
        match named {
            Some(Self::Proftpd) if features.has("PRET") => Self::Drftpd,
            Some(kind) => kind,
            None => Self::by_features(&banner, features),
        }
    }

    /// Detects the software of a server with a changed banner.
    fn by_features(banner: &str, features: &Features) -> Self {
        let facts = features.parameters("MLST").unwrap_or_default();
        if facts.contains("UNIX.groupname") {
            return Self::Proftpd;
        }
        // the only server with lower-case fact names (docs/servers.md "Commands and features")
        if facts.contains("unix.mode") {
            return Self::Pyftpdlib;
        }
        if features.has("SIZE") && features.has("TVFS") && features.has("PASV") {
            return Self::Vsftpd;
        }
        if features.has("CPSV") && features.has("PRET") {
            return Self::Drftpd;
        }
        if banner.contains("version: linux") {
            return Self::Inetutils;
        }
        Self::Unknown
    }

    /// The display name; `None` if unknown.
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

    /// True for servers that are known to process pipelined commands in order (docs/servers.md
    /// "Pipelining and speed").
    #[must_use]
    pub fn queues_commands(self) -> bool {
        matches!(self, Self::Vsftpd | Self::Proftpd | Self::Pureftpd | Self::Inetutils | Self::Demo)
    }

    /// True for servers that reply out of order: never pipeline commands to them (transfer rule
    /// 13).
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
    fn by_features_if_the_banner_is_unknown() {
        let of = |lines: &[&str]| ServerKind::of("ready", Some("UNIX Type: L8"), &features(lines));
        assert_eq!(of(&["MLST type*;perm;size;unix.mode;"]), ServerKind::Pyftpdlib);
        assert_eq!(of(&["MLST type*;UNIX.groupname*;"]), ServerKind::Proftpd);
        assert_eq!(of(&["PASV", "SIZE", "TVFS", "EPSV"]), ServerKind::Vsftpd);
        let imitated = ServerKind::of("ProFTPD ready", None, &features(&["PRET", "CPSV"]));
        assert_eq!(imitated, ServerKind::Drftpd);
    }
}
