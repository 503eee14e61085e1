//! MKD, XMKD: creates a directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let path = session.resolve(call.argument);
    let made = session.check_writable().and_then(|()| session.shared.store.make_dir(&path));
    if made.is_ok() && session.behavior().mkd_repeats_name {
        let quoted = session.quoted(&crate::base::RemotePath::new(call.argument));
        return session.reply(Phrase::DirMade, &[("quoted", &quoted)]);
    }
    session.result_reply(made, call.argument, Phrase::DirMade, Phrase::DirFailed)
}
