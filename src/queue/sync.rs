//! What a mirror does with each entry: a pure comparison of two directories.
//!
//! The source is never changed. A second mirror of the same trees has nothing to do: if the target
//! does not keep modification times, they are not compared.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::base::{size, spelling};
use crate::ftp::{Entry, Kind};
use crate::queue::{Compare, times};

/// How files are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparer {
    /// The comparison that the user selected.
    pub compare: Compare,
    /// True when files at the target get the modification time of the source.
    pub keeps_times: bool,
}

/// What a mirror does with an entry of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MirrorStep {
    /// Copy it.
    Copy {
        /// True when the target has a file with this name.
        replaces: bool,
        /// Why it is copied.
        reason: String,
    },
    /// Compare this directory.
    Enter {
        /// True when the target does not have it yet.
        new: bool,
    },
    /// It is identical at the target, for this reason.
    Same(&'static str),
    /// Compare the content by checksum.
    CompareChecksum,
    /// It cannot be mirrored, for this reason.
    Conflict(&'static str),
}

impl Comparer {
    /// Compares an entry of the source that the path filter includes.
    #[must_use]
    pub fn judge(&self, source: &Entry, target: Option<&Entry>) -> MirrorStep {
        match (source.kind, target.map(|entry| entry.kind)) {
            (Kind::Dir, None) => MirrorStep::Enter { new: true },
            (Kind::Dir, Some(Kind::Dir)) => MirrorStep::Enter { new: false },
            (Kind::Dir, Some(Kind::Link)) => MirrorStep::Conflict("the target is a symbolic link"),
            (Kind::Dir, Some(_)) => MirrorStep::Conflict("the target is not a directory"),
            (Kind::Link | Kind::Other, _) => MirrorStep::Conflict("neither a file nor a directory"),
            (Kind::File, Some(Kind::Dir)) => MirrorStep::Conflict("the target is a directory"),
            (Kind::File, Some(Kind::Link)) => MirrorStep::Conflict("the target is a symbolic link"),
            (Kind::File, Some(Kind::Other)) => {
                MirrorStep::Conflict("the target is not a regular file")
            }
            (Kind::File, None) => copy(false, "missing at the target"),
            (Kind::File, Some(Kind::File)) => match target {
                Some(target) => self.files(source, target),
                None => copy(false, "missing at the target"),
            },
        }
    }

    fn files(&self, source: &Entry, target: &Entry) -> MirrorStep {
        if let (Some(new), Some(old)) = (source.size, target.size)
            && new != old
        {
            let (new, old) = (size::bytes(new), size::bytes(old));
            return copy(true, format!("size differs: {new}, at the target {old}"));
        }
        let sizes = source.size.is_some() && target.size.is_some();
        match self.compare {
            Compare::Checksum
            | Compare::ChecksumOrSize
            | Compare::ChecksumOrTime
            | Compare::ChecksumOrCopy => return MirrorStep::CompareChecksum,
            Compare::Size if sizes => return MirrorStep::Same("same size"),
            // without sizes, only the times are compared
            Compare::Size | Compare::Auto | Compare::Time => {}
        }
        // dates and local times are compared by day; a copy gets no such time, so that an older
        // one would be copied in every run
        let is_utc = source.mtime.is_some_and(|stamp| stamp.utc);
        let order = match self.keeps_times {
            true => times::compare(source.mtime, target.mtime),
            false => None,
        };
        match order {
            Some(Ordering::Greater) => copy(true, "newer at the source"),
            Some(Ordering::Less) if self.compare == Compare::Time && is_utc => {
                copy(true, "older at the source")
            }
            Some(Ordering::Less) if sizes => MirrorStep::Same("same size, newer at the target"),
            Some(Ordering::Less) => MirrorStep::Same("newer at the target"),
            Some(Ordering::Equal) if sizes => MirrorStep::Same("same size and time"),
            Some(Ordering::Equal) => MirrorStep::Same("same time"),
            None if sizes => MirrorStep::Same("same size"),
            None => MirrorStep::Same("size and time unknown"),
        }
    }

    /// Compares a file by the result of checksums. Without one (`None`) its content is unknown, and
    /// the fallback that the user chose decides.
    #[must_use]
    pub fn by_checksum(&self, source: &Entry, target: &Entry, same: Option<bool>) -> MirrorStep {
        match same {
            Some(true) => MirrorStep::Same("same checksum"),
            Some(false) => copy(true, "checksum differs"),
            None => match self.compare {
                Compare::ChecksumOrSize => self.with(Compare::Size).files(source, target),
                Compare::ChecksumOrTime => self.with(Compare::Auto).files(source, target),
                Compare::ChecksumOrCopy => copy(true, "no checksum to compare"),
                _ => MirrorStep::Conflict(
                    "content unknown: the two sides have no checksum in common; choose a fallback \
                     with --compare checksum-or-size, checksum-or-time or checksum-or-copy",
                ),
            },
        }
    }

    fn with(self, compare: Compare) -> Self {
        Self { compare, ..self }
    }
}

fn copy(replaces: bool, reason: impl Into<String>) -> MirrorStep {
    MirrorStep::Copy { replaces, reason: reason.into() }
}

/// The names of a source directory, as a server may store them.
///
/// File systems fold case or normalise Unicode, and servers replace characters: what is at the
/// target only may be the copy of a source file under another spelling.
#[derive(Debug, Clone, Default)]
pub struct SourceNames {
    folded: HashSet<Vec<u8>>,
    /// Those of names that the target does not list.
    simplified: HashSet<Vec<u8>>,
}

impl SourceNames {
    /// The names of a source directory; true for those that the target lists in the same spelling.
    pub fn new<'a>(names: impl IntoIterator<Item = (&'a [u8], bool)>) -> Self {
        let mut all = Self::default();
        for (name, listed) in names {
            all.folded.insert(spelling::folded(name));
            if !listed {
                all.simplified.insert(spelling::simplified(name));
            }
        }
        all
    }

    /// Why an entry of the target that is not at the source must not be deleted; `None` if it may
    /// be deleted.
    #[must_use]
    pub fn protects(&self, name: &[u8]) -> Option<&'static str> {
        if self.folded.contains(&spelling::folded(name)) {
            Some("kept: the source has this name in another spelling (case or Unicode form)")
        } else if self.simplified.contains(&spelling::simplified(name)) {
            Some("kept: it may be a source file that the server stores under a changed name")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::base::Stamp;

    fn file(size: u64, time: &str) -> Entry {
        let mut entry = Entry::new(*b"f", Kind::File);
        entry.size = Some(size);
        entry.mtime = Stamp::from_digits(time);
        entry
    }

    /// A file of a listing that prints only the date of old files.
    fn day(size: u64, time: &str) -> Entry {
        let mut entry = file(size, time);
        let at = entry.mtime.map(|stamp| stamp.at).unwrap();
        entry.mtime = Some(Stamp::local(at, crate::base::Precision::Day));
        entry
    }

    const OLD: &str = "20250101000000";
    const NEW: &str = "20260101000000";

    #[test]
    fn each_comparison_mode() {
        let compare = |compare, keeps_times, source: &Entry, target: &Entry| match (Comparer {
            compare,
            keeps_times,
        })
        .judge(source, Some(target))
        {
            MirrorStep::Copy { replaces: true, reason } => reason,
            MirrorStep::Same(reason) => format!("same: {reason}"),
            other => format!("{other:?}"),
        };
        use Compare::{Auto, Checksum, Size, Time};
        let differs = "size differs: 5 B, at the target 6 B";
        for (how, keeps, source, target, words) in [
            (Auto, true, file(5, OLD), file(6, OLD), differs),
            (Size, true, file(5, OLD), file(6, OLD), differs),
            (Time, false, file(5, OLD), file(6, OLD), differs),
            (Checksum, true, file(5, OLD), file(6, OLD), differs),
            (Auto, true, file(5, NEW), file(5, OLD), "newer at the source"),
            (Auto, true, file(5, OLD), file(5, NEW), "same: same size, newer at the target"),
            (Auto, true, file(5, OLD), file(5, OLD), "same: same size and time"),
            (Auto, true, day(5, NEW), day(5, OLD), "newer at the source"),
            (Auto, true, day(5, OLD), day(5, OLD), "same: same size and time"),
            (Auto, true, file(5, NEW), day(5, OLD), "newer at the source"),
            (Time, true, day(5, OLD), day(5, NEW), "same: same size, newer at the target"),
            (Auto, false, day(5, NEW), day(5, OLD), "same: same size"),
            (Auto, false, file(5, NEW), file(5, OLD), "same: same size"),
            (Size, true, file(5, NEW), file(5, OLD), "same: same size"),
            (Time, true, file(5, OLD), file(5, NEW), "older at the source"),
            (Time, true, file(5, NEW), file(5, OLD), "newer at the source"),
            (Time, false, file(5, OLD), file(5, NEW), "same: same size"),
            (Checksum, true, file(5, OLD), file(5, OLD), "CompareChecksum"),
        ] {
            assert_eq!(compare(how, keeps, &source, &target), words, "{how:?} {keeps}");
        }
        let unknown = Entry::new(*b"f", Kind::File);
        assert_eq!(compare(Auto, true, &unknown, &file(5, OLD)), "same: size and time unknown");
        let timed = Entry { size: None, ..file(0, NEW) };
        assert_eq!(compare(Size, true, &timed, &file(5, OLD)), "newer at the source");
    }

    #[test]
    fn without_a_checksum_the_chosen_fallback_decides() {
        use Compare::{Checksum, ChecksumOrCopy, ChecksumOrSize, ChecksumOrTime};
        let (new, old) = (file(5, NEW), file(5, OLD));
        for (compare, unknown) in [
            (Checksum, None),
            (ChecksumOrSize, Some(MirrorStep::Same("same size"))),
            (ChecksumOrTime, Some(copy(true, "newer at the source"))),
            (ChecksumOrCopy, Some(copy(true, "no checksum to compare"))),
        ] {
            let comparer = Comparer { compare, keeps_times: true };
            assert_eq!(comparer.judge(&new, Some(&old)), MirrorStep::CompareChecksum);
            let judge = |same| comparer.by_checksum(&new, &old, same);
            assert_eq!(judge(Some(true)), MirrorStep::Same("same checksum"));
            assert_eq!(judge(Some(false)), copy(true, "checksum differs"));
            match unknown {
                Some(step) => assert_eq!(judge(None), step),
                None => assert!(matches!(judge(None), MirrorStep::Conflict(_))),
            }
        }
    }

    #[test]
    fn other_kinds() {
        let comparer = Comparer { compare: Compare::Auto, keeps_times: true };
        let of = |kind| Entry::new(*b"f", kind);
        for (source, target, step) in [
            (Kind::Dir, None, MirrorStep::Enter { new: true }),
            (Kind::Dir, Some(Kind::Dir), MirrorStep::Enter { new: false }),
            (Kind::Dir, Some(Kind::File), MirrorStep::Conflict("the target is not a directory")),
            (Kind::Dir, Some(Kind::Link), MirrorStep::Conflict("the target is a symbolic link")),
            (Kind::File, Some(Kind::Dir), MirrorStep::Conflict("the target is a directory")),
            (Kind::File, Some(Kind::Link), MirrorStep::Conflict("the target is a symbolic link")),
            (Kind::Other, None, MirrorStep::Conflict("neither a file nor a directory")),
        ] {
            assert_eq!(comparer.judge(&of(source), target.map(of).as_ref()), step);
        }
        let new = MirrorStep::Copy { replaces: false, reason: "missing at the target".to_owned() };
        assert_eq!(comparer.judge(&of(Kind::File), None), new);
    }

    /// A server as a mirror sees it: names and contents.
    #[derive(Debug, Clone, Copy)]
    enum Names {
        Exact,
        FoldsCase,
        Nfd,
        Replaces,
    }

    impl Names {
        /// Under which name it stores a new file, and what it takes for one name.
        fn stored(self, name: &str) -> (String, String) {
            use unicode_normalization::UnicodeNormalization as _;
            match self {
                Self::Exact => (name.to_owned(), name.to_owned()),
                Self::FoldsCase => (name.to_owned(), name.to_lowercase()),
                Self::Nfd => (name.nfd().collect(), name.nfd().collect()),
                Self::Replaces => {
                    let name = name.replace([' ', '?'], "_");
                    (name.clone(), name)
                }
            }
        }
    }

    /// One `sync --delete`: what is missing is stored, then what is extraneous is deleted.
    fn sync(names: Names, source: &[String], target: &mut HashMap<String, (String, String)>) {
        let listed: HashSet<String> = target.values().map(|(name, _)| name.clone()).collect();
        let known =
            SourceNames::new(source.iter().map(|name| (name.as_bytes(), listed.contains(name))));
        for name in source.iter().filter(|name| !listed.contains(*name)) {
            let (stored, key) = names.stored(name);
            let old = target.get(&key).map(|(stored, _)| stored.clone());
            target.insert(key, (old.unwrap_or(stored), name.clone()));
        }
        for name in listed.iter().filter(|name| !source.contains(name)) {
            if known.protects(name.as_bytes()).is_none() {
                target.remove(&names.stored(name).1);
            }
        }
    }

    proptest! {
        #[test]
        fn four_mirrors_in_a_row_keep_every_source_file(
            names in prop_oneof![
                Just(Names::Exact), Just(Names::FoldsCase), Just(Names::Nfd), Just(Names::Replaces)
            ],
            source in proptest::collection::hash_set("[aAbB1 ?_\u{e9}\u{c9}]{1,3}", 0..8),
            target in proptest::collection::hash_set("[aAbB1 ?_\u{e9}\u{c9}]{1,3}", 0..8),
        ) {
            let source: Vec<String> = source.into_iter().collect();
            let mut there = HashMap::new();
            for name in target {
                let (stored, key) = names.stored(&name);
                there.entry(key).or_insert((stored, "old".to_owned()));
            }
            for _ in 0..4 {
                sync(names, &source, &mut there);
                for name in &source {
                    prop_assert!(there.contains_key(&names.stored(name).1), "{name:?} {there:?}");
                }
            }
        }
    }
}
