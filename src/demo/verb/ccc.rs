//! CCC: the control connection goes back to the clear (RFC 4217 section 12.1).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    Step::Clear(session.phrase(Phrase::ClearControl, &[]))
}
