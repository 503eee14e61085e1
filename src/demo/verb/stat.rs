//! STAT: the state of the server, or a listing on the control connection.

use crate::demo::listing::{Form, Listing, Shown, entries};
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::demo::store::tree::now;
use crate::demo::verb::list::options;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    if call.argument.is_empty() {
        return server(session);
    }
    let (options, argument) = options(session, call.argument);
    let path = session.resolve(argument);
    let store = &session.shared.store;
    let shown = Shown::list(session.manner().dots, session.manner().list_shows_hidden, options);
    let found = store.meta(&path, true).and_then(|meta| Ok((meta, entries(store, &path, shown)?)));
    let (meta, entries) = match found {
        Ok(found) => found,
        Err(error) => return session.fail(Phrase::StatusFailed, argument, &error),
    };
    let form = Form::Lines(session.manner().style);
    let mut text = Vec::new();
    Listing::new(entries, form, now(), session.manner().clock).write(&mut text, usize::MAX);
    let gaps = [("path", argument), ("full", path.as_bytes())];
    let is_dir = meta.kind == Kind::Dir;
    let end = if is_dir { Phrase::StatusDirEnd } else { Phrase::StatusEnd };
    let last = session.phrase(end, &gaps);
    let mut reply = session.phrase(Phrase::StatusBegin, &gaps);
    reply.code = last.code;
    let text = text.strip_suffix(b"\r\n").unwrap_or(&text);
    if !text.is_empty() {
        reply.lines.extend(
            text.split(|&b| b == b'\n')
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec()),
        );
    }
    reply.lines.extend(last.lines);
    Step::Say(reply)
}

fn server(session: &Session) -> Step {
    let peer = session.peer.ip().to_string();
    let name = session.user.clone().unwrap_or_default();
    let kind: &[u8] = if session.text { b"ASCII" } else { b"BINARY" };
    session.say(Phrase::StatusServer, &[("peer", peer.as_bytes()), ("name", &name), ("type", kind)])
}
