//! AUTH: TLS on the control connection (RFC 4217 section 4).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::setup::Tls;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    if session.shared.setup.tls == Tls::Off {
        return session.reply(Phrase::Unknown, &[("verb", b"AUTH")]);
    }
    let known = [&b"TLS"[..], b"TLS-C", b"SSL"];
    if session.secure || !known.iter().any(|name| name.eq_ignore_ascii_case(call.argument)) {
        return session.reply(Phrase::AuthBad, &[("name", call.argument)]);
    }
    // AUTH SSL and TLS-P would imply PROT P; no current client relies on that
    Effect::Secure(session.format_reply(Phrase::AuthBegin, &[]))
}
