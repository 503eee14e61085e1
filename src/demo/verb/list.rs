//! LIST: a directory listing in the server's own format, over a data connection.

use crate::demo::listing::{EntryFilter, Listing, ListingFormat, entries};
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session, Transfer};
use crate::demo::store::tree::now;
use crate::demo::store::{Entries, StoreError};
use crate::demo::transfer::{ListingText, Payload};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let (options, path) = options(session, call.argument);
    let shown = EntryFilter::for_list(
        session.behavior().dots,
        session.behavior().list_shows_hidden,
        options,
    );
    let entries = entries(&session.shared.store, &session.resolve(path), shown);
    let format = ListingFormat::Lines(session.behavior().style);
    listing(session, call, path, entries, format)
}

/// Splits an argument into options and path.
pub(super) fn options<'a>(session: &Session, argument: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    if !session.behavior().list_options || argument.first() != Some(&b'-') {
        return (b"", argument);
    }
    match argument.iter().position(|&b| b == b' ') {
        Some(blank) => (&argument[..blank], argument[blank..].trim_ascii_start()),
        None => (argument, b""),
    }
}

/// Starts a listing over the data connection, or replies why it cannot.
pub(super) fn listing(
    session: &mut Session,
    call: &Call<'_>,
    path: &[u8],
    entries: Result<Entries, StoreError>,
    format: ListingFormat,
) -> Effect {
    if !session.channel.is_ready() && !session.behavior().begins_at_once {
        return session.reply(Phrase::NoChannel, &[]);
    }
    let failed = if matches!(format, ListingFormat::Facts(_)) {
        Phrase::MlsdFailed
    } else {
        Phrase::ListFailed
    };
    let entries = match entries {
        Ok(entries) => entries,
        Err(_) if call.script.listing.is_some() => Vec::new(),
        Err(error) => return session.failure_reply(failed, path, &error),
    };
    let what = if matches!(format, ListingFormat::Facts(_)) { &b"MLSD"[..] } else { b"file list" };
    let listing = Listing::new(entries, format, now(), session.behavior().clock);
    let count = listing.len().to_string();
    let payload = match &call.script.listing {
        Some(bytes) => Payload::List(ListingText::fixed(bytes.clone())),
        None => Payload::List(ListingText::new(listing)),
    };
    let mode = session.mode_word().as_bytes();
    Effect::Transfer(Box::new(Transfer {
        payload,
        begin: session.format_reply(Phrase::BeginList, &[("mode", mode), ("what", what)]),
        end: session.format_reply(Phrase::Listed, &[("count", count.as_bytes())]),
        path: path.to_vec(),
        rename_when_done: None,
        // the lines already end in CRLF
        text: false,
    }))
}
