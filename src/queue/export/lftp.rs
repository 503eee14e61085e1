//! The unfinished items as a script for lftp, which supports FXP as well.
//!
//! The script contains no passwords: lftp reads them from `~/.netrc` or prompts. Remote names are
//! percent-encoded in URLs and local names are quoted, so that no name becomes a command.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::ftp::Kind;
use crate::queue::export::{Exporter, LeftOut, parent, sites};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, QueueRecord, SiteRecord};
use crate::queue::{Deletes, ItemState, JobKind, Links};
use crate::site::{DataProtection, Security, Site};

const HEAD: &str = "\
# Jobs of fxpane for lftp. Run: lftp -f THIS-FILE
# It contains no passwords: lftp prompts, or reads them from ~/.netrc.
set ftp:use-fxp yes
# in FXP, one server would store the compressed data of the other one
set ftp:use-mode-z no
set cmd:fail-exit no
";

/// Writes a script.
#[derive(Debug)]
pub struct LftpExporter<W> {
    out: W,
    job: Option<JobRecord>,
    /// The hosts whose settings are in the script.
    configured: BTreeSet<String>,
    /// The directory that was created last.
    last_dir: Option<String>,
    clobber: bool,
    left_out: LeftOut,
}

impl<W: Write> LftpExporter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(HEAD.as_bytes())?;
        let (configured, left_out) = (BTreeSet::new(), LeftOut::default());
        Ok(Self { out, job: None, configured, last_dir: None, clobber: false, left_out })
    }

    fn job(&mut self, job: &JobRecord) -> io::Result<()> {
        self.job = Some(job.clone());
        self.last_dir = None;
        if job.ended_at.is_some() || job.cancelled {
            return Ok(());
        }
        if job.kind == JobKind::Delete {
            self.left_out.add("lftp deletes only on a connected server");
            return Ok(());
        }
        let (from, to) = sites(job);
        for site in [from, to].into_iter().flatten() {
            match site.site() {
                Some(site) => self.settings(&site)?,
                None => self.left_out.add("the site is unknown"),
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
        if !self.configured.insert(host.to_owned()) || !is_plain(host) {
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

    /// Writes a source whose items are not listed yet.
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
        let (Some(source), Some(target_arg)) = (argument(from, path), argument(to, &target)) else {
            self.left_out.add("lftp cannot represent this name");
            return Ok(());
        };
        if kind == Some(Kind::File) {
            return self.file(job, &source, &target_arg, &target);
        }
        if job.kind == JobKind::Move {
            self.left_out.add("lftp cannot move a directory that is not listed yet");
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
        let excluded =
            [patterns(take.files.skip.as_str(), ""), patterns(take.dirs.skip.as_str(), "/")];
        for pattern in excluded.concat() {
            options.push_str(&format!(" --exclude-glob {pattern}"));
        }
        writeln!(self.out, "mirror{options} {source} {target_arg}")
    }

    fn item(&mut self, item: &ItemRecord) -> io::Result<()> {
        let Some(job) = self.job.take() else { return Ok(()) };
        let written = self.item_of(&job, item);
        self.job = Some(job);
        written
    }

    fn item_of(&mut self, job: &JobRecord, item: &ItemRecord) -> io::Result<()> {
        let finished = matches!(item.state, ItemState::Done | ItemState::Skipped);
        if finished || !job.listed || job.cancelled || job.kind == JobKind::Delete {
            return Ok(());
        }
        let Some(target) = &item.target else {
            self.left_out.add("the item has no target");
            return Ok(());
        };
        let (from, to) = sites(job);
        let (Some(source), Some(target_arg)) = (argument(from, &item.source), argument(to, target))
        else {
            self.left_out.add("lftp cannot represent this name");
            return Ok(());
        };
        if item.dir {
            return self.make_dir(to, &target.0);
        }
        if item.replaces != self.clobber {
            self.clobber = item.replaces;
            writeln!(self.out, "set xfer:clobber {}", if self.clobber { "yes" } else { "no" })?;
        }
        self.file(job, &source, &target_arg, target)
    }

    fn file(
        &mut self,
        job: &JobRecord,
        source: &str,
        target_arg: &str,
        target: &Bytes,
    ) -> io::Result<()> {
        if let Some(dir) = parent(target) {
            self.make_dir(job.to.as_ref(), dir)?;
        }
        let verb = if job.from.is_none() { "put" } else { "get" };
        let delete = if job.kind == JobKind::Move { " -E" } else { "" };
        writeln!(self.out, "{verb}{delete} {source} -o {target_arg}")
    }

    fn make_dir(&mut self, to: Option<&SiteRecord>, dir: &[u8]) -> io::Result<()> {
        let Some(dir) = argument(to, &Bytes(dir.to_vec())) else { return Ok(()) };
        if self.last_dir.as_ref() == Some(&dir) {
            return Ok(());
        }
        // `!` runs a command in the local shell
        let verb = if to.is_none() { "!mkdir -p --" } else { "mkdir -p -f" };
        let argument = if to.is_none() { shell_quoted(&dir) } else { Some(dir.clone()) };
        if let Some(argument) = argument {
            writeln!(self.out, "{verb} {argument}")?;
        }
        self.last_dir = Some(dir);
        Ok(())
    }
}

/// True for a host that can be part of a setting's name.
fn is_plain(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// A location as an argument: a URL, or a quoted local path.
fn argument(site: Option<&SiteRecord>, path: &Bytes) -> Option<String> {
    match site {
        Some(site) => url(&site.site()?, &path.0),
        None => quoted(&path.0),
    }
}

/// Quotes a text. In double quotes, only `\` and `"` are special in lftp; a line break would end the
/// command.
fn quoted(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.chars().any(char::is_control) {
        return None;
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Converts a text in double quotes to single quotes for the shell; `None` when it has characters
/// that are special in lftp or the shell.
fn shell_quoted(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['\\', '"', '\'', '$', '`', '!'])).then(|| format!("'{inner}'"))
}

/// The URL of a path; `%2F` makes it absolute (RFC 1738 section 3.2.2).
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
        Some(rest) => {
            url.push_str("%2F");
            escape(&mut url, rest, b"/");
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

impl<W: Write> Exporter for LftpExporter<W> {
    fn record(&mut self, record: &QueueRecord) -> io::Result<()> {
        match record {
            QueueRecord::Job(job) => self.job(job),
            QueueRecord::Item(item) => self.item(item),
        }
    }

    fn finish(&mut self) -> io::Result<LeftOut> {
        self.out.flush()?;
        Ok(self.left_out)
    }
}
