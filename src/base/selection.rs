//! Which entries of a directory are taken, and which come first.

use serde::{Deserialize, Serialize};

use crate::base::Patterns;

/// Which entries of a directory are taken, and which come first: of a job, of a site that
/// receives, or of the settings.
///
/// The rules of the *destination* count, as in FXP.One (seed 001). They act on what is found in
/// directories, not on what the user selected by hand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// Left out.
    pub skip: Patterns,
    /// When not empty, only these are taken.
    pub pass: Patterns,
    /// Put at the top of the queue.
    pub first: Patterns,
    /// Empty files or directories are left out.
    pub skip_empty: bool,
}

/// A [`Selection`] of files and one of directories.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selections {
    /// Which files are taken.
    pub files: Selection,
    /// Which directories are taken.
    pub dirs: Selection,
}

/// What a [`Selection`] says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<'a> {
    /// It is taken in its turn.
    Take,
    /// It is taken before the others.
    First,
    /// It is left out.
    Skip(SkipReason<'a>),
}

/// Why an entry is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason<'a> {
    /// It is empty.
    #[error("it is empty, and empty ones are left out")]
    Empty,
    /// None of the patterns of the pass list matches.
    #[error("it is not on the pass list")]
    NotPassed,
    /// A pattern of the skip list matches.
    #[error("the skip list has {0}")]
    Skipped(&'a str),
}

impl Selection {
    /// Judges an entry by its bare name, in the order of reference/fxp-one.md section 7.4: empty,
    /// pass list, skip list, first list. `empty` is false for what nobody has looked into yet.
    #[must_use]
    pub fn judge(&self, name: &[u8], empty: bool) -> Choice<'_> {
        if empty && self.skip_empty {
            Choice::Skip(SkipReason::Empty)
        } else if !self.pass.is_empty() && !self.pass.matches(name) {
            Choice::Skip(SkipReason::NotPassed)
        } else if let Some(pattern) = self.skip.matching(name) {
            Choice::Skip(SkipReason::Skipped(pattern))
        } else if self.first.matches(name) {
            Choice::First
        } else {
            Choice::Take
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_asked_in_their_order() {
        let selection = Selection {
            skip: Patterns::new("*.nfo/*sample*"),
            pass: Patterns::new("*.iso/*.nfo/*.sfv"),
            first: Patterns::new("*.sfv/*.nfo"),
            skip_empty: true,
        };
        for (name, empty, choice) in [
            ("a.iso", false, Choice::Take),
            ("a.sfv", false, Choice::First),
            ("a.sfv", true, Choice::Skip(SkipReason::Empty)),
            ("a.txt", false, Choice::Skip(SkipReason::NotPassed)),
            ("A.NFO", false, Choice::Skip(SkipReason::Skipped("*.nfo"))),
            ("x-Sample-y.iso", false, Choice::Skip(SkipReason::Skipped("*sample*"))),
        ] {
            assert_eq!(selection.judge(name.as_bytes(), empty), choice, "{name}");
        }
        assert_eq!(Selection::default().judge(b"any", true), Choice::Take);
    }
}
