//! Listings of a session: MLSD where it works, else LIST, STAT, or names alone.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;

use crate::base::RemotePath;
use crate::ftp::listing::{
    self, Completeness, Listing, ListingContext, ListingFormat, ListingReader,
};
use crate::ftp::{Command, Entry, Kind, Reply};
use crate::net::NetError;
use crate::session::completeness::{Received, completeness};
use crate::session::error::SessionError;
use crate::session::options::ListMethod;
use crate::session::state::Session;
use crate::site::{ListCommand, ListType};

/// More bytes than this are no listing that anybody could use (quirk 86); it holds some five
/// million entries.
const MAX_LISTING: usize = 512 * 1024 * 1024;
/// A listing without an end of line for so many bytes is none (quirk 86).
const MAX_LINE: usize = 1024 * 1024;
/// No listing takes longer, whatever trickles in.
const MAX_DURATION: Duration = Duration::from_secs(30 * 60);
/// How much is read at once.
const CHUNK_SIZE: usize = 64 * 1024;
/// How long data may come after the server has said that all is sent.
const LATE_DATA_LIMIT: Duration = Duration::from_secs(3);
/// Of how many names without any facts it is found out whether they are directories.
const MAX_CWD_PROBES: usize = 100;
/// How pure-ftpd calls what arrives (quirk 83): no file yet, and gone in a moment.
const UPLOAD_PREFIX: &[u8] = b".pureftpd-upload.";

impl ListMethod {
    /// The same, with what this listing shows of it.
    fn after(mut self, listing: &Listing) -> Self {
        self.learn(listing);
        self
    }

    fn learn(&mut self, listing: &Listing) {
        self.lists_current_dir |= listing.lists_current_dir;
        self.shows_links |= listing.entries.iter().any(|entry| entry.kind == Kind::Link);
    }
}

impl Session {
    /// Lists a directory; the empty path is the working directory.
    ///
    /// `now` is the time of this moment in UTC, from which years that a listing leaves out are
    /// reckoned.
    ///
    /// The directory is entered and then listed without a name, since servers take blanks,
    /// dashes and brackets in the argument of `LIST` for something else (quirk 41).
    ///
    /// # Errors
    /// [`SessionError::Refused`] when there is no such directory or it may not be read.
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

    /// [`Session::list`], where `MLSD` reports symbolic links as directories with the links that
    /// `LIST` shows: for deleting and moving, which never go through a link.
    ///
    /// # Errors
    /// As [`Session::list`].
    pub async fn list_with_links(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        let mut listing = self.list(path, now).await?;
        let hides_links = self
            .list
            .as_ref()
            .is_some_and(|way| way.command == ListCommand::Mlsd && !way.shows_links);
        if !hides_links || listing.entries.iter().all(|entry| entry.kind != Kind::Dir) {
            return Ok(listing);
        }
        let mut lines = Vec::new();
        for arguments in [Some("-a"), None] {
            let way = ListMethod::new(ListCommand::List, arguments);
            // some take the option for a name
            if lines.is_empty()
                && let ListAttempt::Entries(listing) = self.list_by(&way, path, now).await?
            {
                lines = listing.entries;
            }
        }
        let links = lines.into_iter().filter(|entry| entry.kind == Kind::Link);
        let mut links: HashMap<_, _> = links.map(|link| (link.name, link.target)).collect();
        for entry in listing.entries.iter_mut().filter(|entry| entry.kind == Kind::Dir) {
            if let Some(target) = links.remove(&entry.name) {
                (entry.kind, entry.target) = (Kind::Link, target);
            }
        }
        Ok(listing)
    }

    async fn list_working_dir(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        let refused = |reply| Err(SessionError::refused(format!("list {path}"), reply));
        if let Some(way) = self.configured_method() {
            return match self.list_by(&way, path, now).await? {
                ListAttempt::Entries(listing) => Ok(listing),
                ListAttempt::Unsupported(reply) => refused(reply),
            };
        }
        if let Some(way) = self.list.clone() {
            match self.list_by(&way, path, now).await? {
                ListAttempt::Entries(listing) => {
                    if let Some(way) = &mut self.list {
                        way.learn(&listing);
                    }
                    return Ok(listing);
                }
                // it worked before: the directory is the reason
                ListAttempt::Unsupported(reply) if !reply.is_unknown_command() => {
                    return refused(reply);
                }
                ListAttempt::Unsupported(_) => self.list = None,
            }
        }
        if self.features.lists_mlsd() {
            let way = ListMethod::new(ListCommand::Mlsd, None);
            match self.list_by(&way, path, now).await? {
                ListAttempt::Entries(listing)
                    if listing.entries.is_empty() && listing.error_count > 0 =>
                {
                    return self.list_instead(listing, path, now).await;
                }
                ListAttempt::Entries(listing) => {
                    self.list = Some(way.after(&listing));
                    return Ok(listing);
                }
                ListAttempt::Unsupported(reply) => {
                    return self.list_without(&reply, path, now).await;
                }
            }
        }
        self.probe_list(path, now).await
    }

    /// Lists a directory of which `MLSD` sent no facts: some servers send the lines of `LIST`.
    async fn list_instead(
        &mut self,
        unreadable: Listing,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        match self.probe_list(path, now).await {
            Ok(listing) if !listing.entries.is_empty() => {
                self.features.forget("MLSD");
                Ok(listing)
            }
            Ok(_) | Err(SessionError::Refused { .. }) => {
                self.list = None;
                Ok(unreadable)
            }
            Err(error) => Err(error),
        }
    }

    /// Lists a directory that `MLSD` refused to list. Either FEAT lies (quirk 33), or the directory
    /// may not be listed: then a `LIST` that shows nothing proves nothing.
    async fn list_without(
        &mut self,
        refusal: &Reply,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        let mut listing = self.probe_list(path, now).await?;
        if !listing.entries.is_empty() || listing.lists_current_dir || refusal.is_unknown_command()
        {
            self.features.forget("MLSD");
            self.features.forget("MLST");
        } else if listing.completeness.fault().is_none() {
            self.list = None;
            let refusal = refusal.shown();
            let why = format!("the server refuses MLSD ({refusal}), and LIST shows nothing");
            listing.completeness = Completeness::Incomplete(why);
        }
        Ok(listing)
    }

    /// How the user wants directories to be listed, if not as the server bears it.
    fn configured_method(&self) -> Option<ListMethod> {
        let arguments = self.site.list_args.as_deref();
        match (self.site.list_command, arguments) {
            (ListCommand::Auto, None) => None,
            (ListCommand::Auto, arguments) => Some(ListMethod::new(ListCommand::List, arguments)),
            (ListCommand::Stat, None) => Some(ListMethod::new(ListCommand::Stat, Some("-la"))),
            (command, arguments) => Some(ListMethod::new(command, arguments)),
        }
    }

    /// Finds out once whether `LIST -a` shows at least what `LIST` shows (quirk 41): a server
    /// that takes `-a` for a name lists less, and without it hidden files would be left behind.
    /// Where `.` is listed, the option was understood, and one listing is enough.
    /// A server without either may know `NLST`.
    async fn probe_list(
        &mut self,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<Listing, SessionError> {
        let show_all = ListMethod::new(ListCommand::List, Some("-a"));
        let bare = ListMethod::new(ListCommand::List, None);
        let all = match self.list_by(&show_all, path, now).await? {
            ListAttempt::Entries(listing) if listing.lists_current_dir => {
                self.list = Some(show_all.after(&listing));
                return Ok(listing);
            }
            all => all,
        };
        let plain = self.list_by(&bare, path, now).await?;
        match (all, plain) {
            (ListAttempt::Entries(all), ListAttempt::Entries(plain))
                if all.entries.len() >= plain.entries.len() =>
            {
                // in an empty directory both look alike, whatever -a means
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
        way: &ListMethod,
        path: &RemotePath,
        now: DateTime,
    ) -> Result<ListAttempt, SessionError> {
        let arguments = way.arguments.as_deref();
        let line = |verb: &'static str| match arguments {
            Some(arguments) => Command::with(verb, arguments),
            None => Ok(Command::bare(verb)),
        };
        let step = format!("list {path}");
        let (command, format) = match way.command {
            ListCommand::Stat => return self.list_by_stat(arguments, &step, now).await,
            ListCommand::Nlst => {
                let mut names = Vec::new();
                let take = |bytes: &[u8]| names.extend_from_slice(bytes);
                let received = self.receive(line("NLST")?, &step, take).await;
                let received = match outcome(received)? {
                    Outcome::Unsupported(reply) => return Ok(ListAttempt::Unsupported(reply)),
                    Outcome::Received(received) => Some(received),
                    Outcome::Empty => None,
                };
                let mut listing = self.entries_of_names(&names, path).await?;
                listing.completeness = completeness(&listing, way, received.as_ref());
                return Ok(ListAttempt::Entries(listing));
            }
            ListCommand::Mlsd => (Command::bare("MLSD"), Some(ListingFormat::Mlsd)),
            ListCommand::List | ListCommand::Auto => (line("LIST")?, None),
        };
        let mut arriving = ListingReader::new(self.listing_context(format, now));
        let received = self.receive(command, &step, |bytes| arriving.push(bytes)).await;
        let received = match outcome(received)? {
            Outcome::Unsupported(reply) => return Ok(ListAttempt::Unsupported(reply)),
            Outcome::Received(received) => Some(received),
            Outcome::Empty => None,
        };
        let mut listing = arriving.finish();
        listing.completeness = completeness(&listing, way, received.as_ref());
        self.decode(&mut listing.entries);
        Ok(ListAttempt::Entries(listing))
    }

    /// What is known before a listing is read.
    fn listing_context(&self, format: Option<ListingFormat>, now: DateTime) -> ListingContext {
        let hint = self.system().and_then(|system| ListingFormat::from_syst(system.as_bytes()));
        ListingContext { format, hint, now: self.wall_clock(now) }
    }

    /// Turns the server's bytes into text.
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
    /// Where options are taken for a name, `.` is asked for.
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
            None => Err(SessionError::refused(step, Reply::new(450, "STAT has no listing"))),
        }
    }

    /// The first and the last line are words, or entries on servers that know no better.
    fn parse_stat(&self, reply: &Reply, now: DateTime) -> Listing {
        let mut bytes = reply.lines.join(&b'\n');
        bytes.push(b'\n');
        let mut listing = self.parse_text(&bytes, now);
        let last = reply.lines.len();
        let words = listing.errors.iter().filter(|e| e.line == 1 || e.line == last).count();
        listing.errors.retain(|error| error.line != 1 && error.line != last);
        listing.error_count = listing.error_count.saturating_sub(words);
        let way = ListMethod::new(ListCommand::Stat, None);
        listing.completeness = completeness(&listing, &way, None);
        listing
    }

    /// Reads a listing that came as a reply, whose bytes are text already.
    fn parse_text(&self, bytes: &[u8], now: DateTime) -> Listing {
        listing::parse(bytes, &self.listing_context(None, now))
    }

    /// Entries of which only the name is known. What can be entered is a directory; with too many
    /// names the rest are taken for files.
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
            // some print whole paths
            let name = name.rsplit(|&b| b == b'/').next().unwrap_or(name);
            if !matches!(name, b"" | b"." | b"..") {
                let name = charset.map_or(Cow::Borrowed(name), |charset| charset.decode(name));
                listing.entries.push(Entry::new(name.into_owned(), Kind::File));
            }
        }
        let here = self.cwd.clone();
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
        if self.cwd != here {
            self.change_dir(&at).await?;
        }
        Ok(listing)
    }

    /// Runs a command whose answer comes over a data connection, and hands on the data as it
    /// comes.
    ///
    /// # Errors
    /// As [`Session::begin`]; [`SessionError::TooLarge`].
    async fn receive(
        &mut self,
        command: Command,
        step: &str,
        mut take: impl FnMut(&[u8]),
    ) -> Result<Received, SessionError> {
        self.listing_type().await?;
        let mut transfer = self.begin(command, 0, step).await?;
        // after the final reply there is nothing to wait for but bytes on their way
        let limit = self.limits.no_growth;
        let limit = if transfer.has_final_reply() { limit.min(LATE_DATA_LIMIT) } else { limit };
        // bytes in all, and in the last line
        let (begun, mut total, mut line) = (Instant::now(), 0, 0);
        let mut chunk = vec![0; CHUNK_SIZE];
        loop {
            let read = transfer.data.read(&mut chunk, limit).await;
            let count = match read {
                // an empty directory for which no data connection was made (quirk 43)
                Err(_) if transfer.has_final_reply() && total == 0 => 0,
                read => self.check_net(read, step)?,
            };
            if count == 0 {
                break;
            }
            total += count;
            line = match chunk[..count].iter().rposition(|&b| b == b'\n') {
                Some(end) => count - end - 1,
                None => line + count,
            };
            if total > MAX_LISTING || line > MAX_LINE {
                self.poison();
                return Err(SessionError::TooLarge(total));
            }
            take(&chunk[..count]);
            if begun.elapsed() > MAX_DURATION {
                self.poison();
                let step = format!("the end of the listing ({total} bytes so far)");
                let source = NetError::Timeout { step, after: MAX_DURATION };
                return Err(SessionError::Net { step: "list".to_owned(), source });
            }
        }
        let reply = self.end(transfer, step).await?;
        Ok(Received { reply, whole_lines: line == 0 })
    }

    /// The representation type that the user wants for listings.
    async fn listing_type(&mut self) -> Result<(), SessionError> {
        match self.site.list_type {
            ListType::Auto => Ok(()),
            ListType::Binary => self.set_type_binary().await,
            ListType::Ascii => {
                if self.binary {
                    self.ask_ok(Command::with("TYPE", "A")?, "switch to text").await?;
                    self.binary = false;
                }
                Ok(())
            }
        }
    }
}

/// What came of one way to list.
enum ListAttempt {
    /// What there is.
    Entries(Listing),
    /// The server does not know the command, or refuses it here.
    Unsupported(Reply),
}

/// How a command for a listing ended.
enum Outcome {
    /// The listing came.
    Received(Received),
    /// The server says in words that the directory is empty.
    Empty,
    /// The server does not know the command, or refuses it here.
    Unsupported(Reply),
}

fn outcome(received: Result<Received, SessionError>) -> Result<Outcome, SessionError> {
    match received {
        Ok(received) => Ok(Outcome::Received(received)),
        Err(SessionError::Refused { reply, .. }) if is_empty_directory(&reply) => {
            Ok(Outcome::Empty)
        }
        Err(SessionError::Refused { reply, .. }) if reply.code >= 500 => {
            Ok(Outcome::Unsupported(reply))
        }
        Err(error) => Err(error),
    }
}

/// Empty directories that are reported as errors (quirk 43); the directory was entered before.
fn is_empty_directory(reply: &Reply) -> bool {
    matches!(reply.code, 450 | 550)
        && ["no files", "no such file or directory found", "empty", "not find any file"]
            .iter()
            .any(|words| reply.mentions(words))
}
