//! EPSV: a passive port, announced without address (RFC 2428 section 3).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::pasv;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let own = if session.local.is_ipv4() { b"1" } else { b"2" };
    match call.argument {
        argument if argument.eq_ignore_ascii_case(b"ALL") => {
            session.extended_only = true;
            session.reply(Phrase::ExtendedAll, &[])
        }
        b"" => pasv::extended(session, call),
        family if family == own => pasv::extended(session, call),
        _ => session.reply(Phrase::ExtendedBad, &[]),
    }
}
