//! STOR: stores a file. As on all servers, the file is truncated at once, before any data arrives.

use crate::base::RemotePath;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session, Transfer};
use crate::demo::store::{Handle, StoreError};
use crate::demo::transfer::Payload;

/// Where in the file the data is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    /// At this offset, from REST or 0.
    Rest(u64),
    /// At the end.
    End,
}

/// Why a file cannot be opened for writing.
enum Refusal {
    Store(StoreError),
    RestPast,
}

impl std::convert::From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let rest = if session.behavior().store_ignores_rest { 0 } else { session.take_rest() };
    store(session, call.argument, From::Rest(rest))
}

/// Starts a transfer into a file.
pub(super) fn store(session: &mut Session, argument: &[u8], from: From) -> Effect {
    session.range = None;
    if !session.channel.is_ready() && !session.behavior().begins_at_once {
        return session.reply(Phrase::NoChannel, &[]);
    }
    let begin = session.format_reply(
        Phrase::BeginStore,
        &[("path", argument), ("mode", session.mode_word().as_bytes())],
    );
    let path = session.resolve(argument);
    let temporary = session.behavior().atomic_upload.then(|| {
        let name = format!(".pureftpd-upload.{:x}", session.id);
        path.parent().unwrap_or_default().join(name.as_bytes())
    });
    let (handle, at) = match open(session, temporary.as_ref().unwrap_or(&path), from) {
        Ok(opened) => opened,
        Err(Refusal::Store(error)) => return exists(session, argument, &error),
        Err(Refusal::RestPast) => {
            return session.reply(Phrase::StoreRestPast, &[("path", argument)]);
        }
    };
    Effect::Transfer(Box::new(Transfer {
        payload: Payload::Store { handle, at, cut: at == 0 || session.behavior().rest_cuts_tail },
        begin,
        end: session.format_reply(Phrase::Stored, &[("path", argument)]),
        path: argument.to_vec(),
        rename_when_done: temporary.map(|temporary| (temporary, path)),
        text: session.text && session.behavior().converts_text,
    }))
}

/// The open file, and the offset to write at.
fn open(session: &Session, path: &RemotePath, from: From) -> Result<(Handle, u64), Refusal> {
    session.check_writable()?;
    if session.xdupe && session.shared.store.meta(path, true).is_ok() {
        return Err(StoreError::Exists.into());
    }
    let mut handle = session.shared.store.create(path)?;
    let at = match from {
        From::Rest(0) => {
            handle.cut(0)?;
            0
        }
        From::Rest(rest) if session.behavior().store_truncates_at_rest => {
            handle.cut(0)?;
            handle.cut(rest)?;
            rest
        }
        From::Rest(rest) => rest,
        From::End => handle.len()?,
    };
    if at > handle.len()? {
        if !session.behavior().store_past_end_makes_hole {
            return Err(Refusal::RestPast);
        }
        handle.cut(at)?;
    }
    Ok((handle, at))
}

/// The refusal; with XDUPE on, it lists the existing names (quirk 67).
fn exists(session: &Session, argument: &[u8], error: &StoreError) -> Effect {
    let refused = session.failure_reply(Phrase::StoreFailed, argument, error);
    let (Effect::Reply(mut reply), true, StoreError::Exists) = (refused, session.xdupe, error)
    else {
        return session.failure_reply(Phrase::StoreFailed, argument, error);
    };
    let dir = session.resolve(argument).parent().unwrap_or_default();
    let names = session.shared.store.list(&dir).unwrap_or_default();
    let last = reply.lines.pop().unwrap_or_default();
    let code = reply.code;
    for (at, (name, _)) in names.iter().enumerate() {
        // every line but the first carries its own code
        let code = if at == 0 { String::new() } else { format!("{code}-") };
        reply.lines.push([code.as_bytes(), b"X-DUPE: ", &name[..]].concat());
    }
    reply.lines.push(last);
    Effect::Reply(reply)
}
