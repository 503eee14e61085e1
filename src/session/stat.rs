//! The properties of one path: by MLST where supported, otherwise from the listing of its
//! directory.

use jiff::civil::DateTime;

use crate::base::RemotePath;
use crate::ftp::listing::{self, ListingContext, ListingFormat};
use crate::ftp::{Command, Entry, Kind, Reply};
use crate::session::error::SessionError;
use crate::session::state::Session;

impl Session {
    /// The entry at a path; `None` if it does not exist.
    ///
    /// Uses MLST where supported, otherwise the listing of the parent directory.
    ///
    /// # Errors
    /// When the connection is lost, or the parent directory cannot be listed.
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
            Err(SessionError::Refused { step, reply }) => {
                if says_absent(&reply) {
                    return Ok(None);
                }
                // the directory may not be listed: its entries may exist all the same
                let mut entry = Entry::new(path.name(), Kind::File);
                entry.size = self.size(path).await?;
                entry.mtime = self.modified(path).await?;
                if entry.size.is_some() {
                    return Ok(Some(entry));
                }
                Err(SessionError::Refused { step, reply })
            }
            Err(error) => Err(error),
        }
    }

    /// Free bytes in a directory; `None` if the server does not report them (AVBL,
    /// draft-peterson-streamlined-ftp-command-extensions section 4). Only AVBL has a specification:
    /// the output of `SITE DF`, `SITE QUOTA` and `STAT` differs between servers, and a misread
    /// number would stop a copy for which there is enough space.
    ///
    /// # Errors
    /// Only when the connection is lost.
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

/// True for a refusal that says that there is no such file or directory.
fn says_absent(reply: &Reply) -> bool {
    reply.code == 550
        && ["no such", "not found", "cannot find", "not exist"]
            .iter()
            .any(|words| reply.mentions(words))
        && !reply.mentions("denied")
        && !reply.mentions("permission")
}

/// The entry in an MLST reply (RFC 3659 section 7.2), under the requested name, because servers
/// reply with a path, a name or nothing.
fn entry_of_mlst(reply: &Reply, path: &RemotePath, now: DateTime) -> Option<Entry> {
    let line = reply.lines.iter().skip(1).find(|line| line.contains(&b'='))?;
    // the RFC requires one leading space; some servers omit it
    let line = line.strip_prefix(b" ").unwrap_or(line);
    let facts = line.split(|&b| b == b' ').next()?;
    let mut bytes = Vec::with_capacity(facts.len() + 8);
    for fact in facts.split(|&b| b == b';').filter(|fact| !fact.is_empty()) {
        // a server may report the requested directory as `cdir`, which the parser would skip
        let itself =
            [&b"type=cdir"[..], b"type=pdir"].iter().any(|other| fact.eq_ignore_ascii_case(other));
        bytes.extend_from_slice(if itself { b"type=dir" } else { fact });
        bytes.push(b';');
    }
    bytes.extend_from_slice(b" entry");
    let mut entry =
        listing::parse(&bytes, &ListingContext::of(ListingFormat::Mlsd, now)).entries.pop()?;
    entry.name = path.name().into();
    Some(entry)
}
