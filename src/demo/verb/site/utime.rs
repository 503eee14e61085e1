//! SITE UTIME: the time of the last change, in both forms (quirk 84): `time file` and
//! `file atime mtime ctime UTC`.

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Session, Step};
use crate::demo::verb::mfmt::seconds;

pub(super) fn run(session: &Session, value: &[u8]) -> Step {
    let Some((time, file)) = short(value).or_else(|| long(value)) else {
        return session.say(Phrase::BadArgument, &[("verb", b"SITE UTIME")]);
    };
    let path = session.resolve(file);
    let set = session.writable().and_then(|()| session.shared.store.set_mtime(&path, time));
    session.done_or(set, file, Phrase::TimesSet, Phrase::TimesFailed)
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
