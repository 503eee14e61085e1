//! Personalities: how the real servers differ, as measured (docs/servers.md).

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

/// The server to imitate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Personality {
    /// The demo server's own behavior, with every feature.
    #[default]
    Plain,
    /// vsftpd 3.0.3: no MLSD, ignores ABOR, leaves holes with REST.
    Vsftpd,
    /// ProFTPD 1.3.8: all checksums, SSCN, MFF.
    Proftpd,
    /// Pure-FTPd 1.0.50: replies 500 to every command during a transfer, drops foreign peers
    /// silently.
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
    /// libunftp 0.24: accepts FXP where it is forbidden, and hangs.
    Libunftp,
}

/// The behavior of a server. It starts from a [`Personality`], and [`super::Setup::behavior`]
/// changes it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Behavior {
    /// The greeting without code; line feeds separate lines.
    pub banner: String,
    /// The reply to SYST.
    pub system: String,
    /// The lines of FEAT. `AUTH …`, `PBSZ`, `PROT`, `CCC`, `SSCN` and `CPSV` are omitted without
    /// TLS.
    pub features: Vec<String>,
    /// Verbs that are not supported.
    pub missing: Vec<String>,
    /// What happens to commands received during a transfer.
    pub in_transfer: InTransfer,
    /// What ABOR does during a transfer.
    pub abort: Abort,
    /// ABOR unblocks a transfer that still waits for its data connection.
    pub abort_frees_waiting: bool,
    /// The data connection of PORT is opened at PORT time, not at the transfer.
    pub connects_at_port: bool,
    /// The 1xx is sent at once; otherwise when the data connection is open (possible deadlock,
    /// docs/servers.md "Never wait for the passive side").
    pub begins_at_once: bool,
    /// STOR with REST past the end leaves a hole; otherwise it is refused.
    pub store_past_end_makes_hole: bool,
    /// RETR with REST past the end sends no data and replies 226; otherwise it is refused.
    pub send_past_end_is_empty: bool,
    /// STOR with REST truncates the file at the end of the data; otherwise the old tail is kept.
    pub rest_cuts_tail: bool,
    /// STOR with REST truncates the file first, so that zeros precede the data, as on bftpd and
    /// uftpd (quirk 64).
    pub store_truncates_at_rest: bool,
    /// STOR ignores REST, as in a literal reading of RFC 959 (quirk 64).
    pub store_ignores_rest: bool,
    /// REST applies to all later transfers until the next REST (quirk 64).
    pub rest_sticks: bool,
    /// An upload is named `.pureftpd-upload.…` until it is complete (quirk 83).
    pub atomic_upload: bool,
    /// Sessions that write the same file wait for each other, as on vsftpd.
    pub upload_lock: bool,
    /// The session ends after a 501 reply.
    pub closes_at_501: bool,
    /// PASV and PORT reset REST.
    pub passive_forgets_rest: bool,
    /// REST is refused in TYPE A.
    pub rest_needs_binary: bool,
    /// What SIZE replies in TYPE A.
    pub size_in_text: SizeInText,
    /// SIZE also works for directories.
    pub size_of_directories: bool,
    /// TYPE A converts line ends.
    pub converts_text: bool,
    /// Quotes in a 257 are doubled.
    pub doubles_quotes: bool,
    /// MKD's 257 repeats the name as it was given instead of the whole path.
    pub mkd_repeats_name: bool,
    /// `MDTM time name` sets the time.
    pub mdtm_sets: bool,
    /// A data connection that is reset during STOR counts as a successful end.
    pub reset_is_end: bool,
    /// A transfer continues after its control connection is lost.
    pub orphans_continue: bool,
    /// How long a passive port waits for its peer; `None` waits forever.
    pub accept_limit: Option<Duration>,
    /// What a passive port does with a foreign peer if FXP is not allowed.
    pub foreign_peer: ForeignPeer,
    /// RNTO replaces an existing file.
    pub rename_replaces: bool,
    /// RNTO onto an existing file deletes that file, and is refused.
    pub rename_deletes: bool,
    /// PASV requires PRET first.
    pub needs_pret: bool,
    /// As a sending TLS client, it closes the data connection without reading what the peer sent.
    /// With TLS 1.3 that loses data (docs/servers.md "Secure FXP").
    pub careless_tls_client: bool,
    /// A data connection without the required session reuse also closes the control connection.
    pub closes_without_reuse: bool,
    /// SIZE is answered at once during a transfer, even if other commands wait.
    pub size_in_transfer: bool,
    /// PROT S and E are accepted as P; otherwise they are refused.
    pub prot_falls_back: bool,
    /// How far the clock of LIST is ahead of UTC, in seconds; MLSD and MDTM always use UTC.
    pub clock: i64,
    /// The line format of LIST.
    pub(crate) style: Style,
    /// LIST always shows names that start with a dot.
    pub list_shows_hidden: bool,
    /// LIST accepts options.
    pub list_options: bool,
    /// When LIST contains `.` and `..`: always, with `-a`, never.
    pub(crate) dots: Dots,
    /// MLSD contains `.` and `..`.
    pub mlsd_dots: bool,
    /// The facts of MLSD, in order.
    pub(crate) facts: Vec<Fact>,
    /// Facts that MLSD sends only after `OPTS MLST`.
    pub(crate) more_facts: Vec<Fact>,
    /// How MLSD lists symbolic links.
    pub(crate) links: Links,
    /// Reply texts that differ from the default.
    pub(crate) words: fn(Phrase) -> Option<&'static str>,
}

/// What happens to commands received during a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTransfer {
    /// They wait until the transfer ends.
    Wait,
    /// They get a 500, unless they came in the same write as the transfer command.
    Refuse,
    /// They are executed at once, including PASV.
    Obey,
}

/// What ABOR does during a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abort {
    /// Aborts the transfer.
    Obey,
    /// Waits until the transfer ends.
    Wait,
    /// Aborts the transfer only after Telnet IP.
    Urgent,
}

/// What SIZE replies in TYPE A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeInText {
    /// The size in bytes.
    Bytes,
    /// A 550 reply.
    Refused,
    /// The size with CRLF line ends, which requires reading the file.
    Converted,
}

/// What a passive port does with a peer other than the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignPeer {
    /// Ends the transfer with 425.
    Refuse,
    /// Closes the connection and keeps waiting.
    Ignore,
    /// Replies 150, then 425.
    BeginAndRefuse,
    /// Replies 150, then never again. PORT with a foreign address is accepted and ends the same
    /// way.
    BeginAndHang,
}

impl Personality {
    /// The behavior of this server.
    #[must_use]
    pub fn behavior(self) -> Behavior {
        match self {
            Self::Plain => Behavior::plain(),
            Self::Vsftpd => vsftpd::behavior(),
            Self::Proftpd => proftpd::behavior(),
            Self::Pureftpd => pureftpd::behavior(),
            Self::Pyftpdlib => pyftpdlib::behavior(),
            Self::Glftpd => scene::glftpd(),
            Self::Drftpd => scene::drftpd(),
            Self::Windows => scene::windows(),
            Self::Inetutils => inetutils::behavior(),
            Self::Libunftp => libunftp::behavior(),
        }
    }

    /// The personality with this name: `plain`, `vsftpd`, `proftpd`, `pureftpd`, `pyftpdlib`,
    /// `glftpd`, `drftpd`, `windows`, `inetutils`, `libunftp`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, personality)| personality)
    }

    /// The names of all personalities.
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

/// Converts to owned strings.
pub(crate) fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

impl Behavior {
    /// The common base: strictly RFC 959 and 3659, without quirks.
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
            store_truncates_at_rest: false,
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
            orphans_continue: false,
            accept_limit: Some(Duration::from_secs(60)),
            foreign_peer: ForeignPeer::Refuse,
            rename_replaces: true,
            rename_deletes: false,
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

    /// The reply for a situation, with `vars` filled in.
    pub(crate) fn format_reply(&self, phrase: Phrase, vars: &[(&str, &[u8])]) -> Reply {
        let text = (self.words)(phrase).unwrap_or_else(|| phrase::plain(phrase));
        phrase::fill(text, vars)
    }

    /// True if the verb is supported.
    pub(crate) fn supports(&self, verb: &str) -> bool {
        !self.missing.iter().any(|missing| missing == verb)
    }

    /// Removes a verb, also from FEAT.
    pub fn remove_verb(&mut self, verb: &str) {
        let verb = verb.to_ascii_uppercase();
        self.features.retain(|line| *line != verb && line.split(' ').next() != Some(&verb));
        self.missing.push(verb.strip_prefix("SITE ").unwrap_or(&verb).to_owned());
    }
}
