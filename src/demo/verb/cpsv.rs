//! CPSV: like PASV, with this server as the TLS client (glftpd, DrFTPD).

use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::pasv;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    pasv::passive(session, call, true)
}
