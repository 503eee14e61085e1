//! The path filter of a job: the rules of the job, of the target site and of the settings together.
//!
//! A name that one of the three excludes is excluded; a name that one of them puts first comes
//! first. Within each, the order is that of FXP.One (docs/fxp-one.md "Path filters"): empty, pass
//! list, skip list, move-first list.

use std::fmt;

use crate::base::entry_filter::{ExcludeReason, FilterDecision};
use crate::base::{EntryFilter, EntryFilters, text};
use crate::ftp::Kind;
use crate::site::Site;

/// The source of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RuleOwner {
    /// A rule of the job.
    Job,
    /// A rule of the target site, by its name.
    Site(String),
    /// A rule in `config.toml`.
    Settings,
}

impl fmt::Display for RuleOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job => f.write_str("a rule of the job"),
            Self::Site(name) => write!(f, "a rule of {}", text::visible_str(name)),
            Self::Settings => f.write_str("a rule of config.toml"),
        }
    }
}

/// The rule that excludes a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcludedBy<'a> {
    /// Where the rule is defined.
    pub owner: &'a RuleOwner,
    /// The rule.
    pub reason: ExcludeReason<'a>,
}

impl fmt::Display for ExcludedBy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, reason } = self;
        write!(f, "{owner}: {}", text::visible_str(&reason.to_string()))
    }
}

/// The result of the filter for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterVerdict<'a> {
    /// It is included, in the usual order.
    Include,
    /// It is included before the others, because of a rule of this owner.
    IncludeFirst(&'a RuleOwner),
    /// It is excluded by this rule.
    Exclude(ExcludedBy<'a>),
}

/// All rules that apply to a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathFilter {
    rules: Vec<(RuleOwner, EntryFilters)>,
}

impl PathFilter {
    /// Combines the rules of a job, of the target site if there is one, and of the settings.
    #[must_use]
    pub fn new(job: &EntryFilters, receiver: Option<&Site>, settings: &EntryFilters) -> Self {
        let site = receiver.map(|site| {
            let take = EntryFilters { files: site.files.clone(), dirs: site.dirs.clone() };
            (RuleOwner::Site(site.label()), take)
        });
        let all = [(RuleOwner::Job, job.clone()), (RuleOwner::Settings, settings.clone())];
        let rules =
            all.into_iter().chain(site).filter(|(_, take)| *take != EntryFilters::default());
        Self { rules: rules.collect() }
    }

    /// Applies the rules to an entry by its name. `empty` is false when this is not known.
    ///
    /// Links and other kinds are treated as files. The result names the rule and its owner.
    #[must_use]
    pub fn judge(&self, name: &[u8], kind: Kind, empty: bool) -> FilterVerdict<'_> {
        let mut judgement = FilterVerdict::Include;
        for (owner, take) in &self.rules {
            match of(take, kind).decide(name, empty) {
                FilterDecision::Exclude(reason) => {
                    return FilterVerdict::Exclude(ExcludedBy { owner, reason });
                }
                FilterDecision::IncludeFirst if judgement == FilterVerdict::Include => {
                    judgement = FilterVerdict::IncludeFirst(owner);
                }
                FilterDecision::IncludeFirst | FilterDecision::Include => {}
            }
        }
        judgement
    }

    /// True when directories are created only if they contain files.
    #[must_use]
    pub fn skips_empty_dirs(&self) -> bool {
        self.rules.iter().any(|(_, take)| take.dirs.skip_empty)
    }
}

fn of(take: &EntryFilters, kind: Kind) -> &EntryFilter {
    if kind == Kind::Dir { &take.dirs } else { &take.files }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Patterns;

    fn skip(files: &str, dirs: &str) -> EntryFilters {
        let mut take = EntryFilters::default();
        take.files.skip = Patterns::new(files);
        take.dirs.skip = Patterns::new(dirs);
        take
    }

    #[test]
    fn the_result_names_the_rule_and_its_owner() {
        let mut site = Site::new("h");
        site.name = "nas".to_owned();
        site.files.skip = Patterns::new("*.nfo");
        site.files.first = Patterns::new("*.sfv");
        site.dirs.pass = Patterns::new("cd?/proof");
        let mut settings = skip("*.tmp/*.TMP2", "lost+found");
        settings.files.skip_empty = true;
        let path_filter = PathFilter::new(&skip("*.iso", ""), Some(&site), &settings);
        for (name, kind, empty, words) in [
            ("a.ISO", Kind::File, false, "a rule of the job: matches *.iso in the skip list"),
            ("a.nfo", Kind::File, false, "a rule of nas: matches *.nfo in the skip list"),
            ("a.tmp2", Kind::File, false, "a rule of config.toml: matches *.TMP2 in the skip list"),
            ("a", Kind::File, true, "a rule of config.toml: empty, and skip_empty is set"),
            ("a.nfo", Kind::Dir, false, "a rule of nas: not in the pass list"),
            (
                "lost+found",
                Kind::Dir,
                false,
                "a rule of config.toml: matches lost+found in the skip list",
            ),
        ] {
            let FilterVerdict::Exclude(caught) = path_filter.judge(name.as_bytes(), kind, empty)
            else {
                panic!("{name} is included")
            };
            assert_eq!(caught.to_string(), words);
        }
        let first = RuleOwner::Site("nas".to_owned());
        assert_eq!(
            path_filter.judge(b"x.sfv", Kind::File, false),
            FilterVerdict::IncludeFirst(&first)
        );
        assert_eq!(path_filter.judge(b"x.txt", Kind::File, false), FilterVerdict::Include);
        assert_eq!(path_filter.judge(b"CD1", Kind::Dir, true), FilterVerdict::Include);
        assert!(!path_filter.skips_empty_dirs());
    }

    #[test]
    fn without_rules_everything_is_included() {
        let none = EntryFilters::default();
        let path_filter = PathFilter::new(&none, None, &none);
        assert_eq!(path_filter, PathFilter::default());
        assert_eq!(path_filter.judge(b"", Kind::File, true), FilterVerdict::Include);
    }
}
