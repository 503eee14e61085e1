//! CDUP, XCUP: one directory up.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    super::cwd::enter(session, b"..", Phrase::EnteredParent)
}
