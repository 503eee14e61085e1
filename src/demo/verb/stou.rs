//! STOU: stores a file under a unique name chosen by the server.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::stor::{self, From};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    session.take_rest();
    let wanted: &[u8] = if call.argument.is_empty() { b"ftp" } else { call.argument };
    let taken = |name: &[u8]| session.shared.store.meta(&session.resolve(name), false).is_ok();
    let mut name = wanted.to_vec();
    let mut count = 0;
    while taken(&name) {
        count += 1;
        name = [wanted, b".", count.to_string().as_bytes()].concat();
    }
    let mut effect = stor::store(session, &name, From::Rest(0));
    if let Effect::Transfer(transfer) = &mut effect {
        transfer.begin = session.format_reply(Phrase::BeginUnique, &[("name", &name)]);
    }
    effect
}
