//! The reply texts: a table from situation to code and text.
//!
//! A text is `CODE words`, with lines separated by `\n`. The verb fills in `{…}`.

use crate::ftp::Reply;

/// A situation that has its own reply text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phrase {
    Goodbye,
    Unknown,
    NeedLogin,
    NeedArgument,
    BadArgument,
    UserKnown,
    LoggedIn,
    LoginFailed,
    NeedTls,
    Noop,
    Here,
    Entered,
    EnteredParent,
    EnterFailed,
    DirMade,
    DirFailed,
    DirRemoved,
    DirStays,
    FileRemoved,
    FileStays,
    RenameFrom,
    RenameFromFailed,
    RenameFirst,
    Renamed,
    RenameFailed,
    TypeSet,
    TypeBad,
    ModeSet,
    ModeBad,
    StruSet,
    StruBad,
    Passive,
    Extended,
    ExtendedAll,
    ExtendedOnly,
    ExtendedBad,
    PortSet,
    PortBad,
    PortForeign,
    PortLow,
    EprtSet,
    EprtBad,
    EprtFamily,
    RestSet,
    RestBad,
    RestText,
    NoChannel,
    NoConnection,
    PeerForeign,
    PeerMissing,
    BeginSend,
    BeginStore,
    BeginUnique,
    BeginList,
    BeginOpen,
    Sent,
    Stored,
    Listed,
    SendBroken,
    StoreBroken,
    SendFailed,
    SendDir,
    StoreFailed,
    StoreRestPast,
    SendRestPast,
    NoSpace,
    LocalError,
    ListFailed,
    MlsdFailed,
    FactsFailed,
    Size,
    SizeFailed,
    SizeText,
    Time,
    TimeFailed,
    TimeSet,
    TimeSetFailed,
    TimeBad,
    FactsBegin,
    FactsEnd,
    FactsSet,
    FactsChanged,
    StatusBegin,
    StatusEnd,
    StatusDirEnd,
    StatusFailed,
    StatusServer,
    Allocated,
    AbortIdle,
    Aborted,
    AbortDone,
    AbortDoneStore,
    AbortWaiting,
    Utf8On,
    OptionBad,
    Client,
    AuthBegin,
    AuthBad,
    TlsOnly,
    BufferSet,
    ProtPrivate,
    ProtClear,
    ProtBad,
    ProtFirst,
    ClearControl,
    SscnOn,
    SscnOff,
    PretDone,
    PretNeeded,
    Hash,
    Digest,
    DigestMd5,
    DigestFailed,
    HashSet,
    HashBad,
    RangeSet,
    RangeBad,
    SiteUnknown,
    ModeChanged,
    ModeFailed,
    TimesSet,
    TimesFailed,
    Space,
    ReuseNeeded,
    TlsFailed,
    Reinit,
    NotSupported,
}

/// The default reply.
pub(crate) fn plain(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Goodbye => "221 Goodbye.",
        Phrase::Unknown => "500 {verb} not understood.",
        Phrase::NeedLogin => "530 Please log in with USER and PASS.",
        Phrase::NeedArgument => "501 {verb} needs an argument.",
        Phrase::BadArgument => "501 {verb}: bad argument.",
        Phrase::UserKnown => "331 Password required for {name}.",
        Phrase::LoggedIn => "230 Logged in.",
        Phrase::LoginFailed => "530 Login incorrect.",
        Phrase::NeedTls => "530 Please use AUTH TLS first.",
        Phrase::Noop => "200 OK.",
        Phrase::Here => "257 {quoted} is the current directory.",
        Phrase::Entered => "250 Directory changed.",
        Phrase::EnteredParent => "250 Directory changed.",
        Phrase::EnterFailed => "550 {path}: {why}.",
        Phrase::DirMade => "257 {quoted} created.",
        Phrase::DirFailed => "550 {path}: {why}.",
        Phrase::DirRemoved => "250 Directory removed.",
        Phrase::DirStays => "550 {path}: {why}.",
        Phrase::FileRemoved => "250 File removed.",
        Phrase::FileStays => "550 {path}: {why}.",
        Phrase::RenameFrom => "350 Ready for RNTO.",
        Phrase::RenameFromFailed => "550 {path}: {why}.",
        Phrase::RenameFirst => "503 RNFR comes first.",
        Phrase::Renamed => "250 Renamed.",
        Phrase::RenameFailed => "550 {path}: {why}.",
        Phrase::TypeSet => "200 Type set to {type}.",
        Phrase::TypeBad => "504 Type {name} is not supported.",
        Phrase::ModeSet => "200 Mode set to S.",
        Phrase::ModeBad => "504 Only mode S is supported.",
        Phrase::StruSet => "200 Structure set to F.",
        Phrase::StruBad => "504 Only structure F is supported.",
        Phrase::Passive => "227 Entering Passive Mode ({address}).",
        Phrase::Extended => "229 Entering Extended Passive Mode (|||{port}|).",
        Phrase::ExtendedAll => "200 Only EPSV from now on.",
        Phrase::ExtendedOnly => "500 Illegal {verb} command, EPSV ALL is in effect.",
        Phrase::ExtendedBad => "522 Network protocol not supported, use (1).",
        Phrase::PortSet => "200 PORT command successful.",
        Phrase::PortBad => "501 This is no address.",
        Phrase::PortForeign => "500 Illegal PORT command.",
        Phrase::PortLow => "500 Illegal PORT command.",
        Phrase::EprtSet => "200 EPRT command successful.",
        Phrase::EprtBad => "501 This is no address.",
        Phrase::EprtFamily => "522 Network protocol not supported, use (1).",
        Phrase::RestSet => "350 Restarting at {offset}.",
        Phrase::RestBad => "501 REST needs a number.",
        Phrase::RestText => "501 REST is not possible in TYPE A.",
        Phrase::NoChannel => "425 Use PORT or PASV first.",
        Phrase::NoConnection => "425 Cannot open data connection: {why}.",
        Phrase::PeerForeign => "425 Data connection from a foreign address refused.",
        Phrase::PeerMissing => "425 No data connection came.",
        Phrase::BeginSend => "150 Opening {mode} mode data connection for {path} ({size} bytes).",
        Phrase::BeginStore => "150 Opening {mode} mode data connection for {path}.",
        Phrase::BeginUnique => "150 FILE: {name}",
        Phrase::BeginList => "150 Opening data connection for the listing.",
        Phrase::BeginOpen => "125 Data connection already open. Transfer starting.",
        Phrase::Sent | Phrase::Stored | Phrase::Listed => "226 Transfer complete.",
        Phrase::SendBroken | Phrase::StoreBroken => "426 Connection closed; transfer aborted.",
        Phrase::SendFailed | Phrase::SendDir => "550 {path}: {why}.",
        Phrase::StoreFailed => "553 {path}: {why}.",
        Phrase::StoreRestPast => "554 Restart beyond the end of the file.",
        Phrase::SendRestPast => "554 Restart beyond the end of the file.",
        Phrase::LocalError => "451 {path}: {why}.",
        Phrase::NoSpace => "552 {path}: No space left on device.",
        Phrase::ListFailed | Phrase::MlsdFailed | Phrase::FactsFailed => "550 {path}: {why}.",
        Phrase::Size => "213 {size}",
        Phrase::SizeFailed => "550 {path}: {why}.",
        Phrase::SizeText => "550 SIZE is not possible in TYPE A.",
        Phrase::Time => "213 {time}",
        Phrase::TimeFailed => "550 {path}: {why}.",
        Phrase::TimeSet => "213 Modify={time}; {path}",
        Phrase::TimeSetFailed => "550 {path}: {why}.",
        Phrase::TimeBad => "501 A time is YYYYMMDDHHMMSS.",
        Phrase::FactsBegin => "250 Listing {path}",
        Phrase::FactsEnd => "250 End",
        Phrase::FactsSet => "200 MLST OPTS {facts}",
        Phrase::FactsChanged => "213 {facts}",
        Phrase::StatusBegin => "213 Status of {path}:",
        Phrase::StatusEnd | Phrase::StatusDirEnd => "213 End of status",
        Phrase::StatusFailed => "450 {path}: {why}.",
        Phrase::StatusServer => {
            "211-Server status:\n Connected from {peer}\n Logged in as {name}\n TYPE: {type}\n\
             211 End of status"
        }
        Phrase::Allocated => "202 No storage allocation necessary.",
        Phrase::AbortIdle => "226 Nothing to abort.",
        Phrase::Aborted => "426 Transfer aborted.",
        Phrase::AbortDone | Phrase::AbortDoneStore => "226 Abort successful.",
        Phrase::AbortWaiting => "226 Abort successful; nobody had connected.",
        Phrase::Utf8On => "200 UTF8 is on.",
        Phrase::OptionBad => "501 Unknown option.",
        Phrase::Client => "200 OK.",
        Phrase::AuthBegin => "234 Begin TLS.",
        Phrase::AuthBad => "504 Only AUTH TLS is supported.",
        Phrase::TlsOnly => "503 {verb} needs TLS.",
        Phrase::BufferSet => "200 PBSZ=0",
        Phrase::ProtPrivate => "200 Data connections are protected.",
        Phrase::ProtClear => "200 Data connections are in the clear.",
        Phrase::ProtBad => "536 Only PROT C and PROT P are supported.",
        Phrase::ProtFirst => "503 PBSZ comes first.",
        Phrase::ClearControl => "200 Control connection in the clear.",
        Phrase::SscnOn => "200 SSCN:CLIENT METHOD",
        Phrase::SscnOff => "200 SSCN:SERVER METHOD",
        Phrase::PretDone => "200 OK, will use {name}.",
        Phrase::PretNeeded => {
            "500 You need to use a client supporting PRET (PRE Transfer) to use PASV."
        }
        Phrase::Hash => "213 {name} {from}-{to} {hex} {path}",
        Phrase::Digest => "250 {HEX}",
        Phrase::DigestMd5 => "251 {path} {HEX}",
        Phrase::DigestFailed => "550 {path}: {why}.",
        Phrase::HashSet => "200 {name}",
        Phrase::HashBad => "501 Unknown algorithm.",
        Phrase::RangeSet => "350 Range from {from} to {to}.",
        Phrase::RangeBad => "501 RANG needs two numbers.",
        Phrase::SiteUnknown => "500 SITE {name} not understood.",
        Phrase::ModeChanged => "200 SITE CHMOD command successful.",
        Phrase::ModeFailed => "550 {path}: {why}.",
        Phrase::TimesSet => "200 SITE UTIME command successful.",
        Phrase::TimesFailed => "550 {path}: {why}.",
        Phrase::Space => "213 {free}",
        Phrase::ReuseNeeded => "522 SSL connection failed: session reuse required",
        Phrase::TlsFailed => "425 TLS on the data connection failed: {why}",
        Phrase::Reinit => "220 Ready for a new user.",
        Phrase::NotSupported => "502 {verb} is not implemented.",
    }
}

/// Builds a reply from a text, with its placeholders filled in.
pub(crate) fn fill(text: &str, vars: &[(&str, &[u8])]) -> Reply {
    let (code, _) = text.split_at_checked(3).unwrap_or(("500", ""));
    let lines: Vec<&str> = text.split('\n').collect();
    let last = lines.len() - 1;
    let lines = lines.iter().enumerate().map(|(at, line)| {
        // the first and last line carry the code; those between are copied unchanged
        let own = if at == 0 || at == last { line.get(4..).unwrap_or("") } else { line };
        fill_line(own, vars)
    });
    Reply { code: code.parse().unwrap_or(500), lines: lines.collect() }
}

fn fill_line(mut line: &str, vars: &[(&str, &[u8])]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(line.len() + 32);
    while let Some(open) = line.find('{') {
        let Some(close) = line[open..].find('}') else { break };
        filled.extend_from_slice(&line.as_bytes()[..open]);
        let name = &line[open + 1..open + close];
        if let Some((_, value)) = vars.iter().find(|(var, _)| *var == name) {
            // a line break in a name must not start a new reply line
            filled.extend(value.iter().map(|&b| if matches!(b, b'\r' | b'\n') { b'?' } else { b }));
        }
        line = &line[open + close + 1..];
    }
    filled.extend_from_slice(line.as_bytes());
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_and_no_line_is_smuggled() {
        let reply = fill("550 {path}: {why}.", &[("path", b"a\r\nb"), ("why", b"No")]);
        assert_eq!((reply.code, reply.lines), (550, vec![b"a??b: No.".to_vec()]));
        let reply = fill("211-A {x}\n B\n211 C", &[("x", b"1")]);
        assert_eq!(reply.code, 211);
        assert_eq!(reply.lines, [b"A 1".to_vec(), b" B".to_vec(), b"C".to_vec()]);
    }
}
