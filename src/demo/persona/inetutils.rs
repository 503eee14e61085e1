//! inetutils-ftpd 2.4 (docs/servers.md; replies as measured), an old server.

use crate::demo::listing::{Columns, Dots, Style};
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Abort, Behavior, InTransfer, SizeInText, lines};

pub(super) fn behavior() -> Behavior {
    Behavior {
        banner: "localhost FTP server (GNU inetutils 2.4) ready.".to_owned(),
        system: "UNIX Type: L8 Version: Linux".to_owned(),
        features: lines(&["MDTM", "SIZE", "REST STREAM", "EPRT", "EPSV"]),
        missing: lines(&[
            "MLSD", "MLST", "MFMT", "MFF", "CLNT", "CCC", "SSCN", "CPSV", "PRET", "HASH", "XCRC",
            "XMD5", "XSHA", "XSHA1", "XSHA256", "XSHA512", "MD5", "RANG", "AVBL", "UTIME", "XDUPE",
            "AUTH",
        ]),
        in_transfer: InTransfer::Wait,
        abort: Abort::Urgent,
        abort_frees_waiting: false,
        store_past_end_makes_hole: true,
        send_past_end_is_empty: true,
        rest_cuts_tail: false,
        passive_forgets_rest: true,
        rest_needs_binary: false,
        size_in_text: SizeInText::Converted,
        doubles_quotes: false,
        orphans_continue: true,
        accept_limit: None,
        style: Style::Unix(Columns {
            links: 2,
            owner: 6,
            group: 7,
            size: 5,
            owner_name: "nobody",
            group_name: "nogroup",
            zero_day: false,
        }),
        list_shows_hidden: true,
        dots: Dots::OnRequest,
        words,
        ..Behavior::plain()
    }
}

fn words(phrase: Phrase) -> Option<&'static str> {
    Some(match phrase {
        Phrase::Unknown => "500 '{verb}': command not recognized",
        Phrase::Noop => "200 NOOP command successful.",
        Phrase::Here => "257 {quoted} is current directory.",
        Phrase::EnterFailed | Phrase::DirFailed | Phrase::SendFailed | Phrase::FileStays => {
            "550 {path}: {why}."
        }
        Phrase::RestSet => {
            "350 Restarting at {offset}. Send STORE or RETRIEVE to initiate transfer."
        }
        Phrase::SizeFailed => "550 {path}: not a plain file.",
        Phrase::PortForeign | Phrase::PortLow => "500 Illegal PORT Command",
        Phrase::Passive => "227 Entering Passive Mode ({address})",
        Phrase::Extended => "229 Entering Extended Passive Mode (|||{port}|)",
        Phrase::OptionBad | Phrase::Utf8On => "501 No options are available.",
        Phrase::AbortIdle => "225 ABOR command successful.",
        Phrase::NotSupported => "502 {verb} command not implemented.",
        _ => return None,
    })
}
