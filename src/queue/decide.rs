//! What to do with a file whose target may exist: a pure function.

use std::cmp::Ordering;

use crate::base::path::RemotePath;
use crate::ftp::{Entry, Kind};
use crate::queue::{Exists, times};

/// The decision for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Copy it.
    Copy {
        /// True when the target exists.
        replaces: bool,
    },
    /// Skip it, for this reason.
    Skip(String),
    /// Copy it under this unused name.
    CopyAs(Vec<u8>),
    /// Ask the user.
    Ask,
}

/// Applies the rule. `taken` is true for a name that is in use at the target.
#[must_use]
pub fn decide(
    rule: Exists,
    source: &Entry,
    existing: Option<&Entry>,
    taken: impl Fn(&[u8]) -> bool,
) -> Decision {
    let Some(existing) = existing else { return Decision::Copy { replaces: false } };
    if existing.kind == Kind::Dir {
        return Decision::Skip("a directory with this name exists".to_owned());
    }
    let same_size = source.size.is_some() && source.size == existing.size;
    match rule {
        Exists::Ask => Decision::Ask,
        Exists::Skip => Decision::Skip("already exists".to_owned()),
        Exists::Overwrite => Decision::Copy { replaces: true },
        // if the partial file does not match the source, the transfer starts over
        Exists::Resume if same_size => Decision::Skip("already exists (same size)".to_owned()),
        Exists::Resume => Decision::Copy { replaces: true },
        Exists::Rename => Decision::CopyAs(free_name(&source.name, taken)),
        Exists::Newer => match times::compare(source.mtime, existing.mtime) {
            Some(Ordering::Greater) => Decision::Copy { replaces: true },
            Some(_) => Decision::Skip("already exists (not older)".to_owned()),
            None => Decision::Skip("already exists (age unknown)".to_owned()),
        },
    }
}

/// The first unused name of `name (2).ext`, `name (3).ext` …
fn free_name(name: &[u8], taken: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let dot = name.iter().rposition(|&b| b == b'.').filter(|&at| at > 0).unwrap_or(name.len());
    let (stem, extension) = name.split_at(dot);
    (2u64..)
        .map(|number| [stem, format!(" ({number})").as_bytes(), extension].concat())
        .find(|candidate| !taken(candidate))
        .unwrap_or_default()
}

/// True when `inner` is `outer` or below it: copying a directory into itself never ends.
#[must_use]
pub fn is_inside(inner: &RemotePath, outer: &RemotePath) -> bool {
    inner.relative_to(outer).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stamp;

    fn entry(size: u64, time: &str) -> Entry {
        let mut entry = Entry::new(*b"a.tar.gz", Kind::File);
        entry.size = Some(size);
        entry.mtime = Stamp::from_digits(time);
        entry
    }

    #[test]
    fn every_rule() {
        let source = entry(5, "20260102000000");
        let same = entry(5, "20260102000000");
        let older = entry(4, "20250102000000");
        let copy = Decision::Copy { replaces: true };
        let free = |name: &[u8]| name == b"a.tar (2).gz";
        let decide = |rule, existing| decide(rule, &source, existing, free);
        for rule in [Exists::Ask, Exists::Skip, Exists::Overwrite, Exists::Newer] {
            assert_eq!(decide(rule, None), Decision::Copy { replaces: false });
        }
        assert_eq!(decide(Exists::Ask, Some(&same)), Decision::Ask);
        assert!(matches!(decide(Exists::Skip, Some(&older)), Decision::Skip(_)));
        assert_eq!(decide(Exists::Overwrite, Some(&same)), copy);
        assert!(matches!(decide(Exists::Resume, Some(&same)), Decision::Skip(_)));
        assert_eq!(decide(Exists::Resume, Some(&older)), copy);
        assert_eq!(decide(Exists::Newer, Some(&older)), copy);
        assert!(matches!(decide(Exists::Newer, Some(&same)), Decision::Skip(_)));
        assert_eq!(decide(Exists::Rename, Some(&same)), Decision::CopyAs(b"a.tar (3).gz".to_vec()));
        let dir = Entry::new(*b"a.tar.gz", Kind::Dir);
        assert!(matches!(decide(Exists::Overwrite, Some(&dir)), Decision::Skip(_)));
    }

    #[test]
    fn a_directory_into_itself() {
        assert!(is_inside(&"/a/b".into(), &"/a".into()));
        assert!(is_inside(&"/a".into(), &"/a".into()));
        assert!(!is_inside(&"/ab".into(), &"/a".into()));
    }
}
