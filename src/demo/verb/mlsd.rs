//! MLSD: a directory in facts (RFC 3659 section 7).

use crate::demo::listing::{Form, Shown, entries, follow, follows};
use crate::demo::session::{Call, Session, Step};
use crate::demo::store::StoreError;
use crate::demo::verb::list::listing;
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let path = session.resolve(call.argument);
    let store = &session.shared.store;
    let shown = Shown { dots: session.manner().mlsd_dots, hidden: true };
    let entries = match store.meta(&path, true) {
        Ok(meta) if meta.kind != Kind::Dir => Err(StoreError::NotDir),
        Ok(_) => entries(store, &path, shown),
        Err(error) => Err(error),
    };
    let entries = entries.map(|mut entries| {
        if follows(session.manner().links) {
            follow(store, &path, &mut entries);
        }
        entries
    });
    let form = Form::Facts(session.facts.clone());
    listing(session, call, call.argument, entries, form)
}
