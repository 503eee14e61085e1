//! SIZE: the size of a file in bytes (RFC 3659 section 4; quirk 13 for TYPE A).

use crate::demo::persona::SizeInText;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::store::{Handle, StoreError};
use crate::ftp::Kind;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let behavior = session.behavior();
    if session.text && behavior.size_in_text == SizeInText::Refused {
        return session.reply(Phrase::SizeText, &[]);
    }
    let path = session.resolve(call.argument);
    let size = match session.file_size(&path) {
        Ok((Kind::Dir, _)) if !behavior.size_of_directories => Err(StoreError::IsDir),
        Ok(_) if session.text && behavior.size_in_text == SizeInText::Converted => {
            session.shared.store.open(&path).and_then(converted)
        }
        found => found.map(|(_, size)| size),
    };
    match size {
        Ok(size) => session.reply(Phrase::Size, &[("size", size.to_string().as_bytes())]),
        Err(error) => session.failure_reply(Phrase::SizeFailed, call.argument, &error),
    }
}

/// The size with CRLF line ends.
fn converted(mut handle: Handle) -> Result<u64, StoreError> {
    let mut buffer = [0; 8192];
    let (mut read, mut added, mut last) = (0, 0, 0);
    loop {
        let count = handle.read_at(read, &mut buffer)?;
        if count == 0 {
            return Ok(read + added);
        }
        for &byte in &buffer[..count] {
            added += u64::from(byte == b'\n' && last != b'\r');
            last = byte;
        }
        read += count as u64;
    }
}
