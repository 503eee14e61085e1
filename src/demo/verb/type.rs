//! TYPE: ASCII or binary.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let known = match call.argument.to_ascii_uppercase().as_slice() {
        b"A" | b"A N" => Some(true),
        b"I" | b"L 8" | b"L8" => Some(false),
        _ => None,
    };
    let phrase = if known.is_some() { Phrase::TypeSet } else { Phrase::TypeBad };
    session.text = known.unwrap_or(session.text);
    let (letter, word, long) = if session.text {
        (&b"A"[..], &b"ASCII"[..], &b"ASCII"[..])
    } else {
        (&b"I"[..], &b"Binary"[..], &b"8-bit binary"[..])
    };
    let vars =
        [("type", letter), ("mode", word), ("word", word), ("long", long), ("name", call.argument)];
    session.reply(phrase, &vars)
}
