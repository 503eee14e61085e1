//! SITE HELP: what SITE knows.

use crate::demo::session::{Session, Step};
use crate::ftp::Reply;

pub(super) fn run(session: &Session) -> Step {
    let mut lines = vec![b"These SITE commands are known:".to_vec()];
    for name in ["CHMOD", "UTIME", "XDUPE"] {
        if session.manner().knows(name) {
            lines.push(format!(" {name}").into_bytes());
        }
    }
    lines.push(b"End of help".to_vec());
    Step::Say(Reply { code: 214, lines })
}
