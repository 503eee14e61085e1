//! MODE: stream mode only.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let known = call.argument.eq_ignore_ascii_case(b"S");
    let phrase = if known { Phrase::ModeSet } else { Phrase::ModeBad };
    session.reply(phrase, &[("name", call.argument)])
}
