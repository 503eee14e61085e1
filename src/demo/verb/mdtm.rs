//! MDTM: the modification time (RFC 3659 section 3); on some servers it also sets the time (quirk
//! 84).

use crate::demo::listing::digits;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::StoreError;
use crate::demo::verb::mfmt;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    if session.behavior().mdtm_sets
        && let Some((seconds, digits, file)) = mfmt::time_and_file(call.argument)
    {
        return mfmt::set(session, file, seconds, digits);
    }
    let path = session.resolve(call.argument);
    let time = match session.shared.store.meta(&path, true) {
        Ok(meta) if meta.kind == Kind::Dir => Err(StoreError::IsDir),
        found => found.map(|meta| digits(meta.mtime)),
    };
    match time {
        Ok(time) => session.reply(Phrase::Time, &[("time", time.as_bytes())]),
        Err(error) => session.failure_reply(Phrase::TimeFailed, call.argument, &error),
    }
}
