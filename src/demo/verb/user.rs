//! USER: who wants in.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::demo::setup::Tls;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    if session.shared.setup.tls == Tls::Required && !session.secure {
        return session.say(Phrase::NeedTls, &[]);
    }
    session.logged_in = false;
    session.user = Some(call.argument.to_vec());
    session.say(Phrase::UserKnown, &[("name", call.argument)])
}
