//! MKD, XMKD: makes a directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let path = session.resolve(call.argument);
    let made = session.writable().and_then(|()| session.shared.store.make_dir(&path));
    if made.is_ok() && session.manner().mkd_repeats_name {
        let quoted = session.quoted(&crate::base::RemotePath::new(call.argument));
        return session.say(Phrase::DirMade, &[("quoted", &quoted)]);
    }
    session.done_or(made, call.argument, Phrase::DirMade, Phrase::DirFailed)
}
