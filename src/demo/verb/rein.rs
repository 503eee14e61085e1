//! REIN: a new user.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    session.reset();
    session.say(Phrase::Reinit, &[])
}
