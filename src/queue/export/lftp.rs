//! What is left to do as a script for lftp, which knows FXP as well.
//!
//! lftp takes passwords from `~/.netrc` or asks; none is in the script. Every name stands in a URL
//! with percent escapes, or in quotes when it is local, so that no name is ever a command.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::ftp::Kind;
use crate::queue::export::{Exporter, LeftOut, parent, sites};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, Record, SiteRecord};
use crate::queue::{Deletes, ItemState, JobKind, Links};
use crate::site::{DataProtection, Security, Site};

const HEAD: &str = "\
# Jobs of fxpane, for lftp: lftp -f THIS-FILE
# Passwords are not in it: lftp asks, or takes them from ~/.netrc.
set ftp:use-fxp yes
# or compressed data of one server is stored as it is by another one
set ftp:use-mode-z no
set cmd:fail-exit no
";

/// Writes a script.
#[derive(Debug)]
pub struct Lftp<W> {
    out: W,
    job: Option<JobRecord>,
    /// Sites whose settings are in the script.
    known: BTreeSet<String>,
    /// The directory that was made last.
    made: Option<String>,
    clobber: bool,
    left_out: LeftOut,
}

impl<W: Write> Lftp<W> {
    /// Begins a script.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(HEAD.as_bytes())?;
        let (known, left_out) = (BTreeSet::new(), LeftOut::default());
        Ok(Self { out, job: None, known, made: None, clobber: false, left_out })
    }

    fn job(&mut self, job: &JobRecord) -> io::Result<()> {
        self.job = Some(job.clone());
        self.made = None;
        if job.ended_at.is_some() || job.cancelled {
            return Ok(());
        }
        if job.kind == JobKind::Delete {
            self.left_out.add("lftp deletes only where it is connected");
            return Ok(());
        }
        let (from, to) = sites(job);
        for site in [from, to].into_iter().flatten() {
            match site.site() {
                Some(site) => self.settings(&site)?,
                None => self.left_out.add("its site is not known"),
            }
        }
        if !job.listed {
            for source in &job.sources {
                self.source(job, &source.path, source.kind)?;
            }
        }
        Ok(())
    }

    fn settings(&mut self, site: &Site) -> io::Result<()> {
        let host = site.host();
        if !self.known.insert(host.to_owned()) || !is_plain(host) {
            return Ok(());
        }
        let allow = if site.security == Security::None { "no" } else { "yes" };
        writeln!(self.out, "set ftp:ssl-allow/{host} {allow}")?;
        if matches!(site.security, Security::Explicit | Security::Implicit) {
            writeln!(self.out, "set ftp:ssl-force/{host} yes")?;
        }
        if site.data_protection == DataProtection::Require {
            writeln!(self.out, "set ftp:ssl-protect-data/{host} yes")?;
            writeln!(self.out, "set ftp:ssl-protect-fxp/{host} yes")?;
        }
        Ok(())
    }

    /// A source whose items are not known yet.
    fn source(&mut self, job: &JobRecord, path: &Bytes, kind: Option<Kind>) -> io::Result<()> {
        let (from, to) = sites(job);
        let Some(target) = &job.target else { return Ok(()) };
        let name = path.0.rsplit(|&b| b == b'/').find(|part| !part.is_empty()).unwrap_or_default();
        let target = if job.rename_to {
            target.clone()
        } else {
            let slash: &[u8] = if target.0.ends_with(b"/") { b"" } else { b"/" };
            Bytes([&target.0, slash, name].concat())
        };
        let (Some(source), Some(place)) = (argument(from, path), argument(to, &target)) else {
            self.left_out.add("lftp cannot say this name");
            return Ok(());
        };
        if kind == Some(Kind::File) {
            return self.file(job, &source, &place, &target);
        }
        if job.kind == JobKind::Move {
            self.left_out.add("lftp cannot move a directory whose content is not known");
            return Ok(());
        }
        let mut options = String::new();
        if from.is_none() {
            options.push_str(" -R");
        }
        if job.kind == JobKind::Mirror && job.tree.delete != Deletes::No {
            options.push_str(" --delete");
        }
        if job.tree.links == Links::Follow {
            options.push_str(" --dereference");
        }
        let take = &job.tree.take;
        let patterns = |list: &str, end: &str| -> Vec<String> {
            let all = list.split('/').filter(|pattern| !pattern.is_empty());
            all.filter_map(|pattern| quoted(format!("{pattern}{end}").as_bytes())).collect()
        };
        let skipped =
            [patterns(take.files.skip.as_str(), ""), patterns(take.dirs.skip.as_str(), "/")];
        for pattern in skipped.concat() {
            options.push_str(&format!(" --exclude-glob {pattern}"));
        }
        writeln!(self.out, "mirror{options} {source} {place}")
    }

    fn item(&mut self, item: &ItemRecord) -> io::Result<()> {
        let Some(job) = self.job.take() else { return Ok(()) };
        let written = self.item_of(&job, item);
        self.job = Some(job);
        written
    }

    fn item_of(&mut self, job: &JobRecord, item: &ItemRecord) -> io::Result<()> {
        let ended = matches!(item.state, ItemState::Done | ItemState::Skipped);
        if ended || !job.listed || job.cancelled || job.kind == JobKind::Delete {
            return Ok(());
        }
        let Some(target) = &item.target else {
            self.left_out.add("it has no target");
            return Ok(());
        };
        let (from, to) = sites(job);
        let (Some(source), Some(place)) = (argument(from, &item.source), argument(to, target))
        else {
            self.left_out.add("lftp cannot say this name");
            return Ok(());
        };
        if item.dir {
            return self.make(to, &target.0);
        }
        if item.replaces != self.clobber {
            self.clobber = item.replaces;
            writeln!(self.out, "set xfer:clobber {}", if self.clobber { "yes" } else { "no" })?;
        }
        self.file(job, &source, &place, target)
    }

    fn file(
        &mut self,
        job: &JobRecord,
        source: &str,
        place: &str,
        target: &Bytes,
    ) -> io::Result<()> {
        if let Some(folder) = parent(target) {
            self.make(job.to.as_ref(), folder)?;
        }
        let verb = if job.from.is_none() { "put" } else { "get" };
        let delete = if job.kind == JobKind::Move { " -E" } else { "" };
        writeln!(self.out, "{verb}{delete} {source} -o {place}")
    }

    fn make(&mut self, to: Option<&SiteRecord>, folder: &[u8]) -> io::Result<()> {
        let Some(folder) = argument(to, &Bytes(folder.to_vec())) else { return Ok(()) };
        if self.made.as_ref() == Some(&folder) {
            return Ok(());
        }
        // “!” is the shell of this machine
        let verb = if to.is_none() { "!mkdir -p --" } else { "mkdir -p -f" };
        let shown = if to.is_none() { shell(&folder) } else { Some(folder.clone()) };
        if let Some(shown) = shown {
            writeln!(self.out, "{verb} {shown}")?;
        }
        self.made = Some(folder);
        Ok(())
    }
}

/// True for a host that may stand in the name of a setting.
fn is_plain(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// A place as an argument: a URL, or a local path in quotes.
fn argument(site: Option<&SiteRecord>, path: &Bytes) -> Option<String> {
    match site {
        Some(site) => url(&site.site()?, &path.0),
        None => quoted(&path.0),
    }
}

/// In double quotes lftp takes only `\` and `"` for something else; a line break would end the
/// command.
fn quoted(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.chars().any(char::is_control) {
        return None;
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// What stands in double quotes for lftp, in single quotes for the shell; `None` when it cannot be
/// said to both.
fn shell(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['\\', '"', '\'', '$', '`', '!'])).then(|| format!("'{inner}'"))
}

/// The URL of a path: `%2F` makes it absolute (RFC 1738 section 3.2.2).
fn url(site: &Site, path: &[u8]) -> Option<String> {
    let scheme = if site.security == Security::Implicit { "ftps" } else { "ftp" };
    let host = site.host();
    let host = if host.contains(':') && host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') {
        format!("[{host}]")
    } else if is_plain(host) {
        host.to_owned()
    } else {
        return None;
    };
    let mut url = format!("\"{scheme}://");
    if let Some(user) = &site.user {
        escape(&mut url, user.as_bytes(), b"");
        url.push('@');
    }
    url.push_str(&format!("{host}:{}/", site.port()));
    match path.strip_prefix(b"/") {
        Some(below) => {
            url.push_str("%2F");
            escape(&mut url, below, b"/");
        }
        None => escape(&mut url, path, b"/"),
    }
    url.push('"');
    Some(url)
}

fn escape(url: &mut String, bytes: &[u8], plain: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || plain.contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
}

impl<W: Write> Exporter for Lftp<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::Job(job) => self.job(job),
            Record::Item(item) => self.item(item),
        }
    }

    fn end(&mut self) -> io::Result<LeftOut> {
        self.out.flush()?;
        Ok(self.left_out)
    }
}
