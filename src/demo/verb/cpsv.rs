//! CPSV: PASV with this side as TLS client (glftpd, DrFTPD).

use crate::demo::session::{Call, Session, Step};
use crate::demo::verb::pasv;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    pasv::passive(session, call, true)
}
