//! REST: the offset at which the next transfer starts (RFC 3659 section 5).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    if session.text && session.behavior().rest_needs_binary {
        return session.reply(Phrase::RestText, &[]);
    }
    let offset = std::str::from_utf8(call.argument).ok().and_then(|text| text.parse().ok());
    let Some(offset) = offset else { return session.reply(Phrase::RestBad, &[]) };
    session.rest = offset;
    session.reply(Phrase::RestSet, &[("offset", offset.to_string().as_bytes())])
}
