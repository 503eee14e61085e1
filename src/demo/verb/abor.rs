//! ABOR: aborts the running transfer (RFC 959 section 4.1.3).

use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(_: &mut Session, _: &Call<'_>) -> Effect {
    Effect::Abort
}
