//! PBSZ: the buffer of protected data, always 0 with TLS (RFC 4217 section 8).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    session.buffer_set = true;
    session.say(Phrase::BufferSet, &[])
}
