//! What is known of one path: MLST where the server has it, else the listing of its directory.

use jiff::civil::DateTime;

use crate::base::RemotePath;
use crate::ftp::listing::{self, Context, Format};
use crate::ftp::{Command, Entry, Kind, Reply};
use crate::session::error::SessionError;
use crate::session::state::Session;

impl Session {
    /// What is known of one path; `None` when there is nothing.
    ///
    /// Asks MLST where the server has it, else looks into the listing of the directory above.
    ///
    /// # Errors
    /// When the connection is gone, or the directory above cannot be listed.
    pub async fn stat(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Option<Entry>, SessionError> {
        if path.is_root() {
            return Ok(Some(Entry::new(*b"/", Kind::Dir)));
        }
        if self.features.has("MLST") {
            let reply = self.ask(Command::with("MLST", path.as_bytes())?).await?;
            if reply.is_completion()
                && let Some(entry) = entry_of_mlst(&reply, path, now)
            {
                return Ok(Some(entry));
            }
            if reply.code == 550 || reply.code == 450 {
                return Ok(None);
            }
        }
        let parent = path.parent().unwrap_or_else(RemotePath::root);
        match self.list(&parent, now).await {
            Ok(listing) => {
                Ok(listing.entries.into_iter().find(|entry| *entry.name == *path.name()))
            }
            Err(SessionError::Refused { reply, .. }) if reply.code == 550 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Free bytes at a directory; `None` when the server will not tell (AVBL,
    /// draft-peterson-streamlined-ftp-command-extensions section 4). It is the only way with a
    /// description: what `SITE DF`, `SITE QUOTA` and `STAT` print is each server's own affair, and
    /// a number that was misread would stop a copy that has room.
    ///
    /// # Errors
    /// Only when the connection is gone.
    pub async fn free_space(&mut self, path: &RemotePath) -> Result<Option<u64>, SessionError> {
        if !self.features.has("AVBL") {
            return Ok(None);
        }
        let reply = self.ask(Command::with("AVBL", path.as_bytes())?).await?;
        if reply.is_unknown_command() {
            self.features.forget("AVBL");
        }
        let number = reply.text().split(u8::is_ascii_whitespace).find(|word| !word.is_empty());
        Ok(number
            .filter(|_| reply.code == 213)
            .and_then(|word| std::str::from_utf8(word).ok()?.parse().ok()))
    }
}

/// The facts line of an MLST reply (RFC 3659 section 7.2): the inner line, under the name that
/// was asked for, since servers answer with a path, a name or nothing.
fn entry_of_mlst(reply: &Reply, path: &RemotePath, now: DateTime) -> Option<Entry> {
    let line = reply.lines.iter().skip(1).find(|line| line.contains(&b'='))?;
    // one leading blank by the RFC; some servers leave it out
    let line = line.strip_prefix(b" ").unwrap_or(line);
    let facts = line.split(|&b| b == b' ').next()?;
    let mut bytes = Vec::with_capacity(facts.len() + 8);
    for fact in facts.split(|&b| b == b';').filter(|fact| !fact.is_empty()) {
        // a directory that is asked for itself may call itself `cdir`, which a listing leaves out
        let itself =
            [&b"type=cdir"[..], b"type=pdir"].iter().any(|other| fact.eq_ignore_ascii_case(other));
        bytes.extend_from_slice(if itself { b"type=dir" } else { fact });
        bytes.push(b';');
    }
    bytes.extend_from_slice(b" entry");
    let mut entry = listing::parse(&bytes, &Context::of(Format::Mlsd, now)).entries.pop()?;
    entry.name = path.name().into();
    Some(entry)
}
