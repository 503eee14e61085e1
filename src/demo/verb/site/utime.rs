//! SITE UTIME: sets the modification time, in both forms (quirk 84): `time file` and `file atime
//! mtime ctime UTC`.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Effect, Session};
use crate::demo::verb::mfmt::seconds;

pub(super) fn run(session: &Session, value: &[u8]) -> Effect {
    let Some((time, file)) = short(value).or_else(|| long(value)) else {
        return session.reply(Phrase::BadArgument, &[("verb", b"SITE UTIME")]);
    };
    let path = session.resolve(file);
    let set = session.check_writable().and_then(|()| session.shared.store.set_mtime(&path, time));
    session.result_reply(set, file, Phrase::TimesSet, Phrase::TimesFailed)
}

fn short(value: &[u8]) -> Option<(i64, &[u8])> {
    let blank = value.iter().position(|&b| b == b' ')?;
    let mut digits = value[..blank].to_vec();
    if digits.len() == 12 {
        digits.extend_from_slice(b"00");
    }
    Some((seconds(&digits)?, &value[blank + 1..]))
}

fn long(value: &[u8]) -> Option<(i64, &[u8])> {
    let mut words = value.rsplitn(5, |&b| b == b' ');
    words.next().filter(|zone| zone.eq_ignore_ascii_case(b"UTC"))?;
    let _created = words.next()?;
    let modified = words.next()?;
    let _accessed = words.next()?;
    Some((seconds(modified)?, words.next()?))
}
