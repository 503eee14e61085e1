//! Pure-FTPd 1.0.50 (docs/servers.md; replies as measured).

use crate::demo::listing::{Columns, Dots, Fact, Links, Style};
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Behavior, ForeignPeer, InTransfer, SizeInText, lines};

pub(super) fn behavior() -> Behavior {
    Behavior {
        banner: "--------- Welcome to Pure-FTPd [privsep] [TLS] ----------\n\
                 220-You are user number 1 of 200 allowed.\n\
                 220-This is a private system - No anonymous login\n\
                 You will be disconnected after 15 minutes of inactivity."
            .to_owned(),
        features: lines(&[
            "UTF8",
            "EPRT",
            "IDLE",
            "MDTM",
            "SIZE",
            "MFMT",
            "REST STREAM",
            "MLST type*;size*;sizd*;modify*;UNIX.mode*;UNIX.uid*;UNIX.gid*;unique*;",
            "MLSD",
            "PRET",
            "AUTH TLS",
            "PBSZ",
            "PROT",
            "TVFS",
            "ESTA",
            "PASV",
            "EPSV",
            "ESTP",
        ]),
        missing: lines(&[
            "CLNT", "SSCN", "CPSV", "MFF", "HASH", "XCRC", "XMD5", "XSHA", "XSHA1", "XSHA256",
            "XSHA512", "MD5", "RANG", "AVBL", "XDUPE",
        ]),
        in_transfer: InTransfer::Refuse,
        abort_frees_waiting: false,
        store_past_end_makes_hole: true,
        rest_cuts_tail: true,
        rest_needs_binary: false,
        size_in_text: SizeInText::Bytes,
        doubles_quotes: false,
        mkd_repeats_name: true,
        accept_limit: None,
        foreign_peer: ForeignPeer::Ignore,
        prot_falls_back: true,
        style: Style::Unix(Columns {
            links: 4,
            owner: 10,
            group: 10,
            size: 10,
            owner_name: "65534",
            group_name: "nogroup",
            zero_day: false,
        }),
        dots: Dots::Always,
        facts: vec![
            Fact::Type,
            Fact::SizeOrSizd,
            Fact::Modify,
            Fact::Mode,
            Fact::Owner("UNIX.uid", "65534"),
            Fact::Owner("UNIX.gid", "65534"),
            Fact::Unique,
        ],
        links: Links::Bare,
        words,
        ..Behavior::plain()
    }
}

fn words(phrase: Phrase) -> Option<&'static str> {
    Some(match phrase {
        Phrase::Goodbye => "221-Goodbye. You uploaded 0 and downloaded 0 kbytes.\n221 Logout.",
        Phrase::Unknown => "500 Unknown command",
        Phrase::NeedLogin => "530 You aren't logged in",
        Phrase::UserKnown => "331 User {name} OK. Password required",
        Phrase::LoggedIn => {
            "230-This server supports FXP transfers\n230 OK. Current directory is /"
        }
        Phrase::LoginFailed => "530 Login authentication failed",
        Phrase::Noop => "200 Zzz...",
        Phrase::Here => "257 {quoted} is your current location",
        Phrase::Entered | Phrase::EnteredParent => "250 OK. Current directory is {full}",
        Phrase::EnterFailed => "550 Can't change directory to {path}: {why}",
        Phrase::DirMade => "257 {quoted} : The directory was successfully created",
        Phrase::DirFailed => "550 Can't create directory: {why}",
        Phrase::DirRemoved => "250 The directory was successfully removed",
        Phrase::DirStays => "550 Can't remove directory: {why}",
        Phrase::FileRemoved => "250 Deleted {path}",
        Phrase::FileStays => "550 Could not delete {path}: {why}",
        Phrase::RenameFrom => "350 RNFR accepted - file exists, ready for destination",
        Phrase::RenameFromFailed => "550 Sorry, but that file doesn't exist",
        Phrase::RenameFirst => "503 Need RNFR before RNTO",
        Phrase::Renamed => "250 File successfully renamed or moved",
        Phrase::RenameFailed => "451 Rename/move failure: {why}",
        Phrase::TypeSet => "200 TYPE is now {long}",
        Phrase::TypeBad => "504-Unknown TYPE: {name}\n504 TYPE is now {long}",
        Phrase::ModeSet => "200 S OK",
        Phrase::ModeBad => "504 Please use S(tream) mode",
        Phrase::StruSet => "200 F OK",
        Phrase::StruBad => "504 Only F(ile) is supported",
        Phrase::Passive => "227 Entering Passive Mode ({address})",
        Phrase::Extended => "229 Extended Passive mode OK (|||{port}|)",
        Phrase::ExtendedAll => "220 Active mode is disabled",
        Phrase::ExtendedBad | Phrase::EprtFamily => "522 Only IPv4 is supported (1)",
        Phrase::PortSet | Phrase::EprtSet => "200 PORT command successful",
        Phrase::PortBad | Phrase::EprtBad => "501 Syntax error in IP address",
        Phrase::PortForeign => "500 I won't open a connection to {name} (only to {peer})",
        Phrase::PortLow => "501 Sorry, but I won't connect to ports < 1024",
        Phrase::RestSet => "350 Restarting at {offset}",
        Phrase::RestBad => "554-REST needs a numeric parameter\n554 Restart offset reset to 0",
        Phrase::NoChannel => "425 No data connection",
        Phrase::NoConnection => "425 Could not open data connection to port {port}: {why}",
        Phrase::BeginSend | Phrase::BeginStore | Phrase::BeginList => {
            "150 Accepted data connection"
        }
        Phrase::BeginUnique => "150-FILE: {name}\n150 Accepted data connection",
        Phrase::Sent | Phrase::Stored => {
            "226-File successfully transferred\n\
             226 0.000 seconds (measured here), 86.84 Kbytes per second"
        }
        Phrase::Listed => "226-Options: -a -l \n226 {count} matches total",
        // the final reply of a broken RETR has a 1xx code (docs/servers.md "During a
        // transfer")
        Phrase::SendBroken => "150 0.200 seconds (measured here), 18.09 Mbytes per second",
        Phrase::StoreBroken => "451 Error during read from data connection",
        Phrase::SendFailed => "550 Can't open {path}: {why}",
        Phrase::SendDir => "550 I can only retrieve regular files",
        Phrase::StoreFailed => "553 Can't open that file: {why}",
        Phrase::NoSpace => "452-Error during write to file\n452 No space left on device",
        Phrase::SendRestPast => "554 Restart offset {offset} is too large",
        Phrase::ListFailed
        | Phrase::MlsdFailed
        | Phrase::FactsFailed
        | Phrase::SizeFailed
        | Phrase::TimeFailed => "550 Can't check for file existence",
        Phrase::TimeSet | Phrase::TimesSet => "213 UTIME OK",
        Phrase::TimeSetFailed | Phrase::TimesFailed => "550 utime({path}): {why}",
        Phrase::TimeBad => "501 Can't get a time stamp",
        Phrase::FactsBegin => "250 Begin",
        Phrase::FactsEnd => "250 End.",
        Phrase::FactsSet => {
            "200  MLST OPTS type;size;sizd;modify;UNIX.mode;UNIX.uid;UNIX.gid;unique;"
        }
        Phrase::StatusBegin => "213 STAT",
        Phrase::StatusEnd | Phrase::StatusDirEnd => "213 End.",
        Phrase::StatusServer => "211 https://www.pureftpd.org/",
        Phrase::Allocated => "200 A L'HUILE",
        Phrase::AbortIdle => "226 Since you see this ABOR must've succeeded",
        Phrase::Aborted => "426 Transfer aborted",
        Phrase::AbortDone => "226 Transfer aborted",
        Phrase::AbortDoneStore => "451 Transfer aborted",
        Phrase::ExtendedOnly => "501 Active mode is disabled",
        Phrase::Utf8On | Phrase::OptionBad => "504 Unknown command",
        Phrase::AuthBegin => "234 AUTH TLS OK.",
        Phrase::AuthBad => "500 This security scheme is not implemented",
        Phrase::BufferSet => "200 PBSZ=0",
        Phrase::TlsOnly => "503 {verb} must be preceded by a successful AUTH command",
        Phrase::ProtFirst => "503 PROT must be preceded by a successful PBSZ command",
        Phrase::ProtPrivate => "200 Data protection level set to \"private\"",
        Phrase::ProtClear => "200 Data protection level set to \"clear\"",
        Phrase::SiteUnknown => "500 SITE {name} is an unknown extension",
        Phrase::ModeChanged => "200 Permissions changed on {path}",
        Phrase::ModeFailed => "550 Could not change perms on {path}: {why}",
        _ => return None,
    })
}
