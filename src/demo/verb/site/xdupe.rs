//! SITE XDUPE: a STOR to an existing name is refused with a list of all existing names (quirk 67).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Effect, Session};
use crate::ftp::Reply;

pub(super) fn run(session: &mut Session, value: &[u8]) -> Effect {
    match value {
        b"" => {}
        [level @ b'0'..=b'4'] => session.xdupe = *level != b'0',
        _ => return session.reply(Phrase::BadArgument, &[("verb", b"SITE XDUPE")]),
    }
    let state = if session.xdupe {
        "Activated extended dupe mode 3."
    } else {
        "Extended dupe mode is off."
    };
    Effect::Reply(Reply::new(200, state))
}
