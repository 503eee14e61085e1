//! PORT: an address to connect to (RFC 959 section 4.1.2).

use std::net::SocketAddr;

use crate::demo::channel::Channel;
use crate::demo::persona::ForeignPeer;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::ftp::address::parse_port_argument;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    match parse_port_argument(call.argument) {
        Some(to) => set(session, to, Phrase::PortSet),
        None => session.reply(Phrase::PortBad, &[]),
    }
}

/// Accepts the address, or refuses it as foreign or as a privileged port.
pub(super) fn set(session: &mut Session, to: SocketAddr, done: Phrase) -> Effect {
    let (ip, port) = (to.ip().to_string(), to.port().to_string());
    let peer = session.peer.ip().to_string();
    let vars = [("name", ip.as_bytes()), ("port", port.as_bytes()), ("peer", peer.as_bytes())];
    if session.extended_only {
        return session.reply(Phrase::ExtendedOnly, &[("verb", b"PORT")]);
    }
    if session.is_foreign(to) && !session.shared.setup.foreign_port {
        if session.behavior().foreign_peer == ForeignPeer::BeginAndHang {
            // the transfer waits for a data connection that never comes
            session.channel = Channel::None;
            return session.reply(done, &vars);
        }
        return session.reply(Phrase::PortForeign, &vars);
    }
    // refuse ports of mail and web servers, against the bounce attack (RFC 2577 section 3)
    if to.port() < 1024 {
        return session.reply(Phrase::PortLow, &vars);
    }
    if session.behavior().passive_forgets_rest {
        session.rest = 0;
    }
    let reply = session.format_reply(done, &vars);
    if session.behavior().connects_at_port {
        session.channel = Channel::None;
        return Effect::Connect(to, reply);
    }
    session.channel = Channel::Target { from: session.local.ip(), to };
    Effect::Reply(reply)
}
