//! PRET: the command that the next PASV is for (DrFTPD, quirk 31).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let mut words = call.argument.splitn(2, |&b| b == b' ');
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    let file = words.next().unwrap_or_default();
    if verb == b"RETR"
        && let Err(error) = session.shared.store.open(&session.resolve(file))
    {
        return session.failure_reply(Phrase::SendFailed, file, &error);
    }
    session.pret = true;
    session.reply(Phrase::PretDone, &[("name", &verb)])
}
