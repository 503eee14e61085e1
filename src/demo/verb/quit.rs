//! QUIT: the end.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Step {
    Step::Close(session.phrase(Phrase::Goodbye, &[]))
}
