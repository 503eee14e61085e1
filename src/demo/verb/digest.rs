//! XCRC, XMD5, XSHA, XSHA1, XSHA256, XSHA512: checksums, of a byte range if `start end` follows a
//! quoted name.

use crate::demo::digest::{self, Algorithm};
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::StoreError;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let (algorithm, name) = match call.verb {
        "XCRC" => (Algorithm::Crc32, "CRC32"),
        "XMD5" => (Algorithm::Md5, "MD5"),
        "XSHA256" => (Algorithm::Sha256, "SHA256"),
        "XSHA512" => (Algorithm::Sha512, "SHA512"),
        _ => (Algorithm::Sha1, "SHA1"),
    };
    answer(session, call.argument, algorithm, name, Phrase::Digest)
}

/// The checksum of the file that the argument names, formatted as `phrase`.
pub(super) fn answer(
    session: &Session,
    argument: &[u8],
    algorithm: Algorithm,
    name: &str,
    phrase: Phrase,
) -> Effect {
    let (file, range) = split(argument);
    let (from, to) = range.unwrap_or((0, u64::MAX));
    match compute(session, file, algorithm, from, to) {
        Ok(Computed { hex, .. }) => session.reply(
            phrase,
            &[
                ("name", name.as_bytes()),
                ("HEX", hex.to_ascii_uppercase().as_bytes()),
                ("hex", hex.as_bytes()),
                ("path", file),
            ],
        ),
        Err(error) => session.failure_reply(Phrase::DigestFailed, file, &error),
    }
}

/// A checksum, and the end of the range that it covers.
pub(super) struct Computed {
    pub(super) hex: String,
    pub(super) to: u64,
}

/// The checksum of a file from `from` up to `to` or the end of the file.
pub(super) fn compute(
    session: &Session,
    file: &[u8],
    algorithm: Algorithm,
    from: u64,
    to: u64,
) -> Result<Computed, StoreError> {
    let mut handle = session.shared.store.open(&session.resolve(file))?;
    let to = to.min(handle.len()?);
    Ok(Computed { hex: digest::of(&mut handle, algorithm, from, to)?, to })
}

/// The file name without quotes, and the range after it.
fn split(argument: &[u8]) -> (&[u8], Option<(u64, u64)>) {
    let Some(quoted) = argument.strip_prefix(b"\"") else { return (argument, None) };
    let Some(close) = quoted.iter().rposition(|&b| b == b'"') else { return (argument, None) };
    let numbers: Vec<u64> = String::from_utf8_lossy(&quoted[close + 1..])
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let range = match numbers[..] {
        [from, to] => Some((from, to)),
        [to] => Some((0, to)),
        _ => None,
    };
    (&quoted[..close], range)
}
