//! PORT: an address to connect to (RFC 959 section 4.1.2).

use std::net::SocketAddr;

use crate::demo::channel::Channel;
use crate::demo::persona::ForeignPeer;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::ftp::address::parse_port_argument;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    match parse_port_argument(call.argument) {
        Some(to) => set(session, to, Phrase::PortSet),
        None => session.say(Phrase::PortBad, &[]),
    }
}

/// Takes the address, or refuses it as foreign or as a system's port.
pub(super) fn set(session: &mut Session, to: SocketAddr, done: Phrase) -> Step {
    let (ip, port) = (to.ip().to_string(), to.port().to_string());
    let peer = session.peer.ip().to_string();
    let gaps = [("name", ip.as_bytes()), ("port", port.as_bytes()), ("peer", peer.as_bytes())];
    if session.extended_only {
        return session.say(Phrase::ExtendedOnly, &[("verb", b"PORT")]);
    }
    if session.is_foreign(to) && !session.shared.setup.foreign_port {
        if session.manner().foreign_peer == ForeignPeer::BeginAndHang {
            // a transfer waits for a channel that never comes
            session.channel = Channel::None;
            return session.say(done, &gaps);
        }
        return session.say(Phrase::PortForeign, &gaps);
    }
    // nobody makes this server knock at mail or web servers (RFC 2577 section 3)
    if to.port() < 1024 {
        return session.say(Phrase::PortLow, &gaps);
    }
    if session.manner().passive_forgets_rest {
        session.rest = 0;
    }
    let reply = session.phrase(done, &gaps);
    if session.manner().connects_at_port {
        session.channel = Channel::None;
        return Step::Connect(to, reply);
    }
    session.channel = Channel::Target { from: session.local.ip(), to };
    Step::Say(reply)
}
