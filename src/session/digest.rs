//! Requesting the checksum of a file from a server, and comparing it with a local one.

use crate::base::RemotePath;
use crate::ftp::digest::{self, Algorithm, Digest, DigestMethod, Digests};
use crate::ftp::{Class, Command, Reply};
use crate::session::error::SessionError;
use crate::session::state::Session;

/// The result of comparing a local digest with the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// Both are equal.
    Same,
    /// The server's digest is this one.
    Differs(Digest),
    /// The server returned no digest; its last reply, if any.
    Unknown(Option<Reply>),
}

impl Session {
    /// The digests that the server supports, and the algorithm that `HASH` is set to.
    #[must_use]
    pub fn digests(&self) -> &Digests {
        &self.digests
    }

    /// Takes over what a transfer on this session learned about digests.
    pub fn learn_digests(&mut self, digests: Digests) {
        self.digests = digests;
    }

    /// Requests the digest of a file of size `bytes`, or of its first `prefix` bytes. The inner
    /// `Err` holds the server's last reply when it returns no digest.
    ///
    /// Tries every command that the server announces until one succeeds.
    ///
    /// # Errors
    /// Only when the connection is lost, or for a name that no command can carry.
    pub async fn digest(
        &mut self,
        path: &RemotePath,
        algorithm: Algorithm,
        prefix: Option<u64>,
        bytes: u64,
    ) -> Result<Result<Digest, Option<Reply>>, SessionError> {
        self.set_type_binary().await?;
        let mut last_reply = None;
        let mut methods = self.digests.methods(algorithm, path.as_bytes());
        if prefix.is_some() {
            // HASH comes last: ProFTPD ignores the range and reads the whole file
            methods.sort_by_key(|method| method.needs_rang());
        }
        for method in methods {
            let command = match prefix {
                Some(_) if method.needs_rang() => self
                    .features
                    .has("RANG")
                    .then(|| method.command(path.as_bytes()))
                    .transpose()?,
                Some(end) => method.prefix_command(path.as_bytes(), end)?,
                None => Some(method.command(path.as_bytes())?),
            };
            let Some(command) = command else { continue };
            if let Some(reply) = self.select_algorithm(method).await? {
                last_reply = Some(reply);
                continue;
            }
            if let Some(end) = prefix.filter(|_| method.needs_rang()) {
                let reply = self.hash_range(command, end, bytes).await?;
                let digest =
                    reply.as_ref().and_then(|reply| method.read(reply, path.as_bytes(), Some(end)));
                match digest {
                    Some(digest) => return Ok(Ok(digest)),
                    None => last_reply = reply.or(last_reply),
                }
                continue;
            }
            let reply = self.ask_slow(command, bytes).await?;
            match method.read(&reply, path.as_bytes(), Some(prefix.unwrap_or(bytes))) {
                Some(digest) => return Ok(Ok(digest)),
                None => {
                    self.digests.mark_refused(method, &reply);
                    last_reply = Some(reply);
                }
            }
        }
        Ok(Err(last_reply))
    }

    /// Compares a local digest with the server's digest of a file of size `bytes`.
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
            Err(reply) => Comparison::Unknown(reply),
        })
    }

    /// Sends `OPTS HASH` if needed; returns the server's refusal, if any.
    async fn select_algorithm(
        &mut self,
        method: DigestMethod,
    ) -> Result<Option<Reply>, SessionError> {
        let Some(command) = self.digests.select_command(method) else { return Ok(None) };
        let reply = self.ask(command).await?;
        self.digests.select_answered(method.algorithm(), &reply);
        Ok((!reply.is_completion()).then_some(reply))
    }

    /// Requests `HASH` of the first `end` bytes; `None` when the server used another range.
    async fn hash_range(
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
        let reply = self.ask_slow(hash, bytes).await?;
        // an empty range resets RANG, so that it does not affect later commands
        self.ask(Command::with("RANG", "1 0")?).await?;
        Ok(digest::covers_prefix(&reply, end).then_some(reply))
    }

    async fn ask_slow(&mut self, command: Command, bytes: u64) -> Result<Reply, SessionError> {
        let limit = digest::time_limit(self.limits.reply, bytes);
        self.ask_within(command, limit).await
    }
}
