//! URLs as other programs write them into their bookmarks.

use crate::base::RemotePath;
use crate::site::import::Lost;
use crate::site::{Site, url};

/// What the path of a URL means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paths {
    /// `/x` is the absolute path `/x`.
    Absolute,
    /// `/x` is below the login directory and `/%2Fx` is absolute (RFC 1738); `/~/x` is the same
    /// as `/x` (lftp).
    Login,
}

/// The site of a URL, with the URL's path as its start path.
pub(super) fn site(text: &str, paths: Paths) -> Result<Site, Lost> {
    let is_absolute = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .is_some_and(|(_, path)| path.starts_with('/') || path.get(..3).is_some_and(is_slash));
    let parsed = match url::parse(text.as_bytes()) {
        None => return Err(Lost::Unusable("it is no URL".to_owned())),
        Some(Err(url::UrlError::Scheme(scheme))) => {
            return Err(match scheme.as_str() {
                "file" => Lost::Local,
                _ => Lost::Protocol(format!("{scheme}://")),
            });
        }
        Some(Err(error)) => return Err(Lost::Unusable(error.to_string())),
        Some(Ok(parsed)) => parsed,
    };
    let mut site = parsed.site;
    let path = parsed.path.as_bytes();
    let start = match paths {
        Paths::Absolute => path,
        Paths::Login if is_absolute => path,
        Paths::Login => {
            let path = path.strip_prefix(b"/").unwrap_or(path);
            if path == b"~" { b"" } else { path.strip_prefix(b"~/").unwrap_or(path) }
        }
    };
    site.start_path = Some(RemotePath::new(start)).filter(|path| !path.as_bytes().is_empty());
    Ok(site)
}

fn is_slash(encoded: &str) -> bool {
    encoded.eq_ignore_ascii_case("%2f")
}
