//! HELP: lists the verbs.

use crate::demo::session::{Call, Effect, Session};
use crate::ftp::Reply;

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    let mut lines = vec![b"These commands are known:".to_vec()];
    let names: Vec<&str> = super::names(session).collect();
    for row in names.chunks(8) {
        let cells: Vec<String> = row.iter().map(|name| format!("{name:<8}")).collect();
        lines.push(format!(" {}", cells.concat().trim_end()).into_bytes());
    }
    lines.push(b"End of help".to_vec());
    Effect::Reply(Reply { code: 214, lines })
}
