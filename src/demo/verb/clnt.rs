//! CLNT: the client's name; some servers need it before UTF-8 (quirk 57).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    session.say(Phrase::Client, &[])
}
