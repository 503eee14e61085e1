//! CWD, XCWD: changes the working directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::StoreError;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    enter(session, call.argument, Phrase::Entered)
}

/// Changes into a directory.
pub(super) fn enter(session: &mut Session, argument: &[u8], done: Phrase) -> Effect {
    let path = session.resolve(argument);
    let found = match session.shared.store.meta(&path, true) {
        Ok(meta) if meta.kind != Kind::Dir => Err(StoreError::NotDir),
        Ok(meta) if meta.mode & 0o100 == 0 => Err(StoreError::Denied),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if found.is_ok() {
        session.dir = path;
        // the reply names the new working directory
        return session.result_reply(Ok(()), b"", done, Phrase::EnterFailed);
    }
    session.result_reply(found, argument, done, Phrase::EnterFailed)
}
