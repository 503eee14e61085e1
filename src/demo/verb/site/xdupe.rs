//! SITE XDUPE: a STOR to a name that is taken is refused with all names that are (quirk 67).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Session, Step};
use crate::ftp::Reply;

pub(super) fn run(session: &mut Session, value: &[u8]) -> Step {
    match value {
        b"" => {}
        [level @ b'0'..=b'4'] => session.xdupe = *level != b'0',
        _ => return session.say(Phrase::BadArgument, &[("verb", b"SITE XDUPE")]),
    }
    let state = if session.xdupe {
        "Activated extended dupe mode 3."
    } else {
        "Extended dupe mode is off."
    };
    Step::Say(Reply::new(200, state))
}
