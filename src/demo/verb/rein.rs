//! REIN: resets the session for a new login.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    session.reset();
    session.reply(Phrase::Reinit, &[])
}
