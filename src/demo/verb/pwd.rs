//! PWD, XPWD: the directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    let quoted = session.quoted(&session.dir);
    session.say(Phrase::Here, &[("quoted", &quoted)])
}
