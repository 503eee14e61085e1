//! PASV: a passive port (RFC 959 section 4.1.2), and what EPSV and CPSV share with it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::demo::channel::{Channel, Listening};
use crate::demo::persona::phrase::{Phrase, fill};
use crate::demo::session::{Call, Session, Step};
use crate::ftp::Reply;
use crate::ftp::address::port_argument;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    passive(session, call, false)
}

/// PASV or CPSV.
pub(super) fn passive(session: &mut Session, call: &Call<'_>, tls_client: bool) -> Step {
    if session.extended_only {
        return session.say(Phrase::ExtendedOnly, &[("verb", call.verb.as_bytes())]);
    }
    reply(session, call, Phrase::Passive, tls_client)
}

/// EPSV.
pub(super) fn extended(session: &mut Session, call: &Call<'_>) -> Step {
    reply(session, call, Phrase::Extended, false)
}

/// Opens a port and tells it in the server's words, or in those of a rule.
fn reply(session: &mut Session, call: &Call<'_>, phrase: Phrase, tls_client: bool) -> Step {
    if session.manner().needs_pret && !std::mem::take(&mut session.pret) {
        return session.say(Phrase::PretNeeded, &[]);
    }
    let port = match open(session, tls_client) {
        Ok(port) => port,
        Err(error) => {
            return session.say(Phrase::NoConnection, &[("why", error.to_string().as_bytes())]);
        }
    };
    let script = call.script;
    let (ip, port) = match script.announce {
        Some((ip, other)) => (ip, other.unwrap_or(port)),
        None => (session.shared.setup.announced.unwrap_or(session.local.ip()), port),
    };
    // PASV cannot tell an IPv6 address; such a client uses EPSV
    let ip = if ip.is_ipv4() { ip } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
    let address = port_argument(SocketAddr::new(ip, port)).unwrap_or_default();
    let short = address.splitn(5, ',').last().unwrap_or_default().to_owned();
    let number = port.to_string();
    let gaps =
        [("address", address.as_bytes()), ("short", short.as_bytes()), ("port", number.as_bytes())];
    let reply: Reply = match &script.form {
        Some(words) => {
            let code = if phrase == Phrase::Extended { 229 } else { 227 };
            fill(&format!("{code} {words}"), &gaps)
        }
        None => session.phrase(phrase, &gaps),
    };
    Step::Say(reply)
}

fn open(session: &mut Session, tls_client: bool) -> std::io::Result<u16> {
    let setup = &session.shared.setup;
    let only = (!setup.foreign_peers).then(|| session.peer.ip().to_canonical());
    let manner = &setup.manner;
    let (foreign, limit) = (manner.foreign_peer, manner.accept_limit);
    if manner.passive_forgets_rest {
        session.rest = 0;
    }
    // the old port closes first: only the newest 227 counts
    session.channel = Channel::None;
    let (listening, port) = Listening::open(session.local.ip(), only, foreign, limit, tls_client)?;
    session.channel = Channel::Listening(listening);
    Ok(port)
}
