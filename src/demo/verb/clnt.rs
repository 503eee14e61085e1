//! CLNT: the name of the client; some servers require it before UTF-8 (quirk 57).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    session.reply(Phrase::Client, &[])
}
