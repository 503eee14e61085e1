//! Which entries of directories a job takes: the rules of the job, of the site that receives, and
//! of the settings together.
//!
//! What one of the three leaves out is left out; what one of them puts first comes first. Within
//! each, the order is that of FXP.One (reference/fxp-one.md section 7.4): empty, pass list, skip
//! list, move-first list.

use std::fmt;

use crate::base::selection::{Choice, SkipReason};
use crate::base::{Selection, Selections, text};
use crate::ftp::Kind;
use crate::site::Site;

/// Whose rule it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The job's.
    Job,
    /// The site's that receives, by its name.
    Site(String),
    /// `config.toml`'s.
    Settings,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job => f.write_str("a rule of the job"),
            Self::Site(name) => write!(f, "a rule of {}", text::visible_str(name)),
            Self::Settings => f.write_str("a rule of config.toml"),
        }
    }
}

/// Which rule caught a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught<'a> {
    /// Whose.
    pub owner: &'a Owner,
    /// Which.
    pub reason: SkipReason<'a>,
}

impl fmt::Display for Caught<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, reason } = self;
        write!(f, "{owner}: {}", text::visible_str(&reason.to_string()))
    }
}

/// What the rules say of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement<'a> {
    /// It is taken in its turn.
    Take,
    /// It is taken before the others, by a rule of this owner.
    First(&'a Owner),
    /// It is left out.
    Skip(Caught<'a>),
}

/// All rules that hold for a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sieve {
    levels: Vec<(Owner, Selections)>,
}

impl Sieve {
    /// The rules of a job, of the site that receives, if it is one, and of the settings.
    #[must_use]
    pub fn new(job: &Selections, receiver: Option<&Site>, settings: &Selections) -> Self {
        let site = receiver.map(|site| {
            let take = Selections { files: site.files.clone(), dirs: site.dirs.clone() };
            (Owner::Site(site.label()), take)
        });
        let all = [(Owner::Job, job.clone()), (Owner::Settings, settings.clone())];
        let levels = all.into_iter().chain(site).filter(|(_, take)| *take != Selections::default());
        Self { levels: levels.collect() }
    }

    /// Judges an entry by its bare name. `empty` is false for what nobody has looked into.
    ///
    /// Links and other kinds are judged as files. This is also the rule test: the answer names
    /// the rule and its owner.
    #[must_use]
    pub fn judge(&self, name: &[u8], kind: Kind, empty: bool) -> Judgement<'_> {
        let mut judgement = Judgement::Take;
        for (owner, take) in &self.levels {
            match of(take, kind).judge(name, empty) {
                Choice::Skip(reason) => return Judgement::Skip(Caught { owner, reason }),
                Choice::First if judgement == Judgement::Take => {
                    judgement = Judgement::First(owner);
                }
                Choice::First | Choice::Take => {}
            }
        }
        judgement
    }

    /// True when directories are only made for the files in them.
    #[must_use]
    pub fn skips_empty_dirs(&self) -> bool {
        self.levels.iter().any(|(_, take)| take.dirs.skip_empty)
    }
}

fn of(take: &Selections, kind: Kind) -> &Selection {
    if kind == Kind::Dir { &take.dirs } else { &take.files }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Patterns;

    fn skip(files: &str, dirs: &str) -> Selections {
        let mut take = Selections::default();
        take.files.skip = Patterns::new(files);
        take.dirs.skip = Patterns::new(dirs);
        take
    }

    #[test]
    fn the_answer_names_the_rule_and_its_owner() {
        let mut site = Site::new("h");
        site.name = "nas".to_owned();
        site.files.skip = Patterns::new("*.nfo");
        site.files.first = Patterns::new("*.sfv");
        site.dirs.pass = Patterns::new("cd?/proof");
        let mut settings = skip("*.tmp/*.TMP2", "lost+found");
        settings.files.skip_empty = true;
        let sieve = Sieve::new(&skip("*.iso", ""), Some(&site), &settings);
        for (name, kind, empty, words) in [
            ("a.ISO", Kind::File, false, "a rule of the job: the skip list has *.iso"),
            ("a.nfo", Kind::File, false, "a rule of nas: the skip list has *.nfo"),
            ("a.tmp2", Kind::File, false, "a rule of config.toml: the skip list has *.TMP2"),
            (
                "a",
                Kind::File,
                true,
                "a rule of config.toml: it is empty, and empty ones are left out",
            ),
            ("a.nfo", Kind::Dir, false, "a rule of nas: it is not on the pass list"),
            ("lost+found", Kind::Dir, false, "a rule of config.toml: the skip list has lost+found"),
        ] {
            let Judgement::Skip(caught) = sieve.judge(name.as_bytes(), kind, empty) else {
                panic!("{name} is taken")
            };
            assert_eq!(caught.to_string(), words);
        }
        let first = Owner::Site("nas".to_owned());
        assert_eq!(sieve.judge(b"x.sfv", Kind::File, false), Judgement::First(&first));
        assert_eq!(sieve.judge(b"x.txt", Kind::File, false), Judgement::Take);
        assert_eq!(sieve.judge(b"CD1", Kind::Dir, true), Judgement::Take);
        assert!(!sieve.skips_empty_dirs());
    }

    #[test]
    fn without_rules_all_is_taken() {
        let none = Selections::default();
        let sieve = Sieve::new(&none, None, &none);
        assert_eq!(sieve, Sieve::default());
        assert_eq!(sieve.judge(b"", Kind::File, true), Judgement::Take);
    }
}
