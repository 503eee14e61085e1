//! QUIT: ends the session.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    Effect::Close(session.format_reply(Phrase::Goodbye, &[]))
}
