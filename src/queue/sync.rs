//! What a mirror does with each entry: a pure comparison of two directories.
//!
//! The source is never changed. A second mirror of the same trees has nothing to do: if the target
//! does not keep modification times, they are not compared.

use std::cmp::Ordering;

use crate::base::size;
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
            Compare::Checksum => return MirrorStep::CompareChecksum,
            Compare::Size if sizes => return MirrorStep::Same("same size"),
            // without sizes, only the times are compared
            Compare::Size | Compare::Auto | Compare::Time => {}
        }
        let is_utc = source.mtime.is_some_and(|stamp| stamp.utc);
        let order = if self.keeps_times && is_utc {
            times::compare(source.mtime, target.mtime)
        } else {
            None
        };
        match order {
            Some(Ordering::Greater) => copy(true, "newer at the source"),
            Some(Ordering::Less) if self.compare == Compare::Time => {
                copy(true, "older at the source")
            }
            Some(_) if sizes => MirrorStep::Same("same size and time"),
            Some(_) => MirrorStep::Same("same time"),
            None if sizes => MirrorStep::Same("same size"),
            None => MirrorStep::Same("size and time unknown"),
        }
    }

    /// Compares a file by the result of checksums; `None` when no checksum is available.
    #[must_use]
    pub fn by_checksum(&self, source: &Entry, target: &Entry, same: Option<bool>) -> MirrorStep {
        match same {
            Some(true) => MirrorStep::Same("same checksum"),
            Some(false) => copy(true, "checksum differs"),
            None => Self { compare: Compare::Auto, ..*self }.files(source, target),
        }
    }
}

fn copy(replaces: bool, reason: impl Into<String>) -> MirrorStep {
    MirrorStep::Copy { replaces, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stamp;

    fn file(size: u64, time: &str) -> Entry {
        let mut entry = Entry::new(*b"f", Kind::File);
        entry.size = Some(size);
        entry.mtime = Stamp::from_digits(time);
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
            (Auto, true, file(5, OLD), file(5, NEW), "same: same size and time"),
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
    fn without_checksums_size_and_time_are_compared() {
        let comparer = Comparer { compare: Compare::Checksum, keeps_times: true };
        let (new, old) = (file(5, NEW), file(5, OLD));
        assert_eq!(comparer.by_checksum(&new, &old, Some(true)), MirrorStep::Same("same checksum"));
        for (same, words) in [(Some(false), "checksum differs"), (None, "newer at the source")] {
            let reason = words.to_owned();
            assert_eq!(
                comparer.by_checksum(&new, &old, same),
                MirrorStep::Copy { replaces: true, reason }
            );
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
}
