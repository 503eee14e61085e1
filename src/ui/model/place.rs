//! Going from one location to another: into a directory, up, to a typed path.

use std::path::{Component, Path, PathBuf};

use crate::base::path::is_usable_name;
use crate::base::{RemotePath, text};
use crate::site::{Location, SiteKey};

/// The entry `name` of a directory; `None` for a name that no command can carry.
#[must_use]
pub fn child(at: &Location, name: &[u8]) -> Option<Location> {
    if !is_usable_name(name) {
        return None;
    }
    Some(match at {
        Location::Remote { site, path } => {
            Location::Remote { site: site.clone(), path: path.join(name) }
        }
        Location::Local(path) => Location::Local(path.join(local_name(name)?)),
    })
}

/// The directory that holds this one; `None` at the root.
#[must_use]
pub fn parent(at: &Location) -> Option<Location> {
    match at {
        Location::Remote { site, path } if path.is_absolute() => {
            Some(Location::Remote { site: site.clone(), path: path.parent()? })
        }
        // what is above the login directory is known only when its path is
        Location::Remote { .. } => None,
        Location::Local(path) => Some(Location::Local(path.parent()?.to_owned())),
    }
}

/// The root of the same site or machine.
#[must_use]
pub fn root(at: &Location) -> Location {
    match at {
        Location::Remote { site, .. } => {
            Location::Remote { site: site.clone(), path: RemotePath::root() }
        }
        Location::Local(path) => Location::Local(
            path.ancestors().last().map_or_else(|| PathBuf::from("/"), Path::to_owned),
        ),
    }
}

/// The last component of the path.
#[must_use]
pub fn name(at: &Location) -> Vec<u8> {
    match at {
        Location::Remote { path, .. } => path.name().to_vec(),
        Location::Local(path) => {
            path.file_name().map_or_else(Vec::new, |name| name.as_encoded_bytes().to_vec())
        }
    }
}

/// True when both are the same directory, as far as their names tell.
#[must_use]
pub fn same(a: &Location, b: &Location) -> bool {
    match (a, b) {
        (Location::Remote { site: sa, path: pa }, Location::Remote { site: sb, path: pb }) => {
            sa.key() == sb.key() && trimmed(pa.as_bytes()) == trimmed(pb.as_bytes())
        }
        (Location::Local(a), Location::Local(b)) => a == b,
        _ => false,
    }
}

/// True when both are on the same site, or both on this machine.
#[must_use]
pub fn same_site(a: &Location, b: &Location) -> bool {
    key(a) == key(b)
}

/// The site's key; `None` for this machine.
#[must_use]
pub fn key(at: &Location) -> Option<SiteKey> {
    at.remote().map(|(site, _)| site.key())
}

/// The name of the site, safe to show; `local` for this machine.
#[must_use]
pub fn label(at: &Location) -> String {
    at.remote().map_or_else(|| "local".to_owned(), |(site, _)| text::visible_str(&site.label()))
}

/// The path alone, safe to show.
#[must_use]
pub fn path_text(at: &Location) -> String {
    match at {
        Location::Remote { path, .. } => path.to_string(),
        Location::Local(path) => text::visible(path.as_os_str().as_encoded_bytes()),
    }
}

/// A directory as it is typed, with a slash at its end: what goes there goes into it.
#[must_use]
pub fn typed_directory(at: &Location) -> String {
    let mut text = at.to_string();
    if !text.ends_with('/') {
        text.push('/');
    }
    text
}

/// The place that a typed path means, seen from a directory of the same site. `.` and `..` are
/// followed by their meaning, because a server's answer to them is not to be relied upon.
#[must_use]
pub fn typed(from: &Location, path: &str) -> Location {
    match from {
        Location::Remote { site, path: base } => {
            let whole = base.join(path.as_bytes());
            Location::Remote { site: site.clone(), path: without_dots(&whole) }
        }
        Location::Local(base) => {
            let mut whole = PathBuf::new();
            for part in base.join(path).components() {
                match part {
                    Component::ParentDir => {
                        whole.pop();
                    }
                    Component::CurDir => {}
                    part => whole.push(part),
                }
            }
            Location::Local(whole)
        }
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

fn trimmed(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|b| *b != b'/').map_or(path.len().min(1), |at| at + 1);
    &path[..end]
}

#[cfg(unix)]
fn local_name(name: &[u8]) -> Option<&Path> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(Path::new(std::ffi::OsStr::from_bytes(name)))
}

#[cfg(not(unix))]
fn local_name(name: &[u8]) -> Option<&Path> {
    std::str::from_utf8(name).ok().map(Path::new)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::site::Site;

    fn remote(path: &str) -> Location {
        Location::Remote { site: Arc::new(Site::new("h")), path: path.into() }
    }

    #[test]
    fn typed_paths_are_followed() {
        for (from, path, to) in [
            ("/pub", "a", "/pub/a"),
            ("/pub", "/etc/", "/etc/"),
            ("/pub/x", "../y", "/pub/y"),
            ("/pub", "../../..", "/"),
            ("/pub", "./a/./b", "/pub/a/b"),
            ("", "a", "a"),
            ("", "../a", "../a"),
            ("/a b", " c ", "/a b/ c "),
        ] {
            assert_eq!(typed(&remote(from), path), remote(to), "{from} {path}");
        }
        let local = Location::Local("/a/b".into());
        assert_eq!(typed(&local, "../c"), Location::Local("/a/c".into()));
        assert_eq!(typed(&local, "/"), Location::Local("/".into()));
    }

    #[test]
    fn up_and_down() {
        assert_eq!(parent(&remote("/a/b")), Some(remote("/a")));
        assert_eq!(parent(&remote("/")), None);
        assert_eq!(parent(&remote("")), None);
        assert_eq!(parent(&Location::Local("/".into())), None);
        assert_eq!(child(&remote("/a"), b"b"), Some(remote("/a/b")));
        assert_eq!(child(&remote("/a"), b"../b"), None);
        assert_eq!(child(&remote("/a"), b"b\n"), None);
        assert_eq!(name(&Location::Local("/a/b".into())), b"b");
        assert_eq!(root(&Location::Local("/a/b".into())), Location::Local("/".into()));
    }

    #[test]
    fn sameness_forgives_a_final_slash() {
        assert!(same(&remote("/a/"), &remote("/a")));
        assert!(same(&remote("/"), &remote("//")));
        assert!(!same(&remote("/"), &remote("")));
        assert!(!same(&remote("/a"), &Location::Local("/a".into())));
    }
}
