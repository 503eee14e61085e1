//! Following symbolic links without walking in circles.
//!
//! A server never says where a path really lies, so the way is kept in words: what each directory
//! on the way down really is, as far as the targets of links tell. A link that leads to one of
//! them, or above one of them, never ends. Where a listing does not tell a link's target, only the
//! number of links on the way down is limited.

use std::sync::Arc;

/// More links than this on one way down are a circle that could not be seen.
const MOST: u8 = 8;

/// The way from the top of a job to one of its directories.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    /// The directory's path as far as known, without `.` and `..`.
    real: Vec<u8>,
    links: u8,
    above: Option<Arc<Trail>>,
}

impl Trail {
    /// The top of a job.
    pub(super) fn top(path: &[u8]) -> Arc<Self> {
        Arc::new(Self { real: normal(b"", path), links: 0, above: None })
    }

    /// The way into a directory beside what this one holds.
    pub(super) fn into_dir(self: &Arc<Self>, name: &[u8]) -> Arc<Self> {
        let real = normal(&self.real, name);
        Arc::new(Self { real, links: self.links, above: Some(self.clone()) })
    }

    /// The way through a link; `None` when it leads back.
    pub(super) fn through_link(
        self: &Arc<Self>,
        name: &[u8],
        target: Option<&[u8]>,
    ) -> Option<Arc<Self>> {
        let links = self.links + 1;
        if links > MOST {
            return None;
        }
        let real = normal(&self.real, target.unwrap_or(name));
        let mut on_the_way = Some(self);
        while let Some(trail) = on_the_way {
            if is_at_or_above(&real, &trail.real) {
                return None;
            }
            on_the_way = trail.above.as_ref();
        }
        Some(Arc::new(Self { real, links, above: Some(self.clone()) }))
    }
}

/// True when `path` is `other` or a directory above it.
fn is_at_or_above(path: &[u8], other: &[u8]) -> bool {
    other
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest[0] == b'/' || path.ends_with(b"/"))
}

/// A path as seen from a directory, its `.` and `..` worked out in words.
fn normal(dir: &[u8], path: &[u8]) -> Vec<u8> {
    let from = if path.first() == Some(&b'/') { &b""[..] } else { dir };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in from.split(|&b| b == b'/').chain(path.split(|&b| b == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let mut normal = Vec::with_capacity(from.len() + path.len() + 1);
    normal.push(b'/');
    normal.extend(parts.join(&b'/'));
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_worked_out_in_words() {
        for (dir, path, whole) in [
            ("/a/b", "c", "/a/b/c"),
            ("/a/b", "../c/./d", "/a/c/d"),
            ("/a/b", "/x//y/", "/x/y"),
            ("/a", "../../..", "/"),
            ("/", "a", "/a"),
        ] {
            assert_eq!(normal(dir.as_bytes(), path.as_bytes()), whole.as_bytes());
        }
    }

    #[test]
    fn a_link_that_leads_back_is_not_followed() {
        let here = Trail::top(b"/pub/tree").into_dir(b"sub");
        for (target, follows) in [
            (".", false),
            ("..", false),
            ("/", false),
            ("/pub", false),
            ("../../tree/sub", false),
            ("../other", true),
            ("/pub/tree2", true),
            ("/pub/tree/sub2", true),
            ("below", true),
        ] {
            let through = here.through_link(b"l", Some(target.as_bytes()));
            assert_eq!(through.is_some(), follows, "{target}");
        }
        // two links that lead to each other's directories
        let other = here.through_link(b"l", Some(b"/elsewhere")).unwrap();
        assert!(other.through_link(b"back", Some(b"/pub/tree/sub")).is_none());
    }

    #[test]
    fn a_circle_that_no_target_shows_ends() {
        let mut trail = Trail::top(b"/");
        let mut steps = 0;
        while let Some(next) = trail.through_link(b"l", None) {
            trail = next.into_dir(b"d");
            steps += 1;
        }
        assert_eq!(steps, MOST);
    }
}
