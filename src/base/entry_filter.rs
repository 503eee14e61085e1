//! Filter rules for the entries of a directory: which are included, and which come first.

use serde::{Deserialize, Serialize};

use crate::base::Patterns;

/// Which entries of a directory are included, and which come first. A job, the receiving site and
/// the settings each have their own.
///
/// The rules of the *destination* apply, as in FXP.One. They apply to entries found in directories,
/// not to what the user selected explicitly.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntryFilter {
    /// Names to exclude.
    pub skip: Patterns,
    /// When not empty, only these names are included.
    pub pass: Patterns,
    /// Names to put at the top of the queue.
    pub first: Patterns,
    /// Exclude empty files or directories.
    pub skip_empty: bool,
}

/// One [`EntryFilter`] for files and one for directories.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntryFilters {
    /// The filter for files.
    pub files: EntryFilter,
    /// The filter for directories.
    pub dirs: EntryFilter,
}

/// The decision of an [`EntryFilter`] about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterDecision<'a> {
    /// Included in the normal order.
    Include,
    /// Included before the others.
    IncludeFirst,
    /// Excluded.
    Exclude(ExcludeReason<'a>),
}

/// Why an entry is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExcludeReason<'a> {
    /// The entry is empty.
    #[error("empty, and skip_empty is set")]
    Empty,
    /// No pattern of the pass list matches.
    #[error("not in the pass list")]
    NotInPassList,
    /// This pattern of the skip list matches.
    #[error("matches {0} in the skip list")]
    InSkipList(&'a str),
}

impl EntryFilter {
    /// Decides about an entry by its name, in the order of docs/fxp-one.md "Path filters": empty,
    /// pass list, skip list, first list. `empty` is false while the size or content is unknown.
    #[must_use]
    pub fn decide(&self, name: &[u8], empty: bool) -> FilterDecision<'_> {
        if empty && self.skip_empty {
            FilterDecision::Exclude(ExcludeReason::Empty)
        } else if !self.pass.is_empty() && !self.pass.matches(name) {
            FilterDecision::Exclude(ExcludeReason::NotInPassList)
        } else if let Some(pattern) = self.skip.matching(name) {
            FilterDecision::Exclude(ExcludeReason::InSkipList(pattern))
        } else if self.first.matches(name) {
            FilterDecision::IncludeFirst
        } else {
            FilterDecision::Include
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_apply_in_order() {
        let selection = EntryFilter {
            skip: Patterns::new("*.nfo/*sample*"),
            pass: Patterns::new("*.iso/*.nfo/*.sfv"),
            first: Patterns::new("*.sfv/*.nfo"),
            skip_empty: true,
        };
        for (name, empty, choice) in [
            ("a.iso", false, FilterDecision::Include),
            ("a.sfv", false, FilterDecision::IncludeFirst),
            ("a.sfv", true, FilterDecision::Exclude(ExcludeReason::Empty)),
            ("a.txt", false, FilterDecision::Exclude(ExcludeReason::NotInPassList)),
            ("A.NFO", false, FilterDecision::Exclude(ExcludeReason::InSkipList("*.nfo"))),
            (
                "x-Sample-y.iso",
                false,
                FilterDecision::Exclude(ExcludeReason::InSkipList("*sample*")),
            ),
        ] {
            assert_eq!(selection.decide(name.as_bytes(), empty), choice, "{name}");
        }
        assert_eq!(EntryFilter::default().decide(b"any", true), FilterDecision::Include);
    }
}
