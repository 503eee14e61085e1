//! SITE CHMOD: sets the permission bits.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Effect, Session};

pub(super) fn run(session: &Session, value: &[u8]) -> Effect {
    let blank = value.iter().position(|&b| b == b' ');
    let parsed = blank.and_then(|at| {
        let digits = std::str::from_utf8(&value[..at]).ok()?;
        Some((u32::from_str_radix(digits, 8).ok()?, &value[at + 1..]))
    });
    let Some((mode, file)) = parsed else {
        return session.reply(Phrase::BadArgument, &[("verb", b"SITE CHMOD")]);
    };
    let path = session.resolve(file);
    let changed =
        session.check_writable().and_then(|()| session.shared.store.set_mode(&path, mode));
    session.result_reply(changed, file, Phrase::ModeChanged, Phrase::ModeFailed)
}
