//! MLST: the facts of one entry, sent on the control connection (RFC 3659 section 7).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let path = session.resolve(call.argument);
    let shown = if call.argument.is_empty() { path.as_bytes() } else { call.argument };
    let meta = match session.shared.store.meta(&path, true) {
        Ok(meta) => meta,
        Err(error) => return session.failure_reply(Phrase::FactsFailed, shown, &error),
    };
    let mut line = vec![b' '];
    session.facts.line(&mut line, path.as_bytes(), &meta);
    let vars = [("path", shown), ("full", path.as_bytes())];
    let mut reply = session.format_reply(Phrase::FactsBegin, &vars);
    reply.lines.push(line);
    reply.lines.extend(session.format_reply(Phrase::FactsEnd, &vars).lines);
    Effect::Reply(reply)
}
