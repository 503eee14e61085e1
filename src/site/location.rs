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
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{RemotePath, text};
use crate::site::url::{self, TransferType, UrlError, masked};
use crate::site::{Site, Sites};

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
            Self::Remote { site, path } => {
                write!(f, "{}:{path}", text::visible_str(&site.label()))
            }
            Self::Local(path) => f.write_str(&text::visible(path.as_os_str().as_encoded_bytes())),
        }
    }
}

#[cfg(test)]
#[path = "location_tests.rs"]
mod tests;
