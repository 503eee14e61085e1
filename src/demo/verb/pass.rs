//! PASS: the password.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let Some(user) = session.user.clone() else {
        return session.reply(Phrase::LoginFailed, &[]);
    };
    let setup = &session.shared.setup;
    let known =
        user == setup.user.as_bytes() && call.argument == setup.password.reveal().as_bytes();
    let anybody = setup.anonymous && matches!(&user[..], b"anonymous" | b"ftp");
    if !known && !anybody {
        session.user = None;
        return session.reply(Phrase::LoginFailed, &[]);
    }
    session.logged_in = true;
    session.reply(Phrase::LoggedIn, &[("name", &user)])
}
