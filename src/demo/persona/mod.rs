//! Personalities: how the real servers differ, measured in the reference (servers.md).

mod inetutils;
mod libunftp;
pub(crate) mod phrase;
mod proftpd;
mod pureftpd;
mod pyftpdlib;
mod scene;
mod vsftpd;

use std::time::Duration;

use crate::demo::listing::{Columns, Dots, Fact, Links, Style};
use crate::demo::persona::phrase::Phrase;
use crate::ftp::Reply;

/// Which server is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Personality {
    /// Everything that the embedded server can do, in its own words.
    #[default]
    Plain,
    /// vsftpd 3.0.3: no MLSD, ignores ABOR, makes holes at REST.
    Vsftpd,
    /// ProFTPD 1.3.8: every digest, SSCN, MFF.
    Proftpd,
    /// Pure-FTPd 1.0.50: 500 to everything in a transfer, drops foreign peers silently.
    Pureftpd,
    /// pyftpdlib 2.2: asynchronous, connects at PORT time.
    Pyftpdlib,
    /// glftpd: CPSV, SSCN, XDUPE; short passive form.
    Glftpd,
    /// DrFTPD: PASV only after PRET.
    Drftpd,
    /// A Windows server: DOS listings, no rename over a file.
    Windows,
    /// inetutils-ftpd 2.4: no MLSD, PASV forgets REST, ABOR only with Telnet IP.
    Inetutils,
    /// libunftp 0.24: takes FXP where it is forbidden with friendly words, and hangs.
    Libunftp,
}

/// How a server behaves; taken from a [`Personality`] and changed at will with
/// [`super::Setup::manner`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Manner {
    /// The greeting, without code; line feeds separate lines.
    pub banner: String,
    /// The answer to SYST.
    pub system: String,
    /// The lines of FEAT; `AUTH …`, `PBSZ`, `PROT`, `CCC`, `SSCN` and `CPSV` are left out where
    /// there is no TLS.
    pub features: Vec<String>,
    /// Verbs that are not known.
    pub missing: Vec<String>,
    /// What happens to commands that come in a transfer.
    pub in_transfer: InTransfer,
    /// What ABOR does in a transfer.
    pub abort: Abort,
    /// ABOR frees a transfer that still waits for its data connection.
    pub abort_frees_waiting: bool,
    /// The data connection of PORT is made at PORT time, not at the transfer.
    pub connects_at_port: bool,
    /// The 1xx is sent at once; otherwise when the data connection stands (deadlock of the
    /// unwary, reference/servers.md section 4 rule 1).
    pub begins_at_once: bool,
    /// STOR with REST past the end makes a hole; otherwise it is refused.
    pub store_past_end_makes_hole: bool,
    /// RETR with REST past the end sends nothing and says 226; otherwise it is refused.
    pub send_past_end_is_empty: bool,
    /// STOR with REST ends the file where the data ends; otherwise its old tail is kept.
    pub rest_cuts_tail: bool,
    /// STOR takes no notice of REST, as a literal reading of RFC 959 has it (quirk 64).
    pub store_ignores_rest: bool,
    /// REST counts for all transfers to come until another one (quirk 64).
    pub rest_sticks: bool,
    /// What arrives has a name `.pureftpd-upload.…` until it is whole (quirk 83).
    pub atomic_upload: bool,
    /// A file that is being written keeps others who want to write it waiting, as vsftpd has it.
    pub upload_lock: bool,
    /// A reply of code 501 is the last one.
    pub closes_at_501: bool,
    /// PASV and PORT forget REST.
    pub passive_forgets_rest: bool,
    /// REST is refused in TYPE A.
    pub rest_needs_binary: bool,
    /// What SIZE says in TYPE A.
    pub size_in_text: SizeInText,
    /// SIZE answers for a directory.
    pub size_of_directories: bool,
    /// TYPE A converts line ends.
    pub converts_text: bool,
    /// Quotes in a 257 are doubled.
    pub doubles_quotes: bool,
    /// MKD's 257 repeats the name as it was given instead of the whole path.
    pub mkd_repeats_name: bool,
    /// `MDTM time name` sets the time.
    pub mdtm_sets: bool,
    /// A data connection that is reset in STOR counts as a good end.
    pub reset_is_end: bool,
    /// A transfer goes on when its control connection is gone.
    pub orphans_go_on: bool,
    /// How long a passive port waits for its peer.
    pub accept_limit: Option<Duration>,
    /// What a passive port does with a foreign peer where FXP is not allowed.
    pub foreign_peer: ForeignPeer,
    /// RNTO replaces an existing file.
    pub rename_replaces: bool,
    /// PASV needs PRET first.
    pub needs_pret: bool,
    /// As TLS client that sends, the data connection is closed without reading what the other
    /// side sent: with TLS 1.3 that loses data (reference/servers.md section 4).
    pub careless_tls_client: bool,
    /// How a data connection without session reuse is refused, where reuse is demanded: the
    /// control connection closes, too.
    pub closes_without_reuse: bool,
    /// SIZE is answered at once in a transfer even where other commands wait.
    pub size_in_transfer: bool,
    /// How PROT S and E are taken: as P, or refused.
    pub prot_falls_back: bool,
    /// How far the clock of LIST is ahead of UTC, in seconds; MLSD and MDTM are UTC always.
    pub clock: i64,
    /// How listings look.
    pub(crate) style: Style,
    /// LIST shows names with a leading dot without being asked.
    pub list_shows_hidden: bool,
    /// LIST takes options.
    pub list_options: bool,
    /// LIST has `.` and `..`: always, with `-a`, never.
    pub(crate) dots: Dots,
    /// MLSD has `.` and `..`.
    pub mlsd_dots: bool,
    /// Facts of MLSD in their order.
    pub(crate) facts: Vec<Fact>,
    /// Facts that MLSD has only after `OPTS MLST`.
    pub(crate) more_facts: Vec<Fact>,
    /// How MLSD shows links.
    pub(crate) links: Links,
    /// Words of its own.
    pub(crate) words: fn(Phrase) -> Option<&'static str>,
}

/// What happens to commands that come in a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTransfer {
    /// They wait for its end.
    Wait,
    /// Those that did not come in one write with the transfer command are answered 500.
    Refuse,
    /// They are obeyed at once, PASV included.
    Obey,
}

/// What ABOR does in a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abort {
    /// Ends it.
    Obey,
    /// Waits for its end.
    Wait,
    /// Ends it only after Telnet IP.
    Urgent,
}

/// What SIZE says in TYPE A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeInText {
    /// The size in bytes.
    Bytes,
    /// 550.
    Refused,
    /// The size with CRLF line ends, which takes reading the file.
    Converted,
}

/// What a passive port does with a peer that is not the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignPeer {
    /// Ends the transfer with 425.
    Refuse,
    /// Turns it away and goes on waiting.
    Ignore,
    /// Says 150, then 425.
    BeginAndRefuse,
    /// Says 150, and then nothing for ever; a PORT to a foreign address is taken and ends the
    /// same way.
    BeginAndHang,
}

impl Personality {
    /// How it behaves.
    #[must_use]
    pub fn manner(self) -> Manner {
        match self {
            Self::Plain => Manner::plain(),
            Self::Vsftpd => vsftpd::manner(),
            Self::Proftpd => proftpd::manner(),
            Self::Pureftpd => pureftpd::manner(),
            Self::Pyftpdlib => pyftpdlib::manner(),
            Self::Glftpd => scene::glftpd(),
            Self::Drftpd => scene::drftpd(),
            Self::Windows => scene::windows(),
            Self::Inetutils => inetutils::manner(),
            Self::Libunftp => libunftp::manner(),
        }
    }

    /// The personality of this name: `plain`, `vsftpd`, `proftpd`, `pureftpd`, `pyftpdlib`,
    /// `glftpd`, `drftpd`, `windows`, `inetutils`, `libunftp`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, personality)| personality)
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(|(name, _)| name)
    }

    const ALL: [(&'static str, Self); 10] = [
        ("plain", Self::Plain),
        ("vsftpd", Self::Vsftpd),
        ("proftpd", Self::Proftpd),
        ("pureftpd", Self::Pureftpd),
        ("pyftpdlib", Self::Pyftpdlib),
        ("glftpd", Self::Glftpd),
        ("drftpd", Self::Drftpd),
        ("windows", Self::Windows),
        ("inetutils", Self::Inetutils),
        ("libunftp", Self::Libunftp),
    ];
}

/// Owned lines.
pub(crate) fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

impl Manner {
    /// What all begin from: RFC 959 and 3659 to the letter, nothing lost, nothing ignored.
    pub(crate) fn plain() -> Self {
        Self {
            banner: "fxpane demo server".to_owned(),
            system: "UNIX Type: L8".to_owned(),
            features: lines(&[
                "AUTH TLS",
                "AVBL",
                "CCC",
                "CLNT",
                "CPSV",
                "EPRT",
                "EPSV",
                "HASH CRC32;MD5;SHA-1*;SHA-256;SHA-512",
                "MD5",
                "MDTM",
                "MFF Modify;UNIX.mode;",
                "MFMT",
                "MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;",
                "PBSZ",
                "PROT",
                "RANG STREAM",
                "REST STREAM",
                "SIZE",
                "SSCN",
                "TVFS",
                "UTF8",
                "XCRC",
                "XMD5",
                "XSHA",
                "XSHA1",
                "XSHA256",
                "XSHA512",
            ]),
            missing: Vec::new(),
            in_transfer: InTransfer::Wait,
            abort: Abort::Obey,
            abort_frees_waiting: true,
            connects_at_port: false,
            begins_at_once: false,
            store_past_end_makes_hole: false,
            send_past_end_is_empty: false,
            rest_cuts_tail: true,
            store_ignores_rest: false,
            rest_sticks: false,
            atomic_upload: false,
            upload_lock: false,
            closes_at_501: false,
            passive_forgets_rest: false,
            rest_needs_binary: true,
            size_in_text: SizeInText::Refused,
            size_of_directories: false,
            converts_text: true,
            doubles_quotes: true,
            mkd_repeats_name: false,
            mdtm_sets: false,
            reset_is_end: false,
            orphans_go_on: false,
            accept_limit: Some(Duration::from_secs(60)),
            foreign_peer: ForeignPeer::Refuse,
            rename_replaces: true,
            needs_pret: false,
            careless_tls_client: false,
            closes_without_reuse: false,
            size_in_transfer: false,
            prot_falls_back: false,
            clock: 0,
            style: Style::Unix(Columns {
                links: 4,
                owner: 8,
                group: 8,
                size: 12,
                owner_name: "fxp",
                group_name: "fxp",
                zero_day: true,
            }),
            list_shows_hidden: true,
            list_options: true,
            dots: Dots::OnRequest,
            mlsd_dots: true,
            facts: vec![Fact::Type, Fact::Size, Fact::Modify, Fact::Perm, Fact::Unique, Fact::Mode],
            more_facts: Vec::new(),
            links: Links::Target,
            words: |_| None,
        }
    }

    /// The reply for an occasion.
    pub(crate) fn say(&self, phrase: Phrase, gaps: &[(&str, &[u8])]) -> Reply {
        let text = (self.words)(phrase).unwrap_or_else(|| phrase::plain(phrase));
        phrase::fill(text, gaps)
    }

    /// True when the verb is known.
    pub(crate) fn knows(&self, verb: &str) -> bool {
        !self.missing.iter().any(|missing| missing == verb)
    }

    /// Takes a verb away, from FEAT, too.
    pub fn forget(&mut self, verb: &str) {
        let verb = verb.to_ascii_uppercase();
        self.features.retain(|line| *line != verb && line.split(' ').next() != Some(&verb));
        self.missing.push(verb.strip_prefix("SITE ").unwrap_or(&verb).to_owned());
    }
}
