//! MODE: only stream.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let known = call.argument.eq_ignore_ascii_case(b"S");
    let phrase = if known { Phrase::ModeSet } else { Phrase::ModeBad };
    session.say(phrase, &[("name", call.argument)])
}
