//! PROT: whether data connections use TLS (RFC 4217 section 9).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    if !session.buffer_set && session.shared.setup.tls != crate::demo::setup::Tls::Implicit {
        return session.reply(Phrase::ProtFirst, &[]);
    }
    let falls_back = session.behavior().prot_falls_back;
    match call.argument.to_ascii_uppercase().as_slice() {
        b"P" => set(session, true),
        b"C" => set(session, false),
        b"S" | b"E" if falls_back => set(session, true),
        _ => session.reply(Phrase::ProtBad, &[("name", call.argument)]),
    }
}

fn set(session: &mut Session, protect: bool) -> Effect {
    session.protect = protect;
    session.reply(if protect { Phrase::ProtPrivate } else { Phrase::ProtClear }, &[])
}
