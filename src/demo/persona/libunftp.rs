//! libunftp 0.24 (docs/servers.md): accepts FXP commands, then never replies.

use crate::demo::listing::{Columns, Dots, Fact, Links, Style};
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Behavior, ForeignPeer, InTransfer, SizeInText, lines};

pub(super) fn behavior() -> Behavior {
    Behavior {
        banner: "Welcome to the lab".to_owned(),
        features: lines(&[
            "AUTH TLS",
            "EPSV",
            "MDTM",
            "MLSD",
            "MLST",
            "PBSZ",
            "PROT",
            "REST STREAM",
            "SIZE",
            "SITE MD5",
            "UTF8",
        ]),
        missing: lines(&[
            "EPRT", "MFMT", "MFF", "CLNT", "CCC", "SSCN", "CPSV", "PRET", "HASH", "XCRC", "XMD5",
            "XSHA", "XSHA1", "XSHA256", "XSHA512", "MD5", "RANG", "AVBL", "UTIME", "CHMOD",
            "XDUPE",
        ]),
        in_transfer: InTransfer::Wait,
        connects_at_port: true,
        begins_at_once: true,
        store_past_end_makes_hole: true,
        send_past_end_is_empty: true,
        rest_cuts_tail: true,
        size_in_text: SizeInText::Bytes,
        size_of_directories: true,
        doubles_quotes: false,
        closes_at_501: true,
        foreign_peer: ForeignPeer::BeginAndHang,
        style: Style::Unix(Columns {
            links: 12,
            owner: 12,
            group: 12,
            size: 14,
            owner_name: "65534",
            group_name: "65534",
            zero_day: true,
        }),
        list_shows_hidden: true,
        list_options: true,
        dots: Dots::Never,
        mlsd_dots: false,
        facts: vec![Fact::Type, Fact::SizeOfAll, Fact::Modify],
        links: Links::Followed,
        words,
        ..Behavior::plain()
    }
}

fn words(phrase: Phrase) -> Option<&'static str> {
    Some(match phrase {
        Phrase::Unknown => "500 Command not implemented",
        Phrase::OptionBad => "501 Invalid Parameter",
        Phrase::ModeBad => "501 Invalid Parameter",
        Phrase::PortSet => "200 PORT command successful",
        _ => return None,
    })
}
