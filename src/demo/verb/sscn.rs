//! SSCN: this side is TLS client on data connections (draft by Globus; ProFTPD, glftpd).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    match call.argument.to_ascii_uppercase().as_slice() {
        b"ON" => session.sscn = true,
        b"OFF" => session.sscn = false,
        b"" => {}
        _ => return session.say(Phrase::BadArgument, &[("verb", b"SSCN")]),
    }
    session.say(if session.sscn { Phrase::SscnOn } else { Phrase::SscnOff }, &[])
}
