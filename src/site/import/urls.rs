//! URLs in the bookmarks of other programs.

use crate::base::RemotePath;
use crate::site::import::LossKind;
use crate::site::{Site, url};

/// The meaning of the path in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paths {
    /// `/x` is the absolute path `/x`.
    Absolute,
    /// `/x` is relative to the login directory and `/%2Fx` is absolute (RFC 1738); `/~/x` is the
    /// same as `/x` (lftp).
    Relative,
}

/// The site of a URL, with the URL's path as its start path.
pub(super) fn site(text: &str, paths: Paths) -> Result<Site, LossKind> {
    let is_absolute = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .is_some_and(|(_, path)| path.starts_with('/') || path.get(..3).is_some_and(is_slash));
    let parsed = match url::parse(text.as_bytes()) {
        None => return Err(LossKind::Unusable("it is not a URL".to_owned())),
        Some(Err(url::UrlError::Scheme(scheme))) => {
            return Err(match scheme.as_str() {
                "file" => LossKind::Local,
                _ => LossKind::Protocol(format!("{scheme}://")),
            });
        }
        Some(Err(error)) => return Err(LossKind::Unusable(error.to_string())),
        Some(Ok(parsed)) => parsed,
    };
    let mut site = parsed.site;
    let path = parsed.path.as_bytes();
    let start = match paths {
        Paths::Absolute => path,
        Paths::Relative if is_absolute => path,
        Paths::Relative => {
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
