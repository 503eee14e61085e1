//! HASH: a checksum with the selected algorithm over the range of RANG (draft-bryan-ftpext-hash).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::digest::{Computed, compute};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let (from, to) = match session.range.take() {
        Some((from, last)) => (from, last.saturating_add(1)),
        None => (0, u64::MAX),
    };
    match compute(session, call.argument, session.hash, from, to) {
        Ok(Computed { hex, to }) => session.reply(
            Phrase::Hash,
            &[
                ("name", session.hash.name().as_bytes()),
                ("from", from.to_string().as_bytes()),
                ("to", to.to_string().as_bytes()),
                ("hex", hex.as_bytes()),
                ("path", call.argument),
            ],
        ),
        Err(error) => session.failure_reply(Phrase::DigestFailed, call.argument, &error),
    }
}
