//! RNTO: its new name; an existing file is replaced where the server does so (quirk 81).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::demo::store::StoreError;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let Some(from) = session.rename_from.take() else {
        return session.say(Phrase::RenameFirst, &[]);
    };
    let to = session.resolve(call.argument);
    let store = &session.shared.store;
    let taken = !session.manner().rename_replaces && store.meta(&to, false).is_ok();
    let renamed = match session.writable() {
        Ok(()) if taken => Err(StoreError::Exists),
        Ok(()) => store.rename(&from, &to),
        Err(error) => Err(error),
    };
    session.done_or(renamed, call.argument, Phrase::Renamed, Phrase::RenameFailed)
}
