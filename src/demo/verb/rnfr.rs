//! RNFR: what is to be renamed.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let path = session.resolve(call.argument);
    let found = session.shared.store.meta(&path, false).map(|_| ());
    session.rename_from = found.is_ok().then_some(path);
    session.done_or(found, call.argument, Phrase::RenameFrom, Phrase::RenameFromFailed)
}
