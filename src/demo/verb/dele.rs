//! DELE: removes a file.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let path = session.resolve(call.argument);
    let removed = session.writable().and_then(|()| session.shared.store.remove_file(&path));
    session.done_or(removed, call.argument, Phrase::FileRemoved, Phrase::FileStays)
}
