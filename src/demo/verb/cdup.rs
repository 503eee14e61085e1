//! CDUP, XCUP: changes to the parent directory.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    super::cwd::enter(session, b"..", Phrase::EnteredParent)
}
