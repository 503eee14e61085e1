//! STAT: the server status, or a listing on the control connection.

use crate::demo::listing::{EntryFilter, Listing, ListingFormat, entries};
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::tree::now;
use crate::demo::verb::list::options;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    if call.argument.is_empty() {
        return server(session);
    }
    let (options, argument) = options(session, call.argument);
    let path = session.resolve(argument);
    let store = &session.shared.store;
    let shown = EntryFilter::for_list(
        session.behavior().dots,
        session.behavior().list_shows_hidden,
        options,
    );
    let found = store.meta(&path, true).and_then(|meta| Ok((meta, entries(store, &path, shown)?)));
    let (meta, entries) = match found {
        Ok(found) => found,
        Err(error) => return session.failure_reply(Phrase::StatusFailed, argument, &error),
    };
    let format = ListingFormat::Lines(session.behavior().style);
    let mut text = Vec::new();
    Listing::new(entries, format, now(), session.behavior().clock).write(&mut text, usize::MAX);
    let vars = [("path", argument), ("full", path.as_bytes())];
    let is_dir = meta.kind == Kind::Dir;
    let end = if is_dir { Phrase::StatusDirEnd } else { Phrase::StatusEnd };
    let last = session.format_reply(end, &vars);
    let mut reply = session.format_reply(Phrase::StatusBegin, &vars);
    reply.code = last.code;
    let text = text.strip_suffix(b"\r\n").unwrap_or(&text);
    if !text.is_empty() {
        reply.lines.extend(
            text.split(|&b| b == b'\n')
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec()),
        );
    }
    reply.lines.extend(last.lines);
    Effect::Reply(reply)
}

fn server(session: &Session) -> Effect {
    let peer = session.peer.ip().to_string();
    let name = session.user.clone().unwrap_or_default();
    let kind: &[u8] = if session.text { b"ASCII" } else { b"BINARY" };
    session
        .reply(Phrase::StatusServer, &[("peer", peer.as_bytes()), ("name", &name), ("type", kind)])
}
