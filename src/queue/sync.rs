//! What a mirror does with each entry: a pure comparison of two directories.
//!
//! The source is never changed. A second mirror of the same trees finds nothing to do: where the
//! target cannot keep times, times are not compared.

use std::cmp::Ordering;

use crate::base::size;
use crate::ftp::{Entry, Kind};
use crate::queue::{Compare, times};

/// How files are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparer {
    /// What the user wants.
    pub compare: Compare,
    /// True when the target gets the time of the source with each file.
    pub keeps_times: bool,
}

/// What is to be done with an entry of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is copied.
    Copy {
        /// True when a file of that name is there.
        replaces: bool,
        /// Why.
        reason: String,
    },
    /// A directory at the source, to be looked into.
    Enter {
        /// True when the target has none yet.
        new: bool,
    },
    /// It is the same at the target.
    Same(&'static str),
    /// Its content is to be compared by checksums.
    Digest,
    /// It cannot be mirrored: what is at the target is of another kind.
    Conflict(&'static str),
}

impl Comparer {
    /// Judges one entry of the source that the rules let through.
    #[must_use]
    pub fn judge(&self, source: &Entry, target: Option<&Entry>) -> Step {
        match (source.kind, target.map(|entry| entry.kind)) {
            (Kind::Dir, None) => Step::Enter { new: true },
            (Kind::Dir, Some(Kind::Dir)) => Step::Enter { new: false },
            (Kind::Dir, Some(Kind::Link)) => Step::Conflict("the target has a symbolic link there"),
            (Kind::Dir, Some(_)) => Step::Conflict("the target has a file of that name"),
            (Kind::Link | Kind::Other, _) => Step::Conflict("it is neither file nor directory"),
            (Kind::File, Some(Kind::Dir)) => Step::Conflict("the target has a directory there"),
            (Kind::File, Some(Kind::Link)) => {
                Step::Conflict("the target has a symbolic link there")
            }
            (Kind::File, Some(Kind::Other)) => {
                Step::Conflict("what the target has there is no file")
            }
            (Kind::File, None) => copy(false, "it is not at the target"),
            (Kind::File, Some(Kind::File)) => match target {
                Some(target) => self.files(source, target),
                None => copy(false, "it is not at the target"),
            },
        }
    }

    fn files(&self, source: &Entry, target: &Entry) -> Step {
        if let (Some(new), Some(old)) = (source.size, target.size)
            && new != old
        {
            let (new, old) = (size::bytes(new), size::bytes(old));
            return copy(true, format!("its size differs: {new}, at the target {old}"));
        }
        let sizes = source.size.is_some() && target.size.is_some();
        match self.compare {
            Compare::Checksum => return Step::Digest,
            Compare::Size if sizes => return Step::Same("the size is the same"),
            // without sizes the times must do
            Compare::Size | Compare::Auto | Compare::Time => {}
        }
        let told = source.mtime.is_some_and(|stamp| stamp.utc);
        let order = if self.keeps_times && told {
            times::compare(source.mtime, target.mtime)
        } else {
            None
        };
        match order {
            Some(Ordering::Greater) => copy(true, "it is newer at the source"),
            Some(Ordering::Less) if self.compare == Compare::Time => {
                copy(true, "it is older at the source")
            }
            Some(_) if sizes => Step::Same("size and time are the same"),
            Some(_) => Step::Same("the time is the same"),
            None if sizes => Step::Same("the size is the same"),
            None => Step::Same("nobody tells its size or time"),
        }
    }

    /// Judges a file whose content was compared; `None` when no checksum could be had.
    #[must_use]
    pub fn by_digest(&self, source: &Entry, target: &Entry, same: Option<bool>) -> Step {
        match same {
            Some(true) => Step::Same("the checksum is the same"),
            Some(false) => copy(true, "its checksum differs"),
            None => Self { compare: Compare::Auto, ..*self }.files(source, target),
        }
    }
}

fn copy(replaces: bool, reason: impl Into<String>) -> Step {
    Step::Copy { replaces, reason: reason.into() }
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
    fn files_are_compared_as_the_user_wants() {
        let compare = |compare, keeps_times, source: &Entry, target: &Entry| match (Comparer {
            compare,
            keeps_times,
        })
        .judge(source, Some(target))
        {
            Step::Copy { replaces: true, reason } => reason,
            Step::Same(reason) => format!("same: {reason}"),
            other => format!("{other:?}"),
        };
        use Compare::{Auto, Checksum, Size, Time};
        let differs = "its size differs: 5 B, at the target 6 B";
        for (how, keeps, source, target, words) in [
            (Auto, true, file(5, OLD), file(6, OLD), differs),
            (Size, true, file(5, OLD), file(6, OLD), differs),
            (Time, false, file(5, OLD), file(6, OLD), differs),
            (Checksum, true, file(5, OLD), file(6, OLD), differs),
            (Auto, true, file(5, NEW), file(5, OLD), "it is newer at the source"),
            (Auto, true, file(5, OLD), file(5, NEW), "same: size and time are the same"),
            (Auto, false, file(5, NEW), file(5, OLD), "same: the size is the same"),
            (Size, true, file(5, NEW), file(5, OLD), "same: the size is the same"),
            (Time, true, file(5, OLD), file(5, NEW), "it is older at the source"),
            (Time, true, file(5, NEW), file(5, OLD), "it is newer at the source"),
            (Time, false, file(5, OLD), file(5, NEW), "same: the size is the same"),
            (Checksum, true, file(5, OLD), file(5, OLD), "Digest"),
        ] {
            assert_eq!(compare(how, keeps, &source, &target), words, "{how:?} {keeps}");
        }
        let unknown = Entry::new(*b"f", Kind::File);
        assert_eq!(
            compare(Auto, true, &unknown, &file(5, OLD)),
            "same: nobody tells its size or time"
        );
        let timed = Entry { size: None, ..file(0, NEW) };
        assert_eq!(compare(Size, true, &timed, &file(5, OLD)), "it is newer at the source");
    }

    #[test]
    fn without_checksums_size_and_time_decide() {
        let comparer = Comparer { compare: Compare::Checksum, keeps_times: true };
        let (new, old) = (file(5, NEW), file(5, OLD));
        assert_eq!(
            comparer.by_digest(&new, &old, Some(true)),
            Step::Same("the checksum is the same")
        );
        for (same, words) in
            [(Some(false), "its checksum differs"), (None, "it is newer at the source")]
        {
            let reason = words.to_owned();
            assert_eq!(comparer.by_digest(&new, &old, same), Step::Copy { replaces: true, reason });
        }
    }

    #[test]
    fn other_kinds() {
        let comparer = Comparer { compare: Compare::Auto, keeps_times: true };
        let of = |kind| Entry::new(*b"f", kind);
        for (source, target, step) in [
            (Kind::Dir, None, Step::Enter { new: true }),
            (Kind::Dir, Some(Kind::Dir), Step::Enter { new: false }),
            (Kind::Dir, Some(Kind::File), Step::Conflict("the target has a file of that name")),
            (Kind::Dir, Some(Kind::Link), Step::Conflict("the target has a symbolic link there")),
            (Kind::File, Some(Kind::Dir), Step::Conflict("the target has a directory there")),
            (Kind::File, Some(Kind::Link), Step::Conflict("the target has a symbolic link there")),
            (Kind::Other, None, Step::Conflict("it is neither file nor directory")),
        ] {
            assert_eq!(comparer.judge(&of(source), target.map(of).as_ref()), step);
        }
        let new = Step::Copy { replaces: false, reason: "it is not at the target".to_owned() };
        assert_eq!(comparer.judge(&of(Kind::File), None), new);
    }
}
