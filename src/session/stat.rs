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
    /// Asks MLST where the server has it, else looks into the listing of the directory above, and
    /// where that proves nothing asks for the path itself ([`Session::presence`], CWD).
    ///
    /// # Errors
    /// When the connection is gone, the directory above cannot be listed, or the server does not
    /// say whether there is anything.
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
            if reply.code == 550 && !is_denial(&reply) {
                return Ok(None);
            }
        }
        let presence = self.look_beside(path, now).await?;
        if let Presence::Present(entry) = presence {
            return Ok(Some(entry));
        }
        // a virtual directory is in no listing; z/OS enters any name
        let system = self.system().and_then(|system| ListingFormat::from_syst(system.as_bytes()));
        if system != Some(ListingFormat::Mvs) {
            match self.change_dir(path).await {
                Ok(()) => return Ok(Some(Entry::new(path.name(), Kind::Dir))),
                Err(SessionError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        match presence {
            Presence::Unknown(reply) => {
                Err(SessionError::refused(format!("look at {path}"), reply))
            }
            Presence::Present(_) | Presence::Absent => Ok(None),
        }
    }

    /// Looks into the listing of the directory above, and where that proves nothing asks for the
    /// path itself.
    async fn look_beside(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Presence, SessionError> {
        let parent = path.parent().unwrap_or_else(RemotePath::root);
        let mut refusal = None;
        let doubtful = match self.list(&parent, now).await {
            Ok(listing) => {
                let mut entries = listing.entries.into_iter();
                if let Some(found) = entries.find(|entry| *entry.name == *path.name()) {
                    return Ok(Presence::Present(found));
                }
                if listing.completeness.proves_absent(path.name()) {
                    return Ok(Presence::Absent);
                }
                listing.completeness.fault().is_some()
            }
            Err(SessionError::Refused { reply, .. }) if is_denial(&reply) => {
                refusal = Some(reply);
                true
            }
            Err(SessionError::Refused { reply, .. }) if reply.code == 550 => {
                return Ok(Presence::Absent);
            }
            Err(error) => return Err(error),
        };
        let presence = match (self.presence(path, now).await?, refusal) {
            // that the server has no SIZE says less than why it does not list
            (Presence::Unknown(reply), Some(refusal)) if reply.is_unknown_command() => {
                Presence::Unknown(refusal)
            }
            (presence, _) => presence,
        };
        Ok(if doubtful { presence } else { presence.or_absent() })
    }

    /// Asks for one path by itself (MLST, SIZE, MDTM), where a listing does not prove that it is
    /// absent.
    ///
    /// # Errors
    /// Only when the connection is gone.
    pub async fn presence(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Presence, SessionError> {
        if self.features.has("MLST") {
            let reply = self.ask(Command::with("MLST", path.as_bytes())?).await?;
            match entry_of_mlst(&reply, path, now).filter(|_| reply.is_completion()) {
                Some(entry) => return Ok(Presence::Present(entry)),
                None if proves_absence(&reply) => return Ok(Presence::Absent),
                None => {}
            }
        }
        self.set_type_binary().await?;
        let size = self.ask(Command::with("SIZE", path.as_bytes())?).await?;
        if proves_absence(&size) {
            return Ok(Presence::Absent);
        }
        if is_of_directory(&size) {
            return Ok(Presence::Present(Entry::new(path.name(), Kind::Dir)));
        }
        let time = self.ask(Command::with("MDTM", path.as_bytes())?).await?;
        let mut entry = Entry::new(path.name(), Kind::File);
        (entry.size, entry.mtime) = (size.size(), time.stamp());
        if entry.size.is_some() || entry.mtime.is_some() {
            return Ok(Presence::Present(entry));
        }
        if proves_absence(&time) {
            return Ok(Presence::Absent);
        }
        Ok(Presence::Unknown(if size.is_unknown_command() { time } else { size }))
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

/// What a server says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// There is something.
    Present(Entry),
    /// There is nothing.
    Absent,
    /// It does not say; its reply.
    Unknown(Reply),
}

impl Presence {
    /// The same for a name that a listing without a fault does not have: an unclear refusal, or a
    /// server that knows none of the questions, then means that it is absent.
    #[must_use]
    pub fn or_absent(self) -> Self {
        match self {
            Self::Unknown(reply)
                if reply.is_unknown_command() || reply.code == 550 && !is_denial(&reply) =>
            {
                Self::Absent
            }
            presence => presence,
        }
    }
}

/// True for a refusal because of rights: it tells nothing of what is there.
fn is_denial(reply: &Reply) -> bool {
    ["denied", "permission", "permitted", "not allowed", "forbidden", "unauthorized", "privilege"]
        .iter()
        .any(|words| reply.mentions(words))
}

/// True for a refusal that says in words that there is nothing.
fn proves_absence(reply: &Reply) -> bool {
    reply.code == 550
        && !is_denial(reply)
        && ["no such", "not found", "cannot find", "can't find", "not exist", "n't exist"]
            .iter()
            .any(|words| reply.mentions(words))
}

/// True for a refusal of `SIZE` because the path is a directory.
fn is_of_directory(reply: &Reply) -> bool {
    reply.code == 550
        && ["not a regular", "not a plain", "is a directory"]
            .iter()
            .any(|words| reply.mentions(words))
}

/// The facts line of an MLST reply (RFC 3659 section 7.2): the inner line, under the name that
/// was asked for, since servers answer with a path, a name or nothing.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_proves_absence_only_in_words() {
        for (text, denied, absent, dir) in [
            ("No such file or directory", false, true, false),
            ("/a: File not found", false, true, false),
            ("The system cannot find the file specified.", false, true, false),
            ("Could not get file size.", false, false, false),
            ("Permission denied", true, false, false),
            ("a: No such file, or permission denied", true, false, false),
            ("Access is denied.", true, false, false),
            ("SIZE not allowed in ASCII mode", true, false, false),
            ("/a: not a regular file", false, false, true),
            ("I can only retrieve regular files: not a plain file", false, false, true),
        ] {
            let reply = Reply::new(550, text);
            let found = (is_denial(&reply), proves_absence(&reply), is_of_directory(&reply));
            assert_eq!(found, (denied, absent, dir), "{text}");
        }
        assert!(!proves_absence(&Reply::new(500, "No such command")));
    }
}
