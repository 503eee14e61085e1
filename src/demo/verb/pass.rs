//! PASS: the password.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let Some(user) = session.user.clone() else {
        return session.say(Phrase::LoginFailed, &[]);
    };
    let setup = &session.shared.setup;
    let known =
        user == setup.user.as_bytes() && call.argument == setup.password.reveal().as_bytes();
    let anybody = setup.anonymous && matches!(&user[..], b"anonymous" | b"ftp");
    if !known && !anybody {
        session.user = None;
        return session.say(Phrase::LoginFailed, &[]);
    }
    session.logged_in = true;
    session.say(Phrase::LoggedIn, &[("name", &user)])
}
