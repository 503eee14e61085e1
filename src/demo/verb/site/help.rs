//! SITE HELP: lists the SITE commands.

use crate::demo::session::{Effect, Session};
use crate::ftp::Reply;

pub(super) fn run(session: &Session) -> Effect {
    let mut lines = vec![b"These SITE commands are known:".to_vec()];
    for name in ["CHMOD", "UTIME", "XDUPE"] {
        if session.behavior().supports(name) {
            lines.push(format!(" {name}").into_bytes());
        }
    }
    lines.push(b"End of help".to_vec());
    Effect::Reply(Reply { code: 214, lines })
}
