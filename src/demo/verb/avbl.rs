//! AVBL: free bytes (draft-peterson-streamlined-ftp-command-extensions section 4).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

/// What a tree without a limit says it has.
const PLENTY: u64 = 1 << 40;

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    let free = session.shared.store.free().unwrap_or(PLENTY);
    session.say(Phrase::Space, &[("free", free.to_string().as_bytes())])
}
