//! Where something is: on a site, or on this machine, and how a user says it.
//!
//! Three ways to say it (docs/command-line.md "Locations"):
//!
//! * With `://` it is a URL, see [`crate::site::url`].
//! * `NAME:PATH` is a path on the bookmark NAME. The path is taken as it stands, without percent
//!   decoding; `NAME:` is the bookmark's start path, and a path that does not begin with `/` is
//!   found from there. A NAME that no bookmark has is an error, never silently a local file.
//! * Anything else is local; a `/` before the first colon makes it so (`./NAME:rest`).

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use crate::base::path::{is_usable_name, local_name, local_path};
use crate::base::{RemotePath, text};
use crate::site::url::{self, TransferType, UrlError, masked};
use crate::site::{Site, SiteKey, Sites};

/// The label of this machine, where a site has its name.
pub const LOCAL: &str = "local";

/// A place for a file or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A path on a server.
    Remote {
        /// The server.
        site: Arc<Site>,
        /// The path; empty for the directory that the login leads to.
        path: RemotePath,
    },
    /// A path on this machine.
    Local(PathBuf),
}

/// A location as the user said it, with what else the text said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The place.
    pub location: Location,
    /// The transfer type at the end of a URL (`;type=a`).
    pub transfer_type: Option<TransferType>,
}

/// Why a text is no location. Never repeats a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// `NAME:…` where no bookmark has that name.
    #[error(
        "no site is called “{}”{}; for a file of this machine write ./{}:…, for a server \
         without bookmark write ftp://HOST/PATH",
        text::visible_str(.name), suggestion(.nearest.as_deref()), text::visible_str(.name)
    )]
    UnknownSite {
        /// The name as typed.
        name: String,
        /// A bookmark with nearly that name.
        nearest: Option<String>,
    },
    /// A local path where only a server makes sense.
    #[error(
        "“{}” is not on a server{}; write SITE:PATH with one of your sites, or ftp://HOST/PATH",
        text::visible_str(&masked(.text)), suggestion(.nearest.as_deref())
    )]
    NotRemote {
        /// The text as typed.
        text: String,
        /// A bookmark with nearly that name.
        nearest: Option<String>,
    },
    /// No text at all.
    #[error("the location is empty; write SITE:PATH, ftp://HOST/PATH or a local path")]
    Empty,
    /// A path with a carriage return, line feed or NUL, which no command can carry.
    #[error("the path has a line break or a NUL in it, which FTP cannot carry")]
    UnusablePath,
    /// The URL is wrong.
    #[error(transparent)]
    Url(#[from] UrlError),
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean “{name}”?)"))
}

impl Location {
    /// Reads a location: URL, `NAME:PATH` with a known site, or a local path.
    ///
    /// # Errors
    /// [`LocationError`]: an unknown NAME, a wrong URL, a path that no command can carry.
    pub fn parse(text: impl AsRef<OsStr>, sites: &Sites) -> Result<Parsed, LocationError> {
        let text = text.as_ref();
        let bytes = text.as_encoded_bytes();
        if bytes.is_empty() {
            return Err(LocationError::Empty);
        }
        if let Some(url) = url::parse(bytes) {
            let url = url?;
            let location = Self::Remote { site: Arc::new(url.site), path: url.path };
            return Ok(Parsed { location, transfer_type: url.transfer_type });
        }
        let location = match split_name(bytes) {
            None => Self::Local(PathBuf::from(text)),
            Some((name, path)) => {
                let name = String::from_utf8_lossy(name);
                let site = sites.find(&name).ok_or_else(|| LocationError::UnknownSite {
                    nearest: sites.nearest(&name),
                    name: name.into_owned(),
                })?;
                on_site(site, path)?
            }
        };
        Ok(Parsed { location, transfer_type: None })
    }

    /// [`Location::parse`] where only a server makes sense (`ls`, `open`, `doctor` …): the bare
    /// name of a known site is that site, and a local path is an error.
    ///
    /// # Errors
    /// [`LocationError`], with [`LocationError::NotRemote`] for local paths.
    pub fn parse_remote(text: impl AsRef<OsStr>, sites: &Sites) -> Result<Parsed, LocationError> {
        let text = text.as_ref();
        let name = text.to_string_lossy();
        if let Some(site) = sites.find(&name) {
            let location = on_site(site, b"")?;
            return Ok(Parsed { location, transfer_type: None });
        }
        let parsed = Self::parse(text, sites)?;
        match parsed.location {
            Self::Remote { .. } => Ok(parsed),
            Self::Local(_) => Err(LocationError::NotRemote {
                nearest: sites.nearest(&name),
                text: name.into_owned(),
            }),
        }
    }

    /// The site and path of a remote location.
    #[must_use]
    pub fn remote(&self) -> Option<(&Arc<Site>, &RemotePath)> {
        match self {
            Self::Remote { site, path } => Some((site, path)),
            Self::Local(_) => None,
        }
    }

    /// The site; `None` for this machine.
    #[must_use]
    pub fn site(&self) -> Option<&Arc<Site>> {
        self.remote().map(|(site, _)| site)
    }

    /// The key of the site; `None` for this machine.
    #[must_use]
    pub fn key(&self) -> Option<SiteKey> {
        self.site().map(|site| site.key())
    }

    /// The name of the site, safe to show; [`LOCAL`] for this machine.
    #[must_use]
    pub fn label(&self) -> String {
        self.site().map_or_else(|| LOCAL.to_owned(), |site| text::visible_str(&site.label()))
    }

    /// A path on a site, or on this machine.
    #[must_use]
    pub fn new(site: Option<&Arc<Site>>, path: impl Into<RemotePath>) -> Self {
        let path = path.into();
        match site {
            Some(site) => Self::Remote { site: site.clone(), path },
            None => Self::Local(local_path(path.into_bytes())),
        }
    }

    /// Another path on the same site or machine.
    #[must_use]
    pub fn at(&self, path: impl Into<RemotePath>) -> Self {
        Self::new(self.site(), path)
    }

    /// The bytes of the path.
    #[must_use]
    pub fn path_bytes(&self) -> &[u8] {
        match self {
            Self::Remote { path, .. } => path.as_bytes(),
            Self::Local(path) => path.as_os_str().as_encoded_bytes(),
        }
    }

    /// The bytes of the path, wherever it is, as a path of a server.
    #[must_use]
    pub fn to_remote_path(&self) -> RemotePath {
        RemotePath::new(self.path_bytes())
    }

    /// The bytes of the path, wherever it is, as a path of this machine.
    #[must_use]
    pub fn to_local_path(&self) -> PathBuf {
        match self {
            Self::Remote { path, .. } => local_path(path.as_bytes().to_vec()),
            Self::Local(path) => path.clone(),
        }
    }

    /// The path alone, safe to show.
    #[must_use]
    pub fn path_text(&self) -> String {
        text::visible(self.path_bytes())
    }

    /// The location of a directory as it is typed, with a slash at its end: what is copied there
    /// goes into it.
    #[must_use]
    pub fn directory_text(&self) -> String {
        let mut text = self.to_string();
        if !text.ends_with('/') {
            text.push('/');
        }
        text
    }

    /// The last component of the path; empty at the root.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        match self {
            Self::Remote { path, .. } => path.name(),
            Self::Local(path) => path.file_name().unwrap_or_default().as_encoded_bytes(),
        }
    }

    /// The entry `name` of this directory; `None` for a name that no command can carry or that
    /// this machine cannot hold.
    #[must_use]
    pub fn child(&self, name: &[u8]) -> Option<Self> {
        if is_usable_name(name) { self.join(name) } else { None }
    }

    /// [`Location::child`] for names that are checked elsewhere, or only reported; `None` for a
    /// name that this machine cannot hold.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> Option<Self> {
        Some(match self {
            Self::Remote { site, path } => {
                Self::Remote { site: site.clone(), path: path.join(name) }
            }
            Self::Local(path) => Self::Local(path.join(local_name(name)?)),
        })
    }

    /// The directory that holds this one. `None` at the root and at the login directory: what is
    /// above that is known only when its path is.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        match self {
            Self::Remote { path, .. }
                if !path.is_absolute() && matches!(path.name(), b"." | b"..") =>
            {
                None
            }
            Self::Remote { site, path } => {
                Some(Self::Remote { site: site.clone(), path: path.parent()? })
            }
            Self::Local(path) => Some(Self::Local(path.parent()?.to_owned())),
        }
    }

    /// The root of the same site or machine.
    #[must_use]
    pub fn root(&self) -> Self {
        match self {
            Self::Remote { site, .. } => {
                Self::Remote { site: site.clone(), path: RemotePath::root() }
            }
            Self::Local(path) => {
                Self::Local(path.ancestors().last().unwrap_or(Path::new("/")).to_owned())
            }
        }
    }

    /// True for the root and the login directory of a site and for the root of this machine, which
    /// always exist.
    #[must_use]
    pub fn is_root(&self) -> bool {
        match self {
            Self::Remote { path, .. } => path.is_root(),
            Self::Local(path) => path.parent().is_none(),
        }
    }

    /// True when both are on the same site, or both on this machine.
    #[must_use]
    pub fn same_site(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    /// True when both are the same file or directory, as far as their names tell; a slash at the
    /// end makes no difference.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Remote { path: a, .. }, Self::Remote { path: b, .. }) => {
                trimmed(a.as_bytes()) == trimmed(b.as_bytes()) && self.same_site(other)
            }
            (Self::Local(a), Self::Local(b)) => a == b,
            _ => false,
        }
    }

    /// True when one of the two is the other or lies in it.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Remote { path: a, .. }, Self::Remote { path: b, .. }) => {
                let nested = a.relative_to(b).is_some() || b.relative_to(a).is_some();
                nested && self.same_site(other)
            }
            (Self::Local(a), Self::Local(b)) => a.starts_with(b) || b.starts_with(a),
            _ => false,
        }
    }

    /// A local path as it is whatever the current directory becomes; others as they are.
    ///
    /// # Errors
    /// No current directory.
    pub fn absolute(&self) -> io::Result<Self> {
        match self {
            Self::Local(path) => std::path::absolute(path).map(Self::Local),
            Self::Remote { .. } => Ok(self.clone()),
        }
    }

    /// The location that a typed path means, seen from this directory. `.` and `..` are resolved
    /// here, because servers differ in what they make of them.
    #[must_use]
    pub fn resolve(&self, typed: &str) -> Self {
        match self {
            Self::Remote { site, path } => {
                let path = without_dots(&path.join(typed.as_bytes()));
                Self::Remote { site: site.clone(), path }
            }
            Self::Local(path) => {
                let mut whole = PathBuf::new();
                for part in path.join(typed).components() {
                    match part {
                        Component::ParentDir => {
                            whole.pop();
                        }
                        Component::CurDir => {}
                        part => whole.push(part),
                    }
                }
                Self::Local(whole)
            }
        }
    }

    /// The location as a URL without its password, which parses back to the same address and
    /// path. `None` for local places, for paths relative to the login directory, which a URL
    /// cannot say, and for sites that forbid TLS, which no scheme can say.
    #[must_use]
    pub fn to_url(&self) -> Option<String> {
        let (site, path) = self.remote()?;
        url::format(site, path)
    }
}

/// The parts of `NAME:PATH`; `None` when the text has no colon before its first `/`, or nothing
/// before the colon.
fn split_name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|b| matches!(b, b':' | b'/'))?;
    (at > 0 && text[at] == b':').then(|| (&text[..at], &text[at + 1..]))
}

fn on_site(site: &Arc<Site>, path: &[u8]) -> Result<Location, LocationError> {
    if path.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(LocationError::UnusablePath);
    }
    let start = site.start_path.clone().unwrap_or_default();
    let path = if path.is_empty() { start } else { start.join(path) };
    Ok(Location::Remote { site: Arc::clone(site), path })
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote { path, .. } => write!(f, "{}:{path}", self.label()),
            Self::Local(_) => f.write_str(&self.path_text()),
        }
    }
}

/// `nas:/incoming`, or the path alone on this machine; safe to show. For paths whose [`Site`] is
/// not at hand.
#[must_use]
pub fn location_text(site: Option<&str>, path: &[u8]) -> String {
    let path = text::visible(path);
    match site {
        Some(site) => format!("{}:{path}", text::visible_str(site)),
        None => path,
    }
}

fn without_dots(path: &RemotePath) -> RemotePath {
    let bytes = path.as_bytes();
    if !bytes.split(|b| *b == b'/').any(|part| matches!(part, b"." | b"..")) {
        return path.clone();
    }
    let absolute = path.is_absolute();
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in bytes.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if absolute || parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    RemotePath::new(if absolute { [b"/", &joined[..]].concat() } else { joined })
}

/// A path without slashes at its end; the root keeps one.
fn trimmed(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|b| *b != b'/').map_or(path.len().min(1), |at| at + 1);
    &path[..end]
}

#[cfg(test)]
#[path = "location_tests.rs"]
mod tests;
