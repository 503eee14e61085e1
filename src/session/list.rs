//! Listings of a session: MLSD where it works, else LIST, and single entries.

use jiff::civil::DateTime;

use crate::base::RemotePath;
use crate::ftp::listing::{self, Context, Format, Listing};
use crate::ftp::{Command, Entry, Kind, Reply};
use crate::session::error::SessionError;
use crate::session::options::ListCommand;
use crate::session::state::Session;
use crate::site;

/// More bytes than this are no listing that anybody could use (quirk 86); it holds some five
/// million entries.
const MAX_LISTING: usize = 512 * 1024 * 1024;
/// How much is read at once.
const CHUNK: usize = 64 * 1024;

impl Session {
    /// Lists a directory; the empty path is the working directory.
    ///
    /// `now` is the server's wall clock, from which years that a listing leaves out are reckoned.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when there is no such directory or it may not be read.
    pub async fn list(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        self.change_dir(path).await?;
        if let Some(command) = self.list.or_else(|| self.wanted_list()) {
            return match self.list_by(command, path, now).await? {
                Listed::Entries(listing) => Ok(listing),
                Listed::Unsupported(reply) => {
                    Err(SessionError::refused(format!("list {path}"), reply))
                }
            };
        }
        if self.features.lists_mlsd() {
            match self.list_by(ListCommand::Mlsd, path, now).await? {
                Listed::Entries(listing) => {
                    self.list = Some(ListCommand::Mlsd);
                    return Ok(listing);
                }
                // FEAT lies (quirk 33)
                Listed::Unsupported(_) => {
                    self.features.forget("MLSD");
                    self.features.forget("MLST");
                }
            }
        }
        self.probe_list(path, now).await
    }

    /// How the user wants directories to be listed, if not as the server bears it.
    fn wanted_list(&self) -> Option<ListCommand> {
        match (self.site.list_command, &self.site.list_args) {
            (site::ListCommand::Mlsd, _) => Some(ListCommand::Mlsd),
            (site::ListCommand::List, _) | (_, Some(_)) => Some(ListCommand::List),
            _ => None,
        }
    }

    /// Finds out once whether `LIST -a` shows at least what `LIST` shows (quirk 41): a server
    /// that takes `-a` for a name lists less, and without it hidden files would be left behind.
    async fn probe_list(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        let all = self.list_by(ListCommand::ListAll, path, now).await?;
        let plain = self.list_by(ListCommand::List, path, now).await?;
        match (all, plain) {
            (Listed::Entries(all), Listed::Entries(plain))
                if all.entries.len() >= plain.entries.len() =>
            {
                // in an empty directory both look alike, whatever -a means
                if !all.entries.is_empty() {
                    self.list = Some(ListCommand::ListAll);
                }
                Ok(all)
            }
            (_, Listed::Entries(plain)) => {
                self.list = Some(ListCommand::List);
                Ok(plain)
            }
            (Listed::Entries(all), Listed::Unsupported(_)) => {
                self.list = Some(ListCommand::ListAll);
                Ok(all)
            }
            (_, Listed::Unsupported(reply)) => {
                Err(SessionError::refused(format!("list {path}"), reply))
            }
        }
    }

    async fn list_by(
        &mut self,
        command: ListCommand,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listed, SessionError> {
        let (line, format) = match command {
            ListCommand::Mlsd => (Command::bare("MLSD"), Some(Format::Mlsd)),
            ListCommand::ListAll => (Command::with("LIST", "-a")?, None),
            ListCommand::List => match &self.site.list_args {
                Some(arguments) => (Command::with("LIST", arguments)?, None),
                None => (Command::bare("LIST"), None),
            },
        };
        let step = format!("list {path}");
        let bytes = match self.read_all(line, &step).await {
            Ok(bytes) => bytes,
            Err(SessionError::Refused { reply, .. }) if is_empty_directory(&reply) => Vec::new(),
            Err(SessionError::Refused { reply, .. }) if reply.code >= 500 => {
                return Ok(Listed::Unsupported(reply));
            }
            Err(error) => return Err(error),
        };
        let hint = self.system().and_then(|system| Format::from_syst(system.as_bytes()));
        Ok(Listed::Entries(listing::parse(&bytes, &Context { format, hint, now })))
    }

    /// Runs a command whose answer comes over a data connection, and returns the data.
    ///
    /// # Errors
    /// As [`Session::begin`]; [`SessionError::TooLarge`].
    async fn read_all(&mut self, command: Command, step: &str) -> Result<Vec<u8>, SessionError> {
        let mut transfer = self.begin(command, 0, step).await?;
        let mut bytes = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = transfer.data.read(&mut chunk, self.limits.no_growth).await;
            match self.judge_net(read, step)? {
                0 => break,
                count => bytes.extend_from_slice(&chunk[..count]),
            }
            if bytes.len() > MAX_LISTING {
                self.condemn();
                return Err(SessionError::TooLarge(MAX_LISTING));
            }
        }
        self.end(transfer, step).await?;
        Ok(bytes)
    }

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
}

/// What came of one way to list.
enum Listed {
    Entries(Listing),
    /// The server does not know the command, or refuses it here.
    Unsupported(Reply),
}

/// Empty directories that are reported as errors (quirk 43); the directory was entered before.
fn is_empty_directory(reply: &Reply) -> bool {
    matches!(reply.code, 450 | 550)
        && ["no files", "no such file or directory found", "empty", "not find any file"]
            .iter()
            .any(|words| reply.says(words))
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
