//! PBSZ: the protection buffer size, always 0 with TLS (RFC 4217 section 8).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    session.buffer_set = true;
    session.reply(Phrase::BufferSet, &[])
}
