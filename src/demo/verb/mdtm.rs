//! MDTM: the time of the last change (RFC 3659 section 3); sets it on some servers (quirk 84).

use crate::demo::listing::digits;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::demo::store::StoreError;
use crate::demo::verb::mfmt;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    if session.manner().mdtm_sets
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
        Ok(time) => session.say(Phrase::Time, &[("time", time.as_bytes())]),
        Err(error) => session.fail(Phrase::TimeFailed, call.argument, &error),
    }
}
