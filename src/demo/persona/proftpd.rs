//! ProFTPD 1.3.8 (docs/servers.md; replies as measured).

use crate::demo::listing::{Columns, Dots, Fact, Links, Style};
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Behavior, InTransfer, SizeInText, lines};

pub(super) fn behavior() -> Behavior {
    Behavior {
        banner: "ProFTPD Server (lab) [127.0.0.1]".to_owned(),
        features: lines(&[
            "AUTH TLS",
            "CCC",
            "CLNT",
            "CSID",
            "EPRT",
            "EPSV",
            "HASH CRC32;MD5;SHA-1*;SHA-256;SHA-512;",
            "HOST",
            "LANG C.UTF-8*",
            "MD5",
            "MDTM",
            "MFF modify;UNIX.group;UNIX.mode;",
            "MFMT",
            "MLST modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.groupname*;UNIX.mode*;\
             UNIX.owner*;UNIX.ownername*;",
            "MODE Z",
            "PBSZ",
            "PROT",
            "RANG STREAM",
            "REST STREAM",
            "SITE COPY",
            "SITE MKDIR",
            "SITE RMDIR",
            "SITE SYMLINK",
            "SITE UTIME",
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
        missing: lines(&["CPSV", "PRET", "AVBL", "XDUPE"]),
        in_transfer: InTransfer::Wait,
        size_in_transfer: true,
        abort_frees_waiting: false,
        rest_cuts_tail: false,
        size_in_text: SizeInText::Refused,
        accept_limit: None,
        careless_tls_client: true,
        style: Style::Unix(Columns {
            links: 3,
            owner: 8,
            group: 8,
            size: 8,
            owner_name: "fxp",
            group_name: "lab",
            zero_day: false,
        }),
        list_shows_hidden: false,
        dots: Dots::OnRequest,
        facts: vec![
            Fact::Modify,
            Fact::Perm,
            Fact::Size,
            Fact::Type,
            Fact::Unique,
            Fact::Owner("UNIX.group", "65534"),
            Fact::Owner("UNIX.groupname", "lab"),
            Fact::Mode,
            Fact::Owner("UNIX.owner", "65534"),
            Fact::Owner("UNIX.ownername", "fxp"),
        ],
        links: Links::Symlink,
        words,
        ..Behavior::plain()
    }
}

fn words(phrase: Phrase) -> Option<&'static str> {
    Some(match phrase {
        Phrase::NeedLogin => "530 Please login with USER and PASS",
        Phrase::NeedArgument => "500 '{verb}' not understood",
        Phrase::Unknown => "500 {verb} not understood",
        Phrase::UserKnown => "331 Password required for {name}",
        Phrase::LoggedIn => "230 User {name} logged in",
        Phrase::Noop => "200 NOOP command successful",
        Phrase::Here => "257 {quoted} is the current directory",
        Phrase::Entered => "250 CWD command successful",
        Phrase::EnteredParent => "250 CDUP command successful",
        Phrase::EnterFailed
        | Phrase::DirFailed
        | Phrase::DirStays
        | Phrase::FileStays
        | Phrase::RenameFromFailed
        | Phrase::RenameFailed
        | Phrase::SendFailed
        | Phrase::SendDir
        | Phrase::StoreFailed
        | Phrase::SizeFailed
        | Phrase::TimeFailed
        | Phrase::TimeSetFailed
        | Phrase::DigestFailed
        | Phrase::ModeFailed
        | Phrase::TimesFailed
        | Phrase::MlsdFailed => "550 {path}: {why}",
        Phrase::DirMade => "257 {quoted} - Directory successfully created",
        Phrase::DirRemoved => "250 RMD command successful",
        Phrase::FileRemoved => "250 DELE command successful",
        Phrase::RenameFrom => "350 File or directory exists, ready for destination name",
        Phrase::RenameFirst => "503 Bad sequence of commands",
        Phrase::Renamed => "250 Rename successful",
        Phrase::TypeSet => "200 Type set to {type}",
        Phrase::TypeBad => "504 TYPE not implemented for '{name}' parameter",
        Phrase::ModeSet => "200 Mode set to S",
        Phrase::StruSet => "200 Structure set to F",
        Phrase::StruBad => "504 'STRU {name}' unsupported structure type",
        Phrase::Extended => "229 Entering Extended Passive Mode (|||{port}|)",
        Phrase::ExtendedAll => "200 EPSV ALL command successful",
        Phrase::PortSet => "200 PORT command successful",
        Phrase::PortForeign | Phrase::PortLow => "500 Illegal PORT command",
        Phrase::EprtSet => "200 EPRT command successful",
        Phrase::RestSet => {
            "350 Restarting at {offset}. Send STORE or RETRIEVE to initiate transfer"
        }
        Phrase::RestBad => "501 REST requires a value greater than or equal to 0",
        Phrase::RestText => "501 REST: Resuming transfers not allowed in ASCII mode",
        Phrase::NoChannel => "425 Unable to build data connection: Connection refused",
        Phrase::NoConnection => "425 Unable to build data connection: {why}",
        Phrase::PeerForeign => "425 Unable to build data connection: Permission denied",
        Phrase::BeginSend => "150 Opening {mode} mode data connection for {path} ({size} bytes)",
        Phrase::BeginStore => "150 Opening {mode} mode data connection for {path}",
        Phrase::BeginUnique => "150 FILE: {name}",
        Phrase::BeginList => "150 Opening {mode} mode data connection for {what}",
        Phrase::Sent | Phrase::Stored | Phrase::Listed => "226 Transfer complete",
        Phrase::SendBroken | Phrase::StoreBroken => "426 Transfer aborted. Data connection closed",
        Phrase::StoreRestPast | Phrase::SendRestPast => "554 {path}: invalid REST argument",
        Phrase::NoSpace => "552 {path}: No space left on device",
        Phrase::ListFailed | Phrase::StatusFailed => "450 {path}: {why}",
        Phrase::FactsFailed => "550 '{path}' cannot be listed",
        Phrase::SizeText => "550 SIZE not allowed in ASCII mode",
        Phrase::TimeSet => "213 Modify={time}; {path}",
        Phrase::TimeBad => "501 {name}: Invalid argument",
        Phrase::FactsBegin => "250 Start of list for {path}",
        Phrase::FactsEnd => "250 End of list",
        Phrase::StatusDirEnd => "212 End of status",
        Phrase::StatusEnd => "213 End of status",
        Phrase::Allocated => "202 No storage allocation necessary",
        Phrase::AbortIdle | Phrase::AbortDone | Phrase::AbortDoneStore => "226 Abort successful",
        Phrase::Aborted => "426 Transfer aborted. Data connection closed",
        Phrase::Utf8On => "200 UTF8 set to on",
        Phrase::OptionBad => "500 OPTS {name} not understood",
        Phrase::Client => "200 OK",
        Phrase::AuthBegin => "234 AUTH TLS successful",
        Phrase::AuthBad => "534 Unwilling to accept security parameters",
        Phrase::TlsOnly => "500 {verb} not understood",
        Phrase::BufferSet => "200 PBSZ 0 successful",
        Phrase::ProtPrivate => "200 Protection set to Private",
        Phrase::ProtClear => "200 Protection set to Clear",
        Phrase::ProtBad => "536 PROT S unsupported",
        Phrase::ProtFirst => "503 PROT: Need PBSZ first",
        Phrase::ClearControl => "200 Clearing control channel protection",
        Phrase::Hash => "213-Computing {name} digest\n213 {name} {from}-{to} {hex} {path}",
        Phrase::Digest => "250-Computing {name} digest\n250 {HEX}",
        Phrase::DigestMd5 => "251-Computing MD5 digest\n251 {path} {HEX}",
        Phrase::RangeSet => "350 Transferring byte range of {size} bytes starting from {from}",
        Phrase::SiteUnknown => "500 'SITE {name}' not understood",
        Phrase::ReuseNeeded => "425 Unable to build data connection: Operation not permitted",
        Phrase::TlsFailed => "425 Unable to build data connection: Operation not permitted",
        Phrase::NotSupported => "502 {verb} command not implemented",
        _ => return None,
    })
}
