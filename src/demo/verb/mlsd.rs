//! MLSD: a directory as facts (RFC 3659 section 7).

use crate::demo::listing::{EntryFilter, ListingFormat, entries, follow, follows};
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::StoreError;
use crate::demo::verb::list::listing;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let path = session.resolve(call.argument);
    let store = &session.shared.store;
    let shown = EntryFilter { dots: session.behavior().mlsd_dots, hidden: true };
    let entries = match store.meta(&path, true) {
        Ok(meta) if meta.kind != Kind::Dir => Err(StoreError::NotDir),
        Ok(_) => entries(store, &path, shown),
        Err(error) => Err(error),
    };
    let entries = entries.map(|mut entries| {
        if follows(session.behavior().links) {
            follow(store, &path, &mut entries);
        }
        entries
    });
    let format = ListingFormat::Facts(session.facts.clone());
    listing(session, call, call.argument, entries, format)
}
