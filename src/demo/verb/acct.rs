//! ACCT: not supported; no login needs an account.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    session.reply(Phrase::NotSupported, &[("verb", call.verb.as_bytes())])
}
