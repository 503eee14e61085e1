//! MD5: a digest as draft-twine-ftpmd5 has it.

use crate::demo::digest::Algorithm;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Session, Step};
use crate::demo::verb::digest;

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Step {
    digest::answer(session, call.argument, Algorithm::Md5, "MD5", Phrase::DigestMd5)
}
