//! MFF: sets the facts modify and UNIX.mode (draft-somers-ftp-mfxx section 5).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::StoreError;
use crate::demo::verb::mfmt::seconds;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let Some(blank) = call.argument.iter().position(|&b| b == b' ') else {
        return session.reply(Phrase::BadArgument, &[("verb", b"MFF")]);
    };
    let (facts, file) = (&call.argument[..blank], &call.argument[blank + 1..]);
    match session.check_writable().and_then(|()| set(session, facts, file)) {
        Ok(()) => {
            let reply = [facts, b" ", file].concat();
            session.reply(Phrase::FactsChanged, &[("facts", &reply)])
        }
        Err(error) => session.failure_reply(Phrase::TimeSetFailed, file, &error),
    }
}

fn set(session: &Session, facts: &[u8], file: &[u8]) -> Result<(), StoreError> {
    let path = session.resolve(file);
    let facts = String::from_utf8_lossy(facts);
    for fact in facts.split(';').filter(|fact| !fact.is_empty()) {
        let (name, value) = fact.split_once('=').unwrap_or((fact, ""));
        if name.eq_ignore_ascii_case("modify") {
            let at = seconds(value.as_bytes()).ok_or(StoreError::Denied)?;
            session.shared.store.set_mtime(&path, at)?;
        } else if name.eq_ignore_ascii_case("UNIX.mode") {
            let mode = u32::from_str_radix(value, 8).map_err(|_| StoreError::Denied)?;
            session.shared.store.set_mode(&path, mode)?;
        } else {
            return Err(StoreError::Denied);
        }
    }
    Ok(())
}
