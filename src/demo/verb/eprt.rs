//! EPRT: an address of any family to connect to (RFC 2428 section 2).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::port;
use crate::ftp::address::parse_eprt_argument;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let Some(to) = parse_eprt_argument(call.argument) else {
        return session.reply(Phrase::EprtBad, &[]);
    };
    if to.is_ipv4() != session.local.is_ipv4() {
        return session.reply(Phrase::EprtFamily, &[]);
    }
    port::set(session, to, Phrase::EprtSet)
}
