//! ALLO: refused only if the free space is known to be too small (quirk 66).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::StoreError;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let wanted = std::str::from_utf8(call.argument)
        .ok()
        .and_then(|text| text.split(' ').next())
        .and_then(|number| number.parse::<u64>().ok());
    match (wanted, session.shared.store.free()) {
        (Some(wanted), Some(free)) if wanted > free => {
            session.failure_reply(Phrase::NoSpace, b"ALLO", &StoreError::NoSpace)
        }
        _ => session.reply(Phrase::Allocated, &[]),
    }
}
