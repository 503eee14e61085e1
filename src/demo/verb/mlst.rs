//! MLST: the facts of one entry on the control connection (RFC 3659 section 7).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let path = session.resolve(call.argument);
    let shown = if call.argument.is_empty() { path.as_bytes() } else { call.argument };
    let meta = match session.shared.store.meta(&path, true) {
        Ok(meta) => meta,
        Err(error) => return session.fail(Phrase::FactsFailed, shown, &error),
    };
    let mut line = vec![b' '];
    session.facts.line(&mut line, path.as_bytes(), &meta);
    let gaps = [("path", shown), ("full", path.as_bytes())];
    let mut reply = session.phrase(Phrase::FactsBegin, &gaps);
    reply.lines.push(line);
    reply.lines.extend(session.phrase(Phrase::FactsEnd, &gaps).lines);
    Step::Say(reply)
}
