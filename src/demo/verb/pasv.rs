//! PASV: a passive port (RFC 959 section 4.1.2), and code shared with EPSV and CPSV.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::demo::channel::{Channel, Listening};
use crate::demo::persona::phrase::{Phrase, fill};
use crate::demo::session::{Call, Effect, Session};
use crate::ftp::Reply;
use crate::ftp::address::port_argument;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    passive(session, call, false)
}

/// PASV or CPSV.
pub(super) fn passive(session: &mut Session, call: &Call<'_>, tls_client: bool) -> Effect {
    if session.extended_only {
        return session.reply(Phrase::ExtendedOnly, &[("verb", call.verb.as_bytes())]);
    }
    reply(session, call, Phrase::Passive, tls_client)
}

/// EPSV.
pub(super) fn extended(session: &mut Session, call: &Call<'_>) -> Effect {
    reply(session, call, Phrase::Extended, false)
}

/// Opens a port and announces it, with the text of a rule if there is one.
fn reply(session: &mut Session, call: &Call<'_>, phrase: Phrase, tls_client: bool) -> Effect {
    if session.behavior().needs_pret && !std::mem::take(&mut session.pret) {
        return session.reply(Phrase::PretNeeded, &[]);
    }
    let port = match open(session, tls_client) {
        Ok(port) => port,
        Err(error) => {
            return session.reply(Phrase::NoConnection, &[("why", error.to_string().as_bytes())]);
        }
    };
    let script = call.script;
    let (ip, port) = match script.announce {
        Some((ip, other)) => (ip, other.unwrap_or(port)),
        None => (session.shared.setup.announced.unwrap_or(session.local.ip()), port),
    };
    // PASV cannot express an IPv6 address; IPv6 clients use EPSV
    let ip = if ip.is_ipv4() { ip } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
    let address = port_argument(SocketAddr::new(ip, port)).unwrap_or_default();
    let short = address.splitn(5, ',').last().unwrap_or_default().to_owned();
    let number = port.to_string();
    let vars =
        [("address", address.as_bytes()), ("short", short.as_bytes()), ("port", number.as_bytes())];
    let reply: Reply = match &script.form {
        Some(words) => {
            let code = if phrase == Phrase::Extended { 229 } else { 227 };
            fill(&format!("{code} {words}"), &vars)
        }
        None => session.format_reply(phrase, &vars),
    };
    Effect::Reply(reply)
}

fn open(session: &mut Session, tls_client: bool) -> std::io::Result<u16> {
    let setup = &session.shared.setup;
    let only = (!setup.foreign_peers).then(|| session.peer.ip().to_canonical());
    let behavior = &setup.behavior;
    let (foreign, limit) = (behavior.foreign_peer, behavior.accept_limit);
    if behavior.passive_forgets_rest {
        session.rest = 0;
    }
    // close the old port first: only the newest 227 is valid
    session.channel = Channel::None;
    let (listening, port) = Listening::open(session.local.ip(), only, foreign, limit, tls_client)?;
    session.channel = Channel::Listening(listening);
    Ok(port)
}
