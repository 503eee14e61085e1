//! ACCT: nobody needs an account here.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    session.say(Phrase::NotSupported, &[("verb", call.verb.as_bytes())])
}
