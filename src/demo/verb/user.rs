//! USER: the user name.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::setup::Tls;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    if session.shared.setup.tls == Tls::Required && !session.secure {
        return session.reply(Phrase::NeedTls, &[]);
    }
    session.logged_in = false;
    session.user = Some(call.argument.to_vec());
    session.reply(Phrase::UserKnown, &[("name", call.argument)])
}
