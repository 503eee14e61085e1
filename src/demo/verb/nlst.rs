//! NLST: names only.

use crate::demo::listing::{Form, Shown, entries};
use crate::demo::session::{Call, Session, Step};
use crate::demo::verb::list::{listing, options};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    let (options, path) = options(session, call.argument);
    let shown = Shown {
        dots: false,
        ..Shown::list(session.manner().dots, session.manner().list_shows_hidden, options)
    };
    let entries = entries(&session.shared.store, &session.resolve(path), shown);
    listing(session, call, path, entries, Form::Names)
}
