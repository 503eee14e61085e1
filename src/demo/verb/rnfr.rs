//! RNFR: the file to rename.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let path = session.resolve(call.argument);
    let found = session.shared.store.meta(&path, false).map(|_| ());
    session.rename_from = found.is_ok().then_some(path);
    session.result_reply(found, call.argument, Phrase::RenameFrom, Phrase::RenameFromFailed)
}
