//! APPE: stores behind the end of the file.

use crate::demo::session::{Call, Session, Step};
use crate::demo::verb::stor::{self, From};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    // REST does not count for APPE
    session.take_rest();
    stor::store(session, call.argument, From::End)
}
