//! PROT: whether data connections are protected (RFC 4217 section 9).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    if !session.buffer_set && session.shared.setup.tls != crate::demo::setup::Tls::Implicit {
        return session.say(Phrase::ProtFirst, &[]);
    }
    let falls_back = session.manner().prot_falls_back;
    match call.argument.to_ascii_uppercase().as_slice() {
        b"P" => set(session, true),
        b"C" => set(session, false),
        b"S" | b"E" if falls_back => set(session, true),
        _ => session.say(Phrase::ProtBad, &[("name", call.argument)]),
    }
}

fn set(session: &mut Session, protect: bool) -> Step {
    session.protect = protect;
    session.say(if protect { Phrase::ProtPrivate } else { Phrase::ProtClear }, &[])
}
