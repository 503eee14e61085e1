//! Asking a server for the digest of a file, and comparing it with one computed here.

use crate::base::RemotePath;
use crate::ftp::digest::{self, Algorithm, Digest, Digests, Way};
use crate::ftp::{Class, Command, Reply};
use crate::session::error::SessionError;
use crate::session::state::Session;

/// What came of comparing a digest computed here with the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// The server has the same.
    Same,
    /// The server has this one.
    Differs(Digest),
    /// The server gave none; its last words, where it said something.
    Unknown(Option<Reply>),
}

impl Session {
    /// What the server can compute, and which algorithm `HASH` is set to.
    #[must_use]
    pub fn digests(&self) -> &Digests {
        &self.digests
    }

    /// What a transfer that drove this session found out about digests.
    pub fn learn_digests(&mut self, digests: Digests) {
        self.digests = digests;
    }

    /// The digest of a file of so many `bytes`, or of its first `prefix` bytes; `Err` inside when
    /// the server gives none, with its last words.
    ///
    /// Every spelling that the server announces is tried until one is answered.
    ///
    /// # Errors
    /// Only when the connection is gone, or for a name that no command can carry.
    pub async fn digest(
        &mut self,
        path: &RemotePath,
        algorithm: Algorithm,
        prefix: Option<u64>,
        bytes: u64,
    ) -> Result<Result<Digest, Option<Reply>>, SessionError> {
        self.binary().await?;
        let mut said = None;
        let mut ways = self.digests.ways(algorithm, path.as_bytes());
        if prefix.is_some() {
            // ProFTPD would read a whole large file before it is seen to ignore the range
            ways.sort_by_key(|way| way.takes_range());
        }
        for way in ways {
            let command = match prefix {
                Some(_) if way.takes_range() => {
                    self.features.has("RANG").then(|| way.command(path.as_bytes())).transpose()?
                }
                Some(end) => way.prefix_command(path.as_bytes(), end)?,
                None => Some(way.command(path.as_bytes())?),
            };
            let Some(command) = command else { continue };
            if let Some(reply) = self.select(way).await? {
                said = Some(reply);
                continue;
            }
            if let Some(end) = prefix.filter(|_| way.takes_range()) {
                let reply = self.ask_range(command, end, bytes).await?;
                let digest = reply.as_ref().and_then(|reply| way.read(reply, path.as_bytes()));
                match digest {
                    Some(digest) => return Ok(Ok(digest)),
                    None => said = reply.or(said),
                }
                continue;
            }
            let reply = self.ask_long(command, bytes).await?;
            match way.read(&reply, path.as_bytes()) {
                Some(digest) => return Ok(Ok(digest)),
                None => {
                    self.digests.refused(way, &reply);
                    said = Some(reply);
                }
            }
        }
        Ok(Err(said))
    }

    /// Compares a digest computed here with the server's of a file of so many `bytes`.
    ///
    /// # Errors
    /// As [`Session::digest`].
    pub async fn compare_digest(
        &mut self,
        path: &RemotePath,
        ours: &Digest,
        bytes: u64,
    ) -> Result<Comparison, SessionError> {
        Ok(match self.digest(path, ours.algorithm, None, bytes).await? {
            Ok(theirs) if theirs == *ours => Comparison::Same,
            Ok(theirs) => Comparison::Differs(theirs),
            Err(said) => Comparison::Unknown(said),
        })
    }

    /// `OPTS HASH` where it is needed; the refusal, if it was refused.
    async fn select(&mut self, way: Way) -> Result<Option<Reply>, SessionError> {
        let Some(command) = self.digests.selection(way) else { return Ok(None) };
        let reply = self.ask(command).await?;
        self.digests.selected(way.algorithm(), &reply);
        Ok((!reply.is_completion()).then_some(reply))
    }

    /// `HASH` of the first `end` bytes; `None` when the server computed something else.
    async fn ask_range(
        &mut self,
        hash: Command,
        end: u64,
        bytes: u64,
    ) -> Result<Option<Reply>, SessionError> {
        let Some(last) = end.checked_sub(1) else { return Ok(None) };
        let range = Command::with("RANG", format!("0 {last}"))?;
        if self.ask(range).await?.class() > Class::Intermediate {
            return Ok(None);
        }
        let reply = self.ask_long(hash, bytes).await?;
        // a range that starts behind its end is none: nobody else shall meet with ours
        self.ask(Command::with("RANG", "1 0")?).await?;
        Ok(digest::is_of_prefix(&reply, end).then_some(reply))
    }

    async fn ask_long(&mut self, command: Command, bytes: u64) -> Result<Reply, SessionError> {
        let limit = digest::time_limit(self.limits.reply, bytes);
        self.ask_within(command, limit).await
    }
}
