//! LIST: a directory in the server's own style, through a data connection.

use crate::demo::listing::{Form, Listing, Shown, entries};
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step, Transfer};
use crate::demo::store::tree::now;
use crate::demo::store::{Entries, StoreError};
use crate::demo::transfer::{Lines, Load};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let (options, path) = options(session, call.argument);
    let shown = Shown::list(session.manner().dots, session.manner().list_shows_hidden, options);
    let entries = entries(&session.shared.store, &session.resolve(path), shown);
    let form = Form::Lines(session.manner().style);
    listing(session, call, path, entries, form)
}

/// Options and path of an argument.
pub(super) fn options<'a>(session: &Session, argument: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    if !session.manner().list_options || argument.first() != Some(&b'-') {
        return (b"", argument);
    }
    match argument.iter().position(|&b| b == b' ') {
        Some(blank) => (&argument[..blank], argument[blank..].trim_ascii_start()),
        None => (argument, b""),
    }
}

/// A listing over the data connection, or why not.
pub(super) fn listing(
    session: &mut Session,
    call: &Call<'_>,
    path: &[u8],
    entries: Result<Entries, StoreError>,
    form: Form,
) -> Step {
    if !session.channel.is_ready() && !session.manner().begins_at_once {
        return session.say(Phrase::NoChannel, &[]);
    }
    let failed =
        if matches!(form, Form::Facts(_)) { Phrase::MlsdFailed } else { Phrase::ListFailed };
    let entries = match entries {
        Ok(entries) => entries,
        Err(_) if call.script.listing.is_some() => Vec::new(),
        Err(error) => return session.fail(failed, path, &error),
    };
    let what = if matches!(form, Form::Facts(_)) { &b"MLSD"[..] } else { b"file list" };
    let listing = Listing::new(entries, form, now(), session.manner().clock);
    let count = listing.len().to_string();
    let load = match &call.script.listing {
        Some(bytes) => Load::List(Lines::fixed(bytes.clone())),
        None => Load::List(Lines::of(listing)),
    };
    let mode = session.mode_word().as_bytes();
    Step::Transfer(Box::new(Transfer {
        load,
        begin: session.phrase(Phrase::BeginList, &[("mode", mode), ("what", what)]),
        end: session.phrase(Phrase::Listed, &[("count", count.as_bytes())]),
        path: path.to_vec(),
        arrives: None,
        // lines end in CRLF already
        text: false,
    }))
}
