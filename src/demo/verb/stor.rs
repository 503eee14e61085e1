//! STOR: takes a file. It is truncated at once, before a byte has come, as all servers do.

use crate::base::RemotePath;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step, Transfer};
use crate::demo::store::{Handle, StoreError};
use crate::demo::transfer::Load;

/// Where the data goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    /// To the beginning, or to where REST says.
    Rest(u64),
    /// Behind the end.
    End,
}

/// Why a file cannot be opened to write.
enum Refusal {
    Store(StoreError),
    RestPast,
}

impl std::convert::From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let rest = if session.manner().store_ignores_rest { 0 } else { session.take_rest() };
    store(session, call.argument, From::Rest(rest))
}

/// A transfer into a file.
pub(super) fn store(session: &mut Session, argument: &[u8], from: From) -> Step {
    session.range = None;
    if !session.channel.is_ready() && !session.manner().begins_at_once {
        return session.say(Phrase::NoChannel, &[]);
    }
    let begin = session.phrase(
        Phrase::BeginStore,
        &[("path", argument), ("mode", session.mode_word().as_bytes())],
    );
    let path = session.resolve(argument);
    let arriving = session.manner().atomic_upload.then(|| {
        let name = format!(".pureftpd-upload.{:x}", session.id);
        path.parent().unwrap_or_default().join(name.as_bytes())
    });
    let (handle, at) = match open(session, arriving.as_ref().unwrap_or(&path), from) {
        Ok(opened) => opened,
        Err(Refusal::Store(error)) => return exists(session, argument, &error),
        Err(Refusal::RestPast) => {
            return session.say(Phrase::StoreRestPast, &[("path", argument)]);
        }
    };
    Step::Transfer(Box::new(Transfer {
        load: Load::Store { handle, at, cut: at == 0 || session.manner().rest_cuts_tail },
        begin,
        end: session.phrase(Phrase::Stored, &[("path", argument)]),
        path: argument.to_vec(),
        arrives: arriving.map(|arriving| (arriving, path)),
        text: session.text && session.manner().converts_text,
    }))
}

/// The open file and where to write in it.
fn open(session: &Session, path: &RemotePath, from: From) -> Result<(Handle, u64), Refusal> {
    session.writable()?;
    if session.xdupe && session.shared.store.meta(path, true).is_ok() {
        return Err(StoreError::Exists.into());
    }
    let mut handle = session.shared.store.create(path)?;
    let at = match from {
        From::Rest(0) => {
            handle.cut(0)?;
            0
        }
        From::Rest(rest) => rest,
        From::End => handle.len()?,
    };
    if at > handle.len()? {
        if !session.manner().store_past_end_makes_hole {
            return Err(Refusal::RestPast);
        }
        handle.cut(at)?;
    }
    Ok((handle, at))
}

/// The refusal, with the names that are there when XDUPE is on (quirk 67).
fn exists(session: &Session, argument: &[u8], error: &StoreError) -> Step {
    let refused = session.fail(Phrase::StoreFailed, argument, error);
    let (Step::Say(mut reply), true, StoreError::Exists) = (refused, session.xdupe, error) else {
        return session.fail(Phrase::StoreFailed, argument, error);
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
    Step::Say(reply)
}
