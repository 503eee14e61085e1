//! Servers that could not be measured: glftpd, DrFTPD and a Windows server, based on reports about
//! them (quirks 18, 25, 31, 51, 67, 81).

use crate::demo::listing::Style;
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Behavior, lines};

/// glftpd: CPSV and SSCN, XDUPE, the short passive form `(1,p1,p2)`.
pub(super) fn glftpd() -> Behavior {
    let mut behavior = Behavior {
        banner: "glFTPd 2.12 Linux+TLS ready.".to_owned(),
        features: lines(&[
            "AUTH TLS",
            "AUTH SSL",
            "PBSZ",
            "PROT",
            "CPSV",
            "SSCN",
            "MDTM",
            "SIZE",
            "REST STREAM",
            "SYST",
            "EPRT",
            "EPSV",
            "CEPR",
        ]),
        rename_replaces: false,
        words: glftpd_words,
        ..Behavior::plain()
    };
    for verb in [
        "MLSD", "MLST", "MFMT", "MFF", "HASH", "MD5", "XMD5", "XSHA", "XSHA1", "XSHA256",
        "XSHA512", "RANG", "CLNT", "AVBL", "CCC", "PRET",
    ] {
        behavior.remove_verb(verb);
    }
    behavior
}

fn glftpd_words(phrase: Phrase) -> Option<&'static str> {
    Some(match phrase {
        Phrase::Passive => "227 Entering Passive Mode (1,{short})",
        Phrase::Unknown => "500 '{verb}': Command not understood.",
        Phrase::StoreFailed => "553 {path}: {why}",
        Phrase::PortForeign => "500 Illegal PORT command: you are not allowed to FXP.",
        _ => return None,
    })
}

/// DrFTPD: PASV and CPSV only after PRET.
pub(super) fn drftpd() -> Behavior {
    let mut behavior = Behavior {
        banner: "DrFTPD 4.0 https://github.com/drftpd-ng/drftpd".to_owned(),
        features: lines(&[
            "AUTH SSL",
            "AUTH TLS",
            "CLNT",
            "CPSV",
            "MDTM",
            "MFMT",
            "MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;",
            "PBSZ",
            "PRET",
            "PROT",
            "REST STREAM",
            "SIZE",
            "SSCN",
            "UTF8",
            "XCRC",
        ]),
        needs_pret: true,
        ..Behavior::plain()
    };
    for verb in
        ["HASH", "MD5", "XMD5", "XSHA", "XSHA1", "XSHA256", "XSHA512", "RANG", "AVBL", "EPSV"]
    {
        behavior.remove_verb(verb);
    }
    behavior
}

/// A Windows server: DOS listings, RNTO does not replace, no SITE CHMOD.
pub(super) fn windows() -> Behavior {
    let mut behavior = Behavior {
        banner: "Microsoft FTP Service".to_owned(),
        system: "Windows_NT".to_owned(),
        features: lines(&[
            "LANG EN*",
            "UTF8",
            "AUTH TLS",
            "PBSZ",
            "PROT",
            "SIZE",
            "MDTM",
            "REST STREAM",
            "EPSV",
            "EPRT",
        ]),
        style: Style::Dos,
        rename_replaces: false,
        words: windows_words,
        ..Behavior::plain()
    };
    for verb in [
        "MLSD", "MLST", "MFMT", "MFF", "CLNT", "CCC", "SSCN", "CPSV", "PRET", "HASH", "XCRC",
        "XMD5", "XSHA", "XSHA1", "XSHA256", "XSHA512", "MD5", "RANG", "AVBL", "CHMOD", "UTIME",
        "XDUPE",
    ] {
        behavior.remove_verb(verb);
    }
    behavior
}

fn windows_words(phrase: Phrase) -> Option<&'static str> {
    Some(match phrase {
        Phrase::UserKnown => "331 Password required",
        Phrase::LoggedIn => "230 User logged in.",
        Phrase::LoginFailed => "530 User cannot log in.",
        Phrase::Here => "257 {quoted} is current directory.",
        Phrase::Entered => "250 CWD command successful.",
        Phrase::EnterFailed | Phrase::SendFailed | Phrase::SizeFailed | Phrase::TimeFailed => {
            "550 The system cannot find the file specified."
        }
        Phrase::DirMade => "257 {quoted} directory created.",
        Phrase::DirFailed => "550 Cannot create a file when that file already exists.",
        Phrase::PortForeign => "501 Server cannot accept argument.",
        Phrase::BeginSend | Phrase::BeginStore | Phrase::BeginList => {
            "125 Data connection already open; Transfer starting."
        }
        Phrase::RenameFailed => "550 Cannot create a file when that file already exists.",
        Phrase::Unknown => "500 '{verb}': command not understood.",
        Phrase::OptionBad => "501 OPTS: parameter not understood.",
        Phrase::Utf8On => "200 OPTS UTF8 command successful - UTF8 encoding now ON.",
        _ => return None,
    })
}
