//! pyftpdlib 2.2 (docs/servers.md; replies as measured), an asynchronous server.

use std::time::Duration;

use crate::demo::listing::{Columns, Dots, Fact, Links, Style};
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Behavior, ForeignPeer, InTransfer, SizeInText, lines};

pub(super) fn behavior() -> Behavior {
    Behavior {
        banner: "pyftpdlib lab".to_owned(),
        features: lines(&[
            "AUTH SSL",
            "AUTH TLS",
            "EPRT",
            "EPSV",
            "MDTM",
            "MFMT",
            "MLST type*;perm*;size*;modify*;unique*;unix.mode;unix.uid;unix.gid;",
            "PBSZ",
            "PROT",
            "REST STREAM",
            "SIZE",
            "TVFS",
            "UTF8",
        ]),
        missing: lines(&[
            "CLNT", "CCC", "SSCN", "CPSV", "PRET", "MFF", "HASH", "XCRC", "XMD5", "XSHA", "XSHA1",
            "XSHA256", "XSHA512", "MD5", "RANG", "AVBL", "ACCT", "SMNT", "UTIME", "XDUPE",
        ]),
        in_transfer: InTransfer::Obey,
        connects_at_port: true,
        begins_at_once: true,
        rest_cuts_tail: false,
        size_in_text: SizeInText::Refused,
        reset_is_end: true,
        accept_limit: Some(Duration::from_secs(30)),
        foreign_peer: ForeignPeer::BeginAndRefuse,
        style: Style::Unix(Columns {
            links: 3,
            owner: 8,
            group: 8,
            size: 8,
            owner_name: "nobody",
            group_name: "nogroup",
            zero_day: true,
        }),
        list_options: false,
        dots: Dots::Never,
        mlsd_dots: false,
        facts: vec![Fact::Modify, Fact::Perm, Fact::SizeOfAll, Fact::Type, Fact::Unique],
        more_facts: vec![Fact::PythonMode],
        links: Links::Followed,
        words,
        ..Behavior::plain()
    }
}

fn words(phrase: Phrase) -> Option<&'static str> {
    Some(match phrase {
        Phrase::Unknown => "500 Command \"{verb}\" not understood.",
        Phrase::NeedLogin => "530 Log in with USER and PASS first.",
        Phrase::NeedArgument => "501 Syntax error: command needs an argument.",
        Phrase::UserKnown => "331 Username ok, send password.",
        Phrase::LoggedIn => "230 Login successful.",
        Phrase::LoginFailed => "530 Authentication failed.",
        Phrase::Noop => "200 I successfully did nothing'.",
        Phrase::Entered | Phrase::EnteredParent => "250 {quoted} is the current directory.",
        Phrase::EnterFailed
        | Phrase::DirFailed
        | Phrase::DirStays
        | Phrase::FileStays
        | Phrase::RenameFromFailed
        | Phrase::RenameFailed
        | Phrase::SendFailed
        | Phrase::SendDir
        | Phrase::StoreFailed
        | Phrase::ListFailed
        | Phrase::FactsFailed
        | Phrase::StatusFailed
        | Phrase::ModeFailed => "550 {why}.",
        Phrase::MlsdFailed => "501 No such directory.",
        Phrase::SizeFailed => "550 {full} is not retrievable.",
        Phrase::TimeFailed | Phrase::TimeSetFailed => "550 {full} is not retrievable",
        Phrase::DirMade => "257 {quoted} directory created.",
        Phrase::RenameFrom => "350 Ready for destination name.",
        Phrase::RenameFirst => "503 Bad sequence of commands: use RNFR first.",
        Phrase::Renamed => "250 Renaming ok.",
        Phrase::TypeSet => "200 Type set to: {word}.",
        Phrase::TypeBad => "504 Unsupported type \"{name}\".",
        Phrase::ModeSet => "200 Transfer mode set to: S",
        Phrase::ModeBad => "501 Unrecognized MODE type.",
        Phrase::StruSet => "200 File transfer structure set to: F.",
        Phrase::StruBad => "504 Unimplemented STRU type.",
        Phrase::Passive => "227 Entering passive mode ({address}).",
        Phrase::Extended => "229 Entering extended passive mode (|||{port}|).",
        Phrase::ExtendedAll => "220 Other commands other than EPSV are now disabled.",
        Phrase::ExtendedBad | Phrase::EprtFamily => "522 Network protocol not supported (use 1).",
        Phrase::PortSet | Phrase::EprtSet => "200 Active data connection established.",
        Phrase::PortBad => "501 Invalid PORT format.",
        Phrase::EprtBad => "501 Invalid EPRT format.",
        Phrase::PortForeign => "501 Rejected data connection to foreign address {name}:{port}.",
        Phrase::PortLow => "501 PORT against the privileged port \"{port}\" refused.",
        Phrase::RestSet => "350 Restarting at position {offset}.",
        Phrase::RestText => "501 Resuming transfers not allowed in ASCII mode.",
        Phrase::NoConnection => "425 Can't connect to specified address.",
        Phrase::PeerForeign => "425 Rejected data connection from foreign address {name}:{port}.",
        Phrase::PeerMissing => "421 Passive data channel timed out.",
        Phrase::BeginSend | Phrase::BeginStore | Phrase::BeginList => {
            "150 File status okay. About to open data connection."
        }
        Phrase::Sent | Phrase::Stored | Phrase::Listed => "226 Transfer complete.",
        Phrase::StoreRestPast | Phrase::SendRestPast => "554 Invalid REST parameter.",
        Phrase::SizeText => "550 SIZE not allowed in ASCII mode.",
        Phrase::TimeSet => "213 Modify={time}; {full}.",
        Phrase::TimeBad => "550 Invalid time format; expected: YYYYMMDDHHMMSS.",
        Phrase::FactsBegin => "250 Listing \"{full}\":",
        Phrase::FactsEnd => "250 End MLST.",
        Phrase::StatusBegin => "213 Status of \"{full}\":",
        Phrase::StatusEnd | Phrase::StatusDirEnd => "213 End of status.",
        Phrase::Allocated => "202 No storage allocation necessary.",
        Phrase::AbortIdle => "225 No transfer to abort.",
        Phrase::AbortWaiting => "225 ABOR command successful; data channel closed.",
        Phrase::ExtendedOnly => "501 {verb} not allowed after EPSV ALL.",
        Phrase::Aborted => "426 Transfer aborted via ABOR.",
        Phrase::AbortDone => "226 ABOR command successful.",
        Phrase::Utf8On => "200 Always in UTF8 mode.",
        Phrase::OptionBad => "501 Unsupported command \"{name}\".",
        Phrase::AuthBegin => "234 AUTH TLS successful.",
        Phrase::AuthBad => "502 Unrecognized encryption type (use TLS or SSL).",
        Phrase::TlsOnly => "503 {verb} not allowed on insecure control connection.",
        Phrase::BufferSet => "200 PBSZ=0 successful.",
        Phrase::ProtPrivate => "200 Protection set to Private",
        Phrase::ProtClear => "200 Protection set to Clear",
        Phrase::ProtBad => "521 PROT S unsupported (use C or P).",
        Phrase::ProtFirst => "503 You must issue the PBSZ command prior to PROT.",
        Phrase::SiteUnknown => "500 Command \"SITE {name}\" not understood.",
        Phrase::ModeChanged => "200 SITE CHMOD successful.",
        Phrase::Reinit => "230 Ready for new user.",
        _ => return None,
    })
}
