//! RMD, XRMD: removes a directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let path = session.resolve(call.argument);
    let removed = session.writable().and_then(|()| session.shared.store.remove_dir(&path));
    session.done_or(removed, call.argument, Phrase::DirRemoved, Phrase::DirStays)
}
