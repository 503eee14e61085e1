//! Which entries of a directory are copied, and in which order: filters and move-first patterns of
//! the job, the site and the settings, empty files and directories, links, and name collisions.

use fxpane::base::{EntryFilters, Patterns};
use fxpane::demo::{Personality, Setup};
use fxpane::queue::{Exists, ItemState, JobKind, JobSpec, Links};

use super::{Pair, content};

fn selections(change: impl FnOnce(&mut EntryFilters)) -> EntryFilters {
    let mut take = EntryFilters::default();
    change(&mut take);
    take
}

/// A job that copies `/pub` to `/incoming/pub`.
fn tree(pair: &Pair, change: impl FnOnce(&mut EntryFilters)) -> JobSpec {
    let mut job = pair.copy(&["/pub"]);
    change(&mut job.tree.take);
    job
}

#[tokio::test]
async fn two_sources_with_one_name_do_not_overwrite_each_other() {
    let sources = ["/a/x", "/b/x", "/a/d", "/b/d", "/b/y"];
    for (rule, moves) in [
        (Exists::Skip, false),
        (Exists::Overwrite, false),
        (Exists::Overwrite, true),
        (Exists::Rename, false),
        (Exists::Rename, true),
    ] {
        let from = ["/a/x", "/b/x", "/a/d/f", "/b/d/f", "/b/y"];
        let from = from.iter().fold(Setup::new(), |setup, path| setup.file(path, *path));
        let pair = Pair::start(from, Setup::new()).await;
        let mut job = pair.copy(&sources);
        job.rules.exists = rule;
        job.kind = if moves { JobKind::Move } else { JobKind::Copy };
        let job = pair.run(job).await;
        let renames = rule == Exists::Rename;
        let failed = if renames { vec!["d"] } else { vec!["d", "x"] };
        assert_eq!(job.names(ItemState::Failed), failed, "{rule:?} {}", job.summary());
        let read = |path: &str| pair.to.root().read(path).map(|b| String::from_utf8(b).unwrap());
        assert_eq!(read("/incoming/x").unwrap(), "/a/x", "{rule:?}");
        assert_eq!(read("/incoming/x (2)").ok().as_deref(), renames.then_some("/b/x"));
        assert_eq!(read("/incoming/d/f").unwrap(), "/a/d/f");
        assert_eq!(read("/incoming/y").unwrap(), "/b/y");
        // files that were not copied stay at the source
        let stays = |path: &str| pair.from.root().exists(path);
        assert!(stays("/b/d/f") && stays("/b/x") != (renames && moves), "{rule:?}");
        assert_eq!(stays("/a/x"), !moves, "{rule:?} {}", pair.ftp_log());
    }
}

/// All paths below `/incoming`, including directories.
fn arrived(pair: &Pair) -> Vec<String> {
    fn walk(pair: &Pair, path: &str, relative: &str, all: &mut Vec<String>) {
        for name in pair.to.root().list(path).unwrap() {
            let (path, relative) = (format!("{path}/{name}"), format!("{relative}{name}"));
            if let Ok(names) = pair.to.root().list(&path) {
                all.push(format!("{relative}/"));
                if !names.is_empty() {
                    walk(pair, &path, &format!("{relative}/"), all);
                }
            } else {
                all.push(relative);
            }
        }
    }
    let mut all = Vec::new();
    walk(pair, "/incoming", "", &mut all);
    all
}

fn release() -> Setup {
    Setup::new()
        .file("/pub/a.iso", content(2000))
        .file("/pub/a.nfo", content(20))
        .file("/pub/a.sfv", content(30))
        .file("/pub/empty.txt", "")
        .file("/pub/Sample/s.iso", content(10))
        .file("/pub/cd1/b.ISO", content(40))
        .dir("/pub/void/inner")
}

#[tokio::test]
async fn filters_of_job_site_and_settings_combine() {
    let settings = selections(|take| take.files.skip_empty = true);
    let mut pair =
        Pair::with(release(), Setup::new(), |options| options.take = settings.clone()).await;
    pair.target.files.skip = Patterns::new("*.NFO");
    // the filter of the source site is ignored: the target site counts
    pair.source.files.skip = Patterns::new("*");
    let job = pair.run(tree(&pair, |take| take.dirs.skip = Patterns::new("sample"))).await;
    assert_eq!(
        arrived(&pair),
        [
            "pub/",
            "pub/a.iso",
            "pub/a.sfv",
            "pub/cd1/",
            "pub/cd1/b.ISO",
            "pub/void/",
            "pub/void/inner/"
        ],
        "{}",
        job.summary()
    );
    let skipped: Vec<&str> = job
        .items
        .iter()
        .filter(|item| item.state == ItemState::Skipped)
        .map(|item| item.ending.reason.as_deref().unwrap_or_default())
        .collect();
    for words in [
        "a rule of the job: matches sample in the skip list",
        "a rule of target: matches *.NFO in the skip list",
        "a rule of config.toml: empty",
    ] {
        assert!(skipped.iter().any(|reason| reason.starts_with(words)), "{words}: {skipped:?}");
    }
    assert_eq!(skipped.len(), 3, "{skipped:?}");
}

#[tokio::test]
async fn an_include_filter_without_empty_directories() {
    let pair = Pair::start(release(), Setup::new()).await;
    let job = tree(&pair, |take| {
        take.files.pass = Patterns::new("*.iso");
        take.dirs.skip_empty = true;
    });
    let job = pair.run(job).await;
    assert_eq!(
        arrived(&pair),
        ["pub/", "pub/Sample/", "pub/Sample/s.iso", "pub/a.iso", "pub/cd1/", "pub/cd1/b.ISO"],
        "{}",
        job.summary()
    );
}

#[tokio::test]
async fn selected_files_bypass_filters() {
    let mut pair = Pair::start(release(), Setup::new()).await;
    pair.target.files.skip = Patterns::new("*");
    let job = pair.run(pair.copy(&["/pub/a.nfo"])).await;
    assert_eq!(job.names(ItemState::Done), ["a.nfo"], "{}", job.summary());
}

#[tokio::test]
async fn move_first_patterns_set_the_order() {
    let pair = Pair::start(release(), Setup::new()).await;
    let mut job = tree(&pair, |take| {
        take.files.first = Patterns::new("*.sfv/*.nfo");
        take.dirs.first = Patterns::new("cd?");
    });
    job.rules.parallel = Some(1);
    let job = pair.run(job).await;
    let order: Vec<&str> = job
        .items
        .iter()
        .filter(|item| item.state == ItemState::Done && !item.item.dir)
        .map(|item| std::str::from_utf8(item.item.source.remote().unwrap().1.name()).unwrap())
        .collect();
    let at = |name: &str| order.iter().position(|other| *other == name).unwrap();
    assert!(at("a.nfo") < at("a.iso") && at("a.sfv") < at("a.iso"), "{order:?}");
    assert!(at("b.ISO") < at("s.iso"), "{order:?}");
}

#[tokio::test]
async fn links_are_skipped_or_followed_without_loops() {
    for links in [Links::Skip, Links::Follow] {
        let from = Setup::new()
            .file("/pub/f", content(100))
            .file("/other/g", content(50))
            .link("/pub/file", "f")
            .link("/pub/dir", "../other")
            .link("/pub/up", "..")
            .link("/pub/self", ".")
            .link("/other/back", "/pub")
            .link("/pub/nowhere", "missing");
        let pair = Pair::start(from, Setup::new()).await;
        let mut job = pair.copy(&["/pub"]);
        job.tree.links = links;
        let job = pair.run(job).await;
        let expected: &[&str] = match links {
            Links::Skip => &["pub/", "pub/f"],
            Links::Follow => &["pub/", "pub/dir/", "pub/dir/g", "pub/f", "pub/file"],
        };
        assert_eq!(arrived(&pair), expected, "{}\n{}", job.summary(), pair.ftp_log());
        assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.summary());
    }
}

#[tokio::test]
async fn a_new_name_does_not_collide_with_later_files() {
    let from = Setup::new().file("/pub/a.txt", "one").file("/pub/a (2).txt", "two");
    let to = Setup::new().file("/incoming/pub/a.txt", "old");
    let pair = Pair::start(from, to).await;
    let mut job = pair.copy(&["/pub"]);
    job.rules.exists = Exists::Rename;
    let job = pair.run(job).await;
    let read = |name: &str| {
        String::from_utf8(pair.to.root().read(&format!("/incoming/pub/{name}")).unwrap()).unwrap()
    };
    assert_eq!(read("a.txt"), "old", "{}", job.summary());
    assert_eq!(read("a (2).txt"), "two", "{}", job.summary());
    assert_eq!(read("a (3).txt"), "one", "{}", job.summary());
}

#[tokio::test]
async fn resumed_files_come_last_if_the_site_requests_it() {
    let from = Setup::new().file("/pub/a", content(3000)).file("/pub/b", content(10));
    let to = Setup::new().file("/incoming/pub/a", &content(3000)[..1000]);
    let mut pair = Pair::start(from, to).await;
    pair.target.resume_last = true;
    let mut job = pair.copy(&["/pub"]);
    job.rules.exists = Exists::Resume;
    job.rules.parallel = Some(1);
    let job = pair.run(job).await;
    let done: Vec<_> = job.items.iter().filter(|item| item.state == ItemState::Done).collect();
    assert_eq!(done.len(), 2, "{}", job.summary());
    assert_eq!(done[1].item.source.remote().unwrap().1.name(), b"a", "{}", job.summary());
}

/// What a target whose listing hides `f` is like, and what its server says of `f` itself.
const HIDDEN: [(&str, bool, bool); 8] = [
    // (faults, it has MLST, it says that f exists)
    ("on MLSD listing \"what?\\r\\n\"", true, true),
    ("on MLSD listing \"\"\non MLSD end 226 \"Output truncated to 0 matches\"", true, true),
    ("on MLST reply 550 \"Permission denied\"\non MLSD listing \"what?\\r\\n\"", true, true),
    ("on LIST listing \"what?\\r\\n\"", false, true),
    ("on LIST listing \"\"\non LIST end 226 \"but failed to open directory\"", false, true),
    ("on SIZE reply 550 \"No\"\non LIST listing \"what?\\r\\n\"", false, true),
    (
        "on SIZE reply 550 \"Could not get it.\"\non MDTM reply 550 \"Could not get it.\"\n\
         on LIST end 200 \"Done\"\non LIST listing \"\"",
        false,
        false,
    ),
    (
        "on SIZE reply 550 \"Permission denied\"\non MDTM reply 550 \"Permission denied\"\n\
         on LIST listing \"what?\\r\\n\"",
        false,
        false,
    ),
];

#[tokio::test]
async fn a_file_that_its_listing_hides_is_there_all_the_same() {
    for (fault, mlst, says) in HIDDEN {
        for (rule, lazy) in [
            (Exists::Skip, false),
            (Exists::Skip, true),
            (Exists::Newer, false),
            (Exists::Rename, false),
            (Exists::Overwrite, false),
        ] {
            let from = Setup::new().file("/pub/f", "new").at(1_500_000_000);
            let mut to = Setup::new().file("/incoming/pub/f", "the old one").at(1_700_000_000);
            if !mlst {
                to = to.without("MLSD").without("MLST");
            }
            let pair = Pair::start(from, to).await;
            pair.faults("", fault);
            let mut job = tree(&pair, |take| take.dirs.skip_empty = lazy);
            job.rules.exists = rule;
            let job = pair.run(job).await;
            let case = format!("{fault} {rule:?} {}\n{}", job.summary(), pair.ftp_log());
            let read = |name: &str| {
                let read = pair.to.root().read(&format!("/incoming/pub/{name}")).ok();
                read.map(|bytes| String::from_utf8(bytes).unwrap())
            };
            // a size that is refused after 226 proves no file: the copy fails, the old file stays
            let unproven = fault.contains("on SIZE reply 550") && !fault.contains("denied");
            let replaced = rule == Exists::Overwrite && !unproven;
            let expected = if replaced { "new" } else { "the old one" };
            assert_eq!(read("f").as_deref(), Some(expected), "{case}");
            let state = match rule {
                Exists::Overwrite | Exists::Rename if unproven => ItemState::Failed,
                Exists::Overwrite => ItemState::Done,
                Exists::Rename if says => ItemState::Done,
                _ if says => ItemState::Skipped,
                _ => ItemState::Failed,
            };
            assert_eq!(job.only().state, state, "{case}");
            let beside = (rule == Exists::Rename && says && !unproven).then_some("new");
            assert_eq!(read("f (2)").as_deref(), beside, "{case}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_proven_absent_is_copied_whatever_the_listing_says() {
    for fault in ["on MLSD listing \"what?\\r\\n\"", "on MLSD end 226 \"Unable to read it\""] {
        for rule in [Exists::Skip, Exists::Rename, Exists::Resume, Exists::Newer] {
            let from = Setup::new().file("/pub/f", "new").file("/pub/.g", "new");
            let to = Setup::new().file("/incoming/pub/other", "other");
            let pair = Pair::start(from, to).await;
            pair.faults("", fault);
            let mut job = pair.copy(&["/pub"]);
            job.rules.exists = rule;
            let job = pair.run(job).await;
            assert_eq!(
                job.names(ItemState::Done),
                [".g", "f"],
                "{fault} {rule:?} {}",
                job.summary()
            );
        }
    }
}

#[tokio::test]
async fn dot_files_that_list_hides_are_not_overwritten() {
    let from = Setup::new().file("/pub/.htaccess", "new").file("/pub/f", "f");
    let to = Setup::new().file("/incoming/pub/.htaccess", "old").without("MLSD").without("MLST");
    let to = to.behavior(|manner| {
        (manner.list_options, manner.list_shows_hidden) = (false, false);
    });
    let pair = Pair::start(from, to).await;
    let mut job = pair.copy(&["/pub"]);
    job.rules.exists = Exists::Skip;
    let job = pair.run(job).await;
    assert_eq!(job.names(ItemState::Skipped), [".htaccess"], "{}", job.summary());
    assert_eq!(job.names(ItemState::Done), ["f"], "{}", job.summary());
    assert_eq!(pair.to.root().read("/incoming/pub/.htaccess").unwrap(), b"old");
}

#[tokio::test]
async fn an_incomplete_source_directory_fails_and_the_rest_goes_on() {
    for fault in [
        "on MLSD 2 end 226 \"Output truncated to 1 matches\"",
        "on MLSD 2 listing \"type=file;size=1; g\\r\\nwhat?\\r\\n\"",
        "on MLSD 2 reply 550 \"sub: Permission denied\"",
    ] {
        let from = Setup::new().file("/pub/a", "a").file("/pub/sub/g", "g").file("/pub/z/h", "h");
        let pair = Pair::start(from, Setup::new()).await;
        pair.faults(fault, "");
        let job = pair.run(pair.copy(&["/pub"])).await;
        assert_eq!(job.names(ItemState::Failed), ["sub"], "{fault} {}", job.summary());
        let done = job.names(ItemState::Done);
        assert!(
            done.contains(&"a".to_owned()) && done.contains(&"h".to_owned()),
            "{}",
            job.summary()
        );
    }
}

#[tokio::test]
async fn links_are_deleted_and_moved_as_links() {
    // pyftpdlib reports links as directories
    for personality in [Personality::Plain, Personality::Proftpd, Personality::Pyftpdlib] {
        for (sources, kind) in [
            (&["/pub"][..], JobKind::Delete),
            (&["/pub/link"], JobKind::Delete),
            (&["/pub"], JobKind::Move),
            (&["/pub/link"], JobKind::Move),
        ] {
            let from = Setup::new()
                .personality(personality)
                .file("/elsewhere/keep", "keep")
                .dir("/elsewhere/empty")
                .file("/pub/f", "f")
                .file("/pub/sub/g", "g")
                .link("/pub/link", "/elsewhere");
            let pair = Pair::start(from, Setup::new()).await;
            let mut job = pair.copy(sources);
            job.kind = kind;
            job.target = job.target.filter(|_| kind == JobKind::Move);
            let job = pair.run(job).await;
            let case = format!(
                "{personality:?} {sources:?} {kind:?} {}\n{}",
                job.summary(),
                pair.ftp_log()
            );
            let root = pair.from.root();
            assert!(root.exists("/elsewhere/keep") && root.exists("/elsewhere/empty"), "{case}");
            assert_eq!(root.exists("/pub/f"), sources != ["/pub"], "{case}");
            if kind == JobKind::Delete {
                assert_eq!(job.names(ItemState::Failed), [""; 0], "{case}");
                assert_eq!(root.exists("/pub"), sources != ["/pub"], "{case}");
                assert!(!root.exists("/pub/link"), "{case}");
            } else {
                assert!(!pair.to.root().exists("/incoming/link/keep"), "{case}");
                assert!(!pair.to.root().exists("/incoming/pub/link/keep"), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn from_an_incomplete_listing_nothing_is_deleted() {
    for fault in [
        "on MLSD 2 end 226 \"Output truncated to 1 matches\"",
        "on MLSD 2 listing \"type=file;size=1; g\\r\\nwhat?\\r\\n\"",
    ] {
        let from = Setup::new().file("/pub/sub/g", "g").file("/pub/sub/h", "h").file("/pub/z", "z");
        let pair = Pair::start(from, Setup::new()).await;
        pair.faults(fault, "");
        let mut job = pair.copy(&["/pub"]);
        (job.kind, job.target) = (JobKind::Delete, None);
        let job = pair.run(job).await;
        assert_eq!(job.names(ItemState::Failed), ["sub"], "{fault} {}", job.summary());
        assert_eq!(pair.from.root().list("/pub").unwrap(), ["sub"], "{fault} {}", job.summary());
        assert_eq!(pair.from.root().list("/pub/sub").unwrap(), ["g", "h"], "{}", job.summary());
    }
}
