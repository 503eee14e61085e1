//! CCC: ends TLS on the control connection (RFC 4217 section 12.1).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    Effect::Clear(session.format_reply(Phrase::ClearControl, &[]))
}
