//! MD5: a checksum, as in draft-twine-ftpmd5.

use crate::demo::digest::Algorithm;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::verb::digest;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    digest::answer(session, call.argument, Algorithm::Md5, "MD5", Phrase::DigestMd5)
}
