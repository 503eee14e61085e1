//! SSCN: makes this server the TLS client on data connections (draft by Globus; ProFTPD, glftpd).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    match call.argument.to_ascii_uppercase().as_slice() {
        b"ON" => session.sscn = true,
        b"OFF" => session.sscn = false,
        b"" => {}
        _ => return session.reply(Phrase::BadArgument, &[("verb", b"SSCN")]),
    }
    session.reply(if session.sscn { Phrase::SscnOn } else { Phrase::SscnOff }, &[])
}
