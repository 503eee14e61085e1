//! APPE: appends to a file.

use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::stor::{self, From};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    // APPE ignores REST, but consumes it
    session.take_rest();
    stor::store(session, call.argument, From::End)
}
