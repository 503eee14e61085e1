//! The cause of a failure, read out of what both servers said.

use crate::ftp::Reply;
use crate::transfer::fault::{Fault, REPLY, refused_target};
use crate::transfer::half::Half;
use crate::transfer::side::Side;

/// The cause in the replies of both sides. The side that refused before data flowed is the cause;
/// what the other side says then is only the consequence.
pub(super) fn of(source: &Half, destination: &Half) -> Fault {
    let sides = [(Side::Source, source), (Side::Destination, destination)];
    for (side, half) in sides {
        if half.surprised {
            return Fault::OutOfTurn(side);
        }
    }
    for (side, half) in sides {
        // a server that refuses and then closes the connection has said why
        let refused = half.last.as_ref().is_some_and(|reply| !reply.is_completion());
        if let Some(why) = half.lost.clone().filter(|_| !refused) {
            return Fault::Lost { side, why };
        }
    }
    let refusal = |half: &Half| half.last.clone().filter(|reply| !reply.is_completion());
    match (refusal(source), refusal(destination)) {
        (_, Some(reply)) if !destination.begun && !is_no_connection(&reply) => {
            refused_target(reply)
        }
        (Some(reply), _) if !source.begun && !is_no_connection(&reply) => {
            Fault::SourceRefused(reply)
        }
        (_, Some(reply)) if is_no_connection(&reply) => {
            Fault::NoConnection { side: Side::Destination, reply }
        }
        (Some(reply), _) if is_no_connection(&reply) => {
            Fault::NoConnection { side: Side::Source, reply }
        }
        (_, Some(reply)) if matches!(reply.code, 452 | 552) => Fault::NoSpace(reply),
        (Some(reply), _) => Fault::BrokeOff { side: Side::Source, reply },
        (None, Some(reply)) => Fault::BrokeOff { side: Side::Destination, reply },
        (None, None) => Fault::Silent { step: REPLY, seconds: 0 },
    }
}

/// 425, and 522 of servers that demand session reuse or protection (quirks 22, 26).
fn is_no_connection(reply: &Reply) -> bool {
    matches!(reply.code, 425 | 522)
}
