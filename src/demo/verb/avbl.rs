//! AVBL: available bytes (draft-peterson-streamlined-ftp-command-extensions section 4).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

/// Reported when the capacity is unlimited.
const PLENTY: u64 = 1 << 40;

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    let free = session.shared.store.free().unwrap_or(PLENTY);
    session.reply(Phrase::Space, &[("free", free.to_string().as_bytes())])
}
