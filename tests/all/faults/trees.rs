//! Which entries of a directory are copied, and in which order: filters and move-first patterns of
//! the job, the site and the settings, empty files and directories, links, and name collisions.

use fxpane::base::{EntryFilters, Patterns};
use fxpane::demo::Setup;
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
