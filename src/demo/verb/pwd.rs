//! PWD, XPWD: the working directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    let quoted = session.quoted(&session.dir);
    session.reply(Phrase::Here, &[("quoted", &quoted)])
}
