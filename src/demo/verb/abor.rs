//! ABOR: ends the transfer that runs (RFC 959 section 4.1.3).

use crate::demo::session::{Call, Session, Step};

pub(super) fn run(_: &mut Session, _: &Call<'_>) -> Step {
    Step::Abort
}
