//! RMD, XRMD: removes a directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let path = session.resolve(call.argument);
    let removed = session.check_writable().and_then(|()| session.shared.store.remove_dir(&path));
    session.result_reply(removed, call.argument, Phrase::DirRemoved, Phrase::DirStays)
}
