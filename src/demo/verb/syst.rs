//! SYST: the system type; some clients guess the listing format from it.

use crate::demo::session::{Call, Effect, Session};
use crate::ftp::Reply;

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    Effect::Reply(Reply::new(215, &session.behavior().system))
}
