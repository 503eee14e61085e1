//! RNTO: the new name; replaces an existing file if the server does so (quirk 81).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::StoreError;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let Some(from) = session.rename_from.take() else {
        return session.reply(Phrase::RenameFirst, &[]);
    };
    let to = session.resolve(call.argument);
    let store = &session.shared.store;
    let taken = !session.behavior().rename_replaces && store.meta(&to, false).is_ok();
    if session.behavior().rename_deletes && store.remove_file(&to).is_ok() {
        return session.failure_reply(Phrase::RenameFailed, call.argument, &StoreError::Exists);
    }
    let renamed = match session.check_writable() {
        Ok(()) if taken => Err(StoreError::Exists),
        Ok(()) => store.rename(&from, &to),
        Err(error) => Err(error),
    };
    session.result_reply(renamed, call.argument, Phrase::Renamed, Phrase::RenameFailed)
}
