//! SYST: the kind of system, from which clients guess the listing's style.

use crate::demo::session::{Call, Session, Step};
use crate::ftp::Reply;

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    Step::Say(Reply::new(215, &session.manner().system))
}
