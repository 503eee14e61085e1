//! RETR: sends a file.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session, Transfer};
use crate::demo::transfer::Payload;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let rest = session.take_rest();
    let range = session.range.take();
    if !session.channel.is_ready() && !session.behavior().begins_at_once {
        return session.reply(Phrase::NoChannel, &[]);
    }
    let opened = session
        .shared
        .store
        .open(&session.resolve(call.argument))
        .and_then(|handle| Ok((handle.len()?, handle)));
    let (whole, handle) = match opened {
        Ok(opened) => opened,
        Err(error @ crate::demo::store::StoreError::IsDir) => {
            return session.failure_reply(Phrase::SendDir, call.argument, &error);
        }
        Err(error) => return session.failure_reply(Phrase::SendFailed, call.argument, &error),
    };
    if rest > whole && !session.behavior().send_past_end_is_empty {
        let offset = rest.to_string();
        let vars = [("path", call.argument), ("offset", offset.as_bytes())];
        return session.reply(Phrase::SendRestPast, &vars);
    }
    let (at, to) = match range {
        Some((from, last)) => (from, Some(last.saturating_add(1))),
        None => (rest, None),
    };
    let size = to.unwrap_or(whole).min(whole).saturating_sub(at).to_string();
    let whole = whole.to_string();
    let vars = [
        ("path", call.argument),
        ("mode", session.mode_word().as_bytes()),
        ("size", size.as_bytes()),
        ("whole", whole.as_bytes()),
    ];
    Effect::Transfer(Box::new(Transfer {
        payload: Payload::Send { handle, at, to },
        begin: session.format_reply(Phrase::BeginSend, &vars),
        end: session.format_reply(Phrase::Sent, &vars),
        path: call.argument.to_vec(),
        rename_when_done: None,
        text: session.text && session.behavior().converts_text,
    }))
}
