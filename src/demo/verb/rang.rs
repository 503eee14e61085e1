//! RANG: the first and last byte for HASH and RETR (draft-bryan-ftp-range).

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let numbers: Vec<u64> = String::from_utf8_lossy(call.argument)
        .split_whitespace()
        .map_while(|word| word.parse().ok())
        .collect();
    let [from, last] = numbers[..] else { return session.reply(Phrase::RangeBad, &[]) };
    // a first byte after the last one clears the range
    session.range = (from <= last).then_some((from, last));
    let size = (last + 1).saturating_sub(from).to_string();
    session.reply(
        Phrase::RangeSet,
        &[
            ("from", from.to_string().as_bytes()),
            ("to", last.to_string().as_bytes()),
            ("size", size.as_bytes()),
        ],
    )
}
