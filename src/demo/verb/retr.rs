//! RETR: sends a file.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step, Transfer};
use crate::demo::transfer::Load;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let rest = session.take_rest();
    let range = session.range.take();
    if !session.channel.is_ready() && !session.manner().begins_at_once {
        return session.say(Phrase::NoChannel, &[]);
    }
    let opened = session
        .shared
        .store
        .open(&session.resolve(call.argument))
        .and_then(|handle| Ok((handle.len()?, handle)));
    let (whole, handle) = match opened {
        Ok(opened) => opened,
        Err(error @ crate::demo::store::StoreError::IsDir) => {
            return session.fail(Phrase::SendDir, call.argument, &error);
        }
        Err(error) => return session.fail(Phrase::SendFailed, call.argument, &error),
    };
    if rest > whole && !session.manner().send_past_end_is_empty {
        let offset = rest.to_string();
        let gaps = [("path", call.argument), ("offset", offset.as_bytes())];
        return session.say(Phrase::SendRestPast, &gaps);
    }
    let (at, to) = match range {
        Some((from, last)) => (from, Some(last.saturating_add(1))),
        None => (rest, None),
    };
    let size = to.unwrap_or(whole).min(whole).saturating_sub(at).to_string();
    let whole = whole.to_string();
    let gaps = [
        ("path", call.argument),
        ("mode", session.mode_word().as_bytes()),
        ("size", size.as_bytes()),
        ("whole", whole.as_bytes()),
    ];
    Step::Transfer(Box::new(Transfer {
        load: Load::Send { handle, at, to },
        begin: session.phrase(Phrase::BeginSend, &gaps),
        end: session.phrase(Phrase::Sent, &gaps),
        path: call.argument.to_vec(),
        arrives: None,
        text: session.text && session.manner().converts_text,
    }))
}
