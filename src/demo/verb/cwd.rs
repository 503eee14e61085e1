//! CWD, XCWD: changes the directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::demo::store::StoreError;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    enter(session, call.argument, Phrase::Entered)
}

/// Changes into a directory.
pub(super) fn enter(session: &mut Session, argument: &[u8], done: Phrase) -> Step {
    let path = session.resolve(argument);
    let found = match session.shared.store.meta(&path, true) {
        Ok(meta) if meta.kind != Kind::Dir => Err(StoreError::NotDir),
        Ok(meta) if meta.mode & 0o100 == 0 => Err(StoreError::Denied),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if found.is_ok() {
        session.dir = path;
        // the words name where we are now
        return session.done_or(Ok(()), b"", done, Phrase::EnterFailed);
    }
    session.done_or(found, argument, done, Phrase::EnterFailed)
}
