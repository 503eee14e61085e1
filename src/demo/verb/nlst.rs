//! NLST: lists names only.

use crate::demo::listing::{EntryFilter, ListingFormat, entries};
use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::list::{listing, options};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let (options, path) = options(session, call.argument);
    let shown = EntryFilter {
        dots: false,
        ..EntryFilter::for_list(
            session.behavior().dots,
            session.behavior().list_shows_hidden,
            options,
        )
    };
    let entries = entries(&session.shared.store, &session.resolve(path), shown);
    listing(session, call, path, entries, ListingFormat::Names)
}
