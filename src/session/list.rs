//! Directory listings: MLSD where it works, otherwise LIST, STAT or NLST.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;

use crate::base::RemotePath;
use crate::ftp::listing::{self, Listing, ListingContext, ListingFormat, ListingReader};
use crate::ftp::{Command, Entry, Kind, Reply};
use crate::net::NetError;
use crate::session::error::SessionError;
use crate::session::options::ListMethod;
use crate::session::state::Session;
use crate::site::{ListCommand, ListType};

/// The largest listing that is read, in bytes (quirk 86): about five million entries.
const MAX_LISTING: usize = 512 * 1024 * 1024;
/// The longest line of a listing that is read, in bytes (quirk 86).
const MAX_LINE: usize = 1024 * 1024;
/// Time limit for a whole listing, even if data keeps arriving.
const MAX_DURATION: Duration = Duration::from_secs(30 * 60);
/// Bytes per read.
const CHUNK_SIZE: usize = 64 * 1024;
/// How long data may still arrive after the server's final reply.
const LATE_DATA_LIMIT: Duration = Duration::from_secs(3);
/// For how many names of an NLST listing `CWD` tests whether they are directories.
const MAX_CWD_PROBES: usize = 100;
/// Prefix of Pure-FTPd's temporary names for running uploads (quirk 83), which are hidden.
const UPLOAD_PREFIX: &[u8] = b".pureftpd-upload.";

impl Session {
    /// Lists a directory; the empty path is the working directory.
    ///
    /// `now` is the current time in UTC, used to infer years that a listing omits.
    ///
    /// Changes to the directory and lists it without an argument, because servers misinterpret
    /// spaces, dashes and brackets in the argument of `LIST` (quirk 41).
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the directory does not exist or cannot be read.
    pub async fn list(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        self.change_dir(path).await?;
        let mut listing = self.list_working_dir(path, now).await?;
        listing.entries.retain(|entry| !entry.name.starts_with(UPLOAD_PREFIX));
        self.convert_times_to_utc(&mut listing.entries).await?;
        Ok(listing)
    }

    async fn list_working_dir(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        let refused = |reply| Err(SessionError::refused(format!("list {path}"), reply));
        if let Some(method) = self.configured_method() {
            return match self.list_by(&method, path, now).await? {
                ListAttempt::Entries(listing) => Ok(listing),
                ListAttempt::Unsupported(reply) => refused(reply),
            };
        }
        if let Some(method) = self.list.clone() {
            match self.list_by(&method, path, now).await? {
                ListAttempt::Entries(listing) => return Ok(listing),
                // the method worked before, so the directory is the cause
                ListAttempt::Unsupported(reply) if !reply.is_unknown_command() => {
                    return refused(reply);
                }
                ListAttempt::Unsupported(_) => self.list = None,
            }
        }
        if self.features.lists_mlsd() {
            let method = ListMethod::new(ListCommand::Mlsd, None);
            match self.list_by(&method, path, now).await? {
                ListAttempt::Entries(listing) => {
                    self.list = Some(method);
                    return Ok(listing);
                }
                // FEAT announces MLSD, but it does not work (quirk 33)
                ListAttempt::Unsupported(_) => {
                    self.features.forget("MLSD");
                    self.features.forget("MLST");
                }
            }
        }
        self.probe_list(path, now).await
    }

    /// The method configured for the site; `None` to detect one.
    fn configured_method(&self) -> Option<ListMethod> {
        let arguments = self.site.list_args.as_deref();
        match (self.site.list_command, arguments) {
            (ListCommand::Auto, None) => None,
            (ListCommand::Auto, arguments) => Some(ListMethod::new(ListCommand::List, arguments)),
            (ListCommand::Stat, None) => Some(ListMethod::new(ListCommand::Stat, Some("-la"))),
            (command, arguments) => Some(ListMethod::new(command, arguments)),
        }
    }

    /// Detects once whether `LIST -a` shows at least what `LIST` shows (quirk 41): a server that
    /// takes `-a` for a name lists less, but without the option hidden files would be missed. If
    /// `.` is listed, the server supports the option, and one listing is enough. A server without
    /// `LIST` may support `NLST`.
    async fn probe_list(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        let show_all = ListMethod::new(ListCommand::List, Some("-a"));
        let bare = ListMethod::new(ListCommand::List, None);
        let all = match self.list_by(&show_all, path, now).await? {
            ListAttempt::Entries(listing) if listing.lists_current_dir => {
                self.list = Some(show_all);
                return Ok(listing);
            }
            all => all,
        };
        let plain = self.list_by(&bare, path, now).await?;
        match (all, plain) {
            (ListAttempt::Entries(all), ListAttempt::Entries(plain))
                if all.entries.len() >= plain.entries.len() =>
            {
                // an empty directory does not show whether -a is supported
                if !all.entries.is_empty() {
                    self.list = Some(show_all);
                }
                Ok(all)
            }
            (_, ListAttempt::Entries(plain)) => {
                self.list = Some(bare);
                Ok(plain)
            }
            (ListAttempt::Entries(all), ListAttempt::Unsupported(_)) => {
                self.list = Some(show_all);
                Ok(all)
            }
            (_, ListAttempt::Unsupported(reply)) if reply.is_unknown_command() => {
                let names = ListMethod::new(ListCommand::Nlst, None);
                match self.list_by(&names, path, now).await? {
                    ListAttempt::Entries(listing) => {
                        self.list = Some(names);
                        Ok(listing)
                    }
                    ListAttempt::Unsupported(_) => {
                        Err(SessionError::refused(format!("list {path}"), reply))
                    }
                }
            }
            (_, ListAttempt::Unsupported(reply)) => {
                Err(SessionError::refused(format!("list {path}"), reply))
            }
        }
    }

    async fn list_by(
        &mut self,
        method: &ListMethod,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<ListAttempt, SessionError> {
        let arguments = method.arguments.as_deref();
        let line = |verb: &'static str| match arguments {
            Some(arguments) => Command::with(verb, arguments),
            None => Ok(Command::bare(verb)),
        };
        let step = format!("list {path}");
        let (command, format) = match method.command {
            ListCommand::Stat => return self.list_by_stat(arguments, &step, now).await,
            ListCommand::Nlst => {
                let mut names = Vec::new();
                let take = |bytes: &[u8]| names.extend_from_slice(bytes);
                let result = self.receive(line("NLST")?, &step, take).await;
                return match unsupported(result)? {
                    Some(reply) => Ok(ListAttempt::Unsupported(reply)),
                    None => self.entries_of_names(&names, path).await.map(ListAttempt::Entries),
                };
            }
            ListCommand::Mlsd => (Command::bare("MLSD"), Some(ListingFormat::Mlsd)),
            ListCommand::List | ListCommand::Auto => (line("LIST")?, None),
        };
        let mut reader = ListingReader::new(self.listing_context(format, now));
        let result = self.receive(command, &step, |bytes| reader.push(bytes)).await;
        if let Some(reply) = unsupported(result)? {
            return Ok(ListAttempt::Unsupported(reply));
        }
        let mut listing = reader.finish();
        self.decode(&mut listing.entries);
        Ok(ListAttempt::Entries(listing))
    }

    /// The parser's context: the known format, the hint of SYST, and the server's wall clock.
    fn listing_context(&self, format: Option<ListingFormat>, now: DateTime) -> ListingContext {
        let hint = self.system().and_then(|system| ListingFormat::from_syst(system.as_bytes()));
        ListingContext { format, hint, now: self.wall_clock(now) }
    }

    /// Converts names from the server's encoding to UTF-8.
    fn decode(&self, entries: &mut [Entry]) {
        let Some(charset) = self.control.charset() else { return };
        for entry in entries {
            if let Cow::Owned(name) = charset.decode(&entry.name) {
                entry.name = name.into();
            }
            let target = entry.target.as_deref().map(|target| charset.decode(target));
            if let Some(Cow::Owned(target)) = target {
                entry.target = Some(target.into());
            }
        }
    }

    /// `STAT` of the working directory: the listing is the reply itself (RFC 959 section 4.1.3).
    ///
    /// If the server takes the options for a name, retries with `.`.
    async fn list_by_stat(
        &mut self,
        arguments: Option<&str>,
        step: &str,
        now: DateTime,
    ) -> Result<ListAttempt, SessionError> {
        let mut refusal = None;
        for argument in arguments.into_iter().chain(["."]) {
            let reply = self.ask(Command::with("STAT", argument)?).await?;
            if !reply.is_completion() {
                refusal = Some(reply);
                continue;
            }
            let listing = self.parse_stat(&reply, now);
            if !listing.entries.is_empty() || argument == "." {
                return Ok(ListAttempt::Entries(listing));
            }
        }
        match refusal {
            Some(reply) => Ok(ListAttempt::Unsupported(reply)),
            None => Err(SessionError::refused(step, Reply::new(450, "STAT returned no listing"))),
        }
    }

    /// Parses a STAT reply. The first and the last line are usually status text, so they are not
    /// counted as unreadable.
    fn parse_stat(&self, reply: &Reply, now: DateTime) -> Listing {
        let mut bytes = reply.lines.join(&b'\n');
        bytes.push(b'\n');
        let mut listing = self.parse_text(&bytes, now);
        let last = reply.lines.len();
        let status_lines = listing.errors.iter().filter(|e| e.line == 1 || e.line == last).count();
        listing.errors.retain(|error| error.line != 1 && error.line != last);
        listing.error_count = listing.error_count.saturating_sub(status_lines);
        listing
    }

    /// Parses a listing from a reply, which is already UTF-8.
    fn parse_text(&self, bytes: &[u8], now: DateTime) -> Listing {
        listing::parse(bytes, &self.listing_context(None, now))
    }

    /// Entries of an NLST listing, of which only the name is known. An entry that `CWD` accepts is
    /// a directory; beyond [`MAX_CWD_PROBES`] entries are assumed to be files.
    async fn entries_of_names(
        &mut self,
        bytes: &[u8],
        path: &RemotePath,
    ) -> Result<Listing, SessionError> {
        let charset = self.control.charset();
        let mut listing = Listing::default();
        for line in bytes.split(|&b| b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let name = line.strip_prefix(b"./").unwrap_or(line);
            // some servers print whole paths
            let name = name.rsplit(|&b| b == b'/').next().unwrap_or(name);
            if !matches!(name, b"" | b"." | b"..") {
                let name = charset.map_or(Cow::Borrowed(name), |charset| charset.decode(name));
                listing.entries.push(Entry::new(name.into_owned(), Kind::File));
            }
        }
        let previous = self.cwd.clone();
        let at = self.working_dir().await.unwrap_or_else(|_| path.clone());
        for entry in listing.entries.iter_mut().take(MAX_CWD_PROBES) {
            let Ok(command) = Command::with("CWD", at.join(&entry.name).as_bytes()) else {
                continue;
            };
            if self.ask(command).await?.is_completion() {
                entry.kind = Kind::Dir;
                self.cwd = None;
            }
        }
        if self.cwd != previous {
            self.change_dir(&at).await?;
        }
        Ok(listing)
    }

    /// Runs a command whose result arrives over a data connection, and passes the data to `take`.
    ///
    /// # Errors
    /// As [`Session::begin`]; [`SessionError::TooLarge`].
    async fn receive(
        &mut self,
        command: Command,
        step: &str,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), SessionError> {
        self.listing_type().await?;
        let mut transfer = self.begin(command, 0, step).await?;
        // after the final reply only data in flight can still arrive
        let limit = self.limits.no_growth;
        let limit = if transfer.has_final_reply() { limit.min(LATE_DATA_LIMIT) } else { limit };
        // bytes in total, and in the last line
        let (started, mut total, mut line) = (Instant::now(), 0, 0);
        let mut chunk = vec![0; CHUNK_SIZE];
        loop {
            let read = transfer.data.read(&mut chunk, limit).await;
            let count = match read {
                // an empty directory without a data connection (quirk 43)
                Err(_) if transfer.has_final_reply() && total == 0 => 0,
                read => self.check_net(read, step)?,
            };
            if count == 0 {
                break;
            }
            total += count;
            line = match chunk[..count].iter().rposition(|&b| b == b'\n') {
                Some(end) => count - end,
                None => line + count,
            };
            if total > MAX_LISTING || line > MAX_LINE {
                self.poison();
                return Err(SessionError::TooLarge(total));
            }
            take(&chunk[..count]);
            if started.elapsed() > MAX_DURATION {
                self.poison();
                let step = format!("receiving the listing ({total} bytes so far)");
                let source = NetError::Timeout { step, after: MAX_DURATION };
                return Err(SessionError::Net { step: "list".to_owned(), source });
            }
        }
        self.end(transfer, step).await.map(drop)
    }

    /// Sets the representation type that is configured for listings.
    async fn listing_type(&mut self) -> Result<(), SessionError> {
        match self.site.list_type {
            ListType::Auto => Ok(()),
            ListType::Binary => self.set_type_binary().await,
            ListType::Ascii => {
                if self.binary {
                    self.ask_ok(Command::with("TYPE", "A")?, "switch to ASCII").await?;
                    self.binary = false;
                }
                Ok(())
            }
        }
    }
}

/// The result of trying one list method.
enum ListAttempt {
    /// The listing.
    Entries(Listing),
    /// The server does not support the command, or refuses it for this directory.
    Unsupported(Reply),
}

/// The reply that refuses a list method; `None` if the listing arrived or the directory is empty.
fn unsupported(result: Result<(), SessionError>) -> Result<Option<Reply>, SessionError> {
    match result {
        Ok(()) => Ok(None),
        Err(SessionError::Refused { reply, .. }) if is_empty_directory(&reply) => Ok(None),
        Err(SessionError::Refused { reply, .. }) if reply.code >= 500 => Ok(Some(reply)),
        Err(error) => Err(error),
    }
}

/// True for replies that report an empty directory as an error (quirk 43).
fn is_empty_directory(reply: &Reply) -> bool {
    matches!(reply.code, 450 | 550)
        && ["no files", "no such file or directory found", "empty", "not find any file"]
            .iter()
            .any(|words| reply.mentions(words))
}
