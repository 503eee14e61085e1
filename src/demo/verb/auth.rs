//! AUTH: TLS on the control connection (RFC 4217 section 4).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::demo::setup::Tls;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    if session.shared.setup.tls == Tls::Off {
        return session.say(Phrase::Unknown, &[("verb", b"AUTH")]);
    }
    let known = [&b"TLS"[..], b"TLS-C", b"SSL"];
    if session.secure || !known.iter().any(|name| name.eq_ignore_ascii_case(call.argument)) {
        return session.say(Phrase::AuthBad, &[("name", call.argument)]);
    }
    // AUTH SSL and TLS-P would protect data without PROT; nobody relies on it any more
    Step::Secure(session.phrase(Phrase::AuthBegin, &[]))
}
