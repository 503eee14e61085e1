//! SITE: CHMOD, UTIME, XDUPE and HELP.

mod chmod;
mod help;
mod utime;
mod xdupe;

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let blank = call.argument.iter().position(|&b| b == b' ');
    let (name, value) = match blank {
        Some(at) => (&call.argument[..at], call.argument[at + 1..].trim_ascii_start()),
        None => (call.argument, &b""[..]),
    };
    let verb = String::from_utf8_lossy(name).to_ascii_uppercase();
    let known = session.behavior().supports(&verb);
    match verb.as_str() {
        "CHMOD" if known => chmod::run(session, value),
        "UTIME" if known => utime::run(session, value),
        "XDUPE" if known => xdupe::run(session, value),
        "HELP" => help::run(session),
        _ => session.reply(Phrase::SiteUnknown, &[("name", name)]),
    }
}
