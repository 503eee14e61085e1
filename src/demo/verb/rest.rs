//! REST: where the next transfer begins (RFC 3659 section 5).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    if session.text && session.manner().rest_needs_binary {
        return session.say(Phrase::RestText, &[]);
    }
    let offset = std::str::from_utf8(call.argument).ok().and_then(|text| text.parse().ok());
    let Some(offset) = offset else { return session.say(Phrase::RestBad, &[]) };
    session.rest = offset;
    session.say(Phrase::RestSet, &[("offset", offset.to_string().as_bytes())])
}
