//! Mirrors: what differs is copied, a second one does nothing, what is told is what is done, and
//! nothing is deleted on a doubt.

use std::collections::BTreeSet;

use fxpane::base::Patterns;
use fxpane::demo::{Personality, Setup};
use fxpane::engine::{PlanAction, Planned, Report};
use fxpane::queue::{Compare, Deletes, ItemState, JobKind, JobSpec};
use fxpane::site::{ListCommand, Location};

use super::pair::{Job, spec};
use super::{Pair, content};

/// A mirror of `/pub` at `/incoming`.
fn mirror(pair: &Pair, delete: Deletes) -> JobSpec {
    let mut job = spec(vec![pair.at_source("/pub")], pair.at_target("/incoming"));
    job.kind = JobKind::Mirror;
    job.rename_to = true;
    job.tree.delete = delete;
    job
}

/// What a dry run says: `copy a/b`; what stays is left out. The last one says how it ended.
async fn told(pair: &Pair, spec: JobSpec) -> (BTreeSet<String>, Vec<String>) {
    let mut steps = pair.engine.plan(spec).await.unwrap();
    let (mut all, mut troubles) = (BTreeSet::new(), Vec::new());
    while let Some(planned) = steps.recv().await {
        match planned {
            Planned::Step(step) => {
                let action = match step.action {
                    PlanAction::Copy => "copy",
                    PlanAction::Delete => "delete",
                    PlanAction::Skip | PlanAction::Same => continue,
                };
                assert!(all.insert(format!("{action} {}", step.path)), "told twice: {step:?}");
            }
            Planned::Trouble(failure) => troubles.push(failure.to_string()),
            Planned::End { .. } => return (all, troubles),
            Planned::Failed(failure) => {
                troubles.push(failure.to_string());
                return (all, troubles);
            }
        }
    }
    panic!("the plan has no end")
}

/// What a job did, in the words of [`told`]; directories that were made are not reported.
fn did(job: &Job) -> BTreeSet<String> {
    let done = job.items.iter().filter(|item| item.state == ItemState::Done);
    done.map(|item| {
        let path = match &item.target {
            Some(target) => target,
            None => &item.source,
        };
        let (_, path) = path.remote().unwrap();
        let below = path.relative_to(&"/incoming".into()).unwrap();
        let slash = if item.dir { "/" } else { "" };
        let action = if item.target.is_some() { "copy" } else { "delete" };
        format!("{action} {}{slash}", std::str::from_utf8(below).unwrap())
    })
    .collect()
}

/// The told steps about files, and deletions.
fn reported(told: &BTreeSet<String>) -> BTreeSet<String> {
    told.iter().filter(|step| step.starts_with("delete") || !step.ends_with('/')).cloned().collect()
}

fn changed() -> (Setup, Setup) {
    let from = Setup::new()
        .file("/pub/same", content(100))
        .at(1_700_000_000)
        .file("/pub/longer", content(300))
        .at(1_700_000_000)
        .file("/pub/newer", content(50))
        .at(1_700_000_000)
        .file("/pub/new/deep/f", content(10))
        .file("/pub/kept/a", "a")
        .dir("/pub/empty")
        .file("/pub/skipped.tmp", "s");
    let to = Setup::new()
        .file("/incoming/same", content(100))
        .at(1_700_000_000)
        .file("/incoming/longer", content(200))
        .file("/incoming/gone", "gone")
        .file("/incoming/gone tree/x/y", "y")
        .file("/incoming/gone tree/z", "z")
        .file("/incoming/kept/b", "b")
        .file("/incoming/protected.tmp", "p")
        .file("/incoming/half/protected.tmp", "p")
        .file("/incoming/half/f", "f")
        .file("/incoming/newer", vec![7; 50])
        .at(1_600_000_000);
    (from, to)
}

#[tokio::test]
async fn it_does_what_the_dry_run_said_and_a_second_one_does_nothing() {
    for delete in [Deletes::No, Deletes::Yes] {
        let (from, to) = changed();
        let pair = Pair::start(from, to).await;
        let mut job = mirror(&pair, delete);
        job.tree.take.files.skip = Patterns::new("*.tmp");
        let before = pair.to.root().tree("/").unwrap();
        let (told, troubles) = told(&pair, job.clone()).await;
        assert_eq!(troubles, [""; 0]);
        assert_eq!(pair.to.root().tree("/").unwrap(), before, "a dry run changes nothing");
        let mut expected = BTreeSet::from(
            [
                "copy longer",
                "copy newer",
                "copy new/",
                "copy new/deep/",
                "copy new/deep/f",
                "copy kept/a",
                "copy empty/",
            ]
            .map(str::to_owned),
        );
        if delete == Deletes::Yes {
            expected.extend(
                [
                    "gone",
                    "gone tree/",
                    "gone tree/x/",
                    "gone tree/x/y",
                    "gone tree/z",
                    "kept/b",
                    "half/f",
                ]
                .map(|path| format!("delete {path}")),
            );
        }
        assert_eq!(told, expected);
        let done = pair.run(job.clone()).await;
        assert_eq!(done.names(ItemState::Failed), [""; 0], "{}", done.told());
        assert_eq!(did(&done), reported(&told), "{}", done.told());
        assert!(pair.to.root().exists("/incoming/protected.tmp"));
        assert!(pair.to.root().exists("/incoming/half/protected.tmp"));
        assert!(pair.to.root().exists("/incoming/empty"));
        assert_eq!(pair.to.root().exists("/incoming/gone"), delete == Deletes::No);
        let (again, _) = super::mirror::told(&pair, job.clone()).await;
        assert_eq!(again, BTreeSet::new());
        let second = pair.run(job).await;
        assert_eq!(did(&second), BTreeSet::new(), "{}", second.told());
        pair.assert_nothing_left();
    }
}

#[tokio::test]
async fn a_second_one_does_nothing_where_the_target_cannot_keep_times() {
    for personality in [Personality::Vsftpd, Personality::Pyftpdlib, Personality::Proftpd] {
        for compare in [Compare::Auto, Compare::Size, Compare::Time, Compare::Checksum] {
            let (from, _) = changed();
            let to = Setup::new()
                .personality(personality)
                .without("MFMT")
                .without("MFF")
                .without("SITE UTIME");
            let pair = Pair::start(from, to).await;
            let mut job = mirror(&pair, Deletes::Yes);
            job.tree.compare = compare;
            let first = pair.run(job.clone()).await;
            assert_eq!(first.names(ItemState::Done).len(), 6, "{}", first.told());
            let second = pair.run(job).await;
            assert_eq!(
                did(&second),
                BTreeSet::new(),
                "{personality:?} {compare:?} {}",
                second.told()
            );
        }
    }
}

#[tokio::test]
async fn checksums_find_what_size_and_time_hide() {
    let from = Setup::new().file("/pub/f", "one").at(1_700_000_000).file("/pub/g", "two");
    let to = Setup::new().file("/incoming/f", "ONE").file("/incoming/g", "two");
    let pair = Pair::start(from, to).await;
    let mut job = mirror(&pair, Deletes::No);
    assert_eq!(told(&pair, job.clone()).await.0, BTreeSet::new());
    job.tree.compare = Compare::Checksum;
    assert_eq!(told(&pair, job.clone()).await.0, BTreeSet::from(["copy f".to_owned()]));
    let done = pair.run(job).await;
    assert_eq!(pair.to.root().read("/incoming/f").unwrap(), b"one", "{}", done.told());
}

#[tokio::test]
async fn nothing_is_deleted_on_a_doubt() {
    for fault in [
        "on MLSD 2 reply 550 \"Permission denied\"",
        "on MLSD reply 451 \"Local error\"",
        "on MLSD 2 close-data after 10",
        "on MLSD 2 listing \"no facts at all\\n\"",
        "on MLSD 2 listing \"type=file;size=1; g\\r\\ntype=file;size=1; ne\"",
        "on MLSD 2 listing \"\"",
        "on MLSD 2 end 226 \"Transfer done (but failed to open directory).\"",
        "on MLSD 2 end 226 \"Output truncated to 1 matches\"",
        "on MLSD 2 end 226 \"sub: Permission denied\"",
        "on MLSD 2 end 200 \"Done\"",
        "on MLSD 2 end 426 \"Connection closed; transfer aborted.\"",
        "on MLSD 2 end 451 \"Local error\"",
        // the top: MLSD is refused, and LIST shows nothing
        "on MLSD reply 550 \"Permission denied\"\non LIST listing \"\"",
    ] {
        for dry in [false, true] {
            let from = Setup::new().file("/pub/f", "f").file("/pub/sub/g", "g");
            let to = Setup::new().file("/incoming/gone", "x").file("/incoming/sub/h", "h");
            let pair = Pair::start(from, to).await;
            pair.faults(fault, "");
            if dry {
                let (steps, troubles) = told(&pair, mirror(&pair, Deletes::Yes)).await;
                assert!(!troubles.is_empty(), "{fault}");
                assert!(!steps.iter().any(|step| step.starts_with("delete")), "{fault}: {steps:?}");
                continue;
            }
            let job = pair.run(mirror(&pair, Deletes::Yes)).await;
            let failed = !job.names(ItemState::Failed).is_empty();
            assert!(failed, "{fault}: {}\n{}", job.told(), pair.story());
            for path in ["/incoming/gone", "/incoming/sub/h"] {
                assert!(pair.to.root().exists(path), "{fault}: {path}: {}", job.told());
            }
        }
    }
}

#[tokio::test]
async fn from_an_incomplete_listing_of_the_target_nothing_is_deleted() {
    for fault in [
        "on MLSD 2 listing \"type=file;size=1; h\\r\\nwhat?\\r\\n\"",
        "on MLSD 2 end 226 \"Output truncated to 1 matches\"",
        "on MLSD 2 end 200 \"Done\"",
    ] {
        let from = Setup::new().file("/pub/f", "f").file("/pub/sub/deep/g", "new");
        let to = Setup::new()
            .file("/incoming/gone", "x")
            .file("/incoming/sub/h", "h")
            .file("/incoming/sub/deep/i", "i")
            .file("/incoming/sub/deep/g", "old g");
        let pair = Pair::start(from, to).await;
        pair.faults("", fault);
        let (steps, troubles) = told(&pair, mirror(&pair, Deletes::Yes)).await;
        assert!(!troubles.is_empty(), "{fault}");
        let pair = Pair::start(
            Setup::new().file("/pub/f", "f").file("/pub/sub/deep/g", "new"),
            Setup::new()
                .file("/incoming/gone", "x")
                .file("/incoming/sub/h", "h")
                .file("/incoming/sub/deep/i", "i")
                .file("/incoming/sub/deep/g", "old g"),
        )
        .await;
        pair.faults("", fault);
        let job = pair.run(mirror(&pair, Deletes::Yes)).await;
        assert_eq!(job.names(ItemState::Failed).len(), 1, "{fault}: {}", job.told());
        assert_eq!(did(&job), reported(&steps), "{fault}: {}", job.told());
        assert!(!pair.to.root().exists("/incoming/gone"), "{fault}: {}", job.told());
        for (path, content) in [("sub/h", "h"), ("sub/deep/i", "i"), ("sub/deep/g", "new")] {
            let read = pair.to.root().read(&format!("/incoming/{path}")).unwrap();
            assert_eq!(read, content.as_bytes(), "{fault}: {path}: {}", job.told());
        }
    }
}

#[tokio::test]
async fn a_listing_that_proves_nothing_deletes_nothing() {
    for command in [ListCommand::Nlst, ListCommand::Stat] {
        let from = Setup::new().file("/pub/f", "f").file("/pub/sub/g", "g");
        let to = Setup::new().file("/incoming/gone", "x").file("/incoming/sub/h", "h");
        let mut pair = Pair::start(from, to).await;
        pair.source.list_command = command;
        let job = pair.run(mirror(&pair, Deletes::Yes)).await;
        assert_eq!(job.names(ItemState::Failed).len(), 1, "{command:?}: {}", job.told());
        assert!(job.told().contains("nothing is deleted"), "{command:?}: {}", job.told());
        for path in ["gone", "sub/h", "f", "sub/g"] {
            let path = format!("/incoming/{path}");
            assert!(pair.to.root().exists(&path), "{command:?}: {path}: {}", job.told());
        }
    }
}

#[tokio::test]
async fn hidden_files_of_the_source_stay_at_the_target() {
    let from = Setup::new().file("/pub/f", "f").file("/pub/.htaccess", "new");
    let from = from.without("MLSD").without("MLST").manner(|manner| {
        (manner.list_options, manner.list_shows_hidden) = (false, false);
    });
    let to = Setup::new().file("/incoming/.htaccess", "old").file("/incoming/gone", "x");
    let pair = Pair::start(from, to).await;
    let (steps, _) = told(&pair, mirror(&pair, Deletes::Yes)).await;
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(did(&job), reported(&steps), "{}", job.told());
    assert_eq!(job.names(ItemState::Skipped), [".htaccess"], "{}", job.told());
    assert_eq!(pair.to.root().read("/incoming/.htaccess").unwrap(), b"old");
    assert!(!pair.to.root().exists("/incoming/gone"), "{}", job.told());
}

#[tokio::test]
async fn a_link_at_the_target_is_deleted_as_a_link() {
    // pyftpdlib reports links as directories
    for personality in [Personality::Plain, Personality::Proftpd, Personality::Pyftpdlib] {
        let from = Setup::new().file("/pub/f", "f").file("/pub/both/g", "g");
        let to = Setup::new()
            .personality(personality)
            .file("/elsewhere/keep", "keep")
            .file("/elsewhere/sub/keep", "keep")
            .link("/incoming/extra", "/elsewhere")
            .link("/incoming/both", "/elsewhere");
        let pair = Pair::start(from, to).await;
        let (steps, _) = told(&pair, mirror(&pair, Deletes::Yes)).await;
        let job = pair.run(mirror(&pair, Deletes::Yes)).await;
        assert_eq!(did(&job), reported(&steps), "{personality:?} {}", job.told());
        let root = pair.to.root();
        for path in ["/elsewhere/keep", "/elsewhere/sub/keep"] {
            assert!(root.exists(path), "{personality:?} {path}: {}", job.told());
        }
        let names = root.list("/incoming").unwrap();
        assert_eq!(names, ["both", "f"], "{personality:?} {}", job.told());
    }
}

#[tokio::test]
async fn a_missing_source_deletes_nothing() {
    let pair = Pair::start(Setup::new().dir("/other"), Setup::new().file("/incoming/f", "f")).await;
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert!(pair.to.root().exists("/incoming/f"), "{}", job.told());
    assert!(!job.remarks.is_empty(), "{}", job.told());
}

#[tokio::test]
async fn without_a_person_to_ask_nothing_is_deleted() {
    let pair =
        Pair::start(Setup::new().file("/pub/f", "f"), Setup::new().file("/incoming/gone", "x"))
            .await;
    let job = pair.run(mirror(&pair, Deletes::Ask)).await;
    assert!(pair.to.root().exists("/incoming/gone"), "{}", job.told());
    assert_eq!(pair.to.root().read("/incoming/f").unwrap(), b"f", "{}", job.told());
}

#[tokio::test]
async fn what_is_of_another_kind_stays() {
    let from = Setup::new().file("/pub/a", "file").file("/pub/b/f", "f");
    let to = Setup::new().file("/incoming/a/x", "x").file("/incoming/b", "file");
    let pair = Pair::start(from, to).await;
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(job.names(ItemState::Failed), ["a", "b"], "{}", job.told());
    assert_eq!(pair.to.root().read("/incoming/a/x").unwrap(), b"x");
    assert_eq!(pair.to.root().read("/incoming/b").unwrap(), b"file");
}

#[tokio::test]
async fn the_target_is_made_with_those_above_it() {
    let from = Setup::new().file("/pub/f", content(10)).file("/pub/sub/g", content(20));
    let pair = Pair::start(from, Setup::new()).await;
    let mut job = mirror(&pair, Deletes::Yes);
    job.target = Some(pair.at_target("/incoming/a/b"));
    let done = pair.run(job).await;
    let expected = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/a/b").unwrap(), expected, "{}", done.told());
}

#[tokio::test]
async fn from_and_to_this_machine() {
    let from = Setup::new().file("/pub/f", content(10)).at(1_700_000_000).file("/pub/s/g", "g");
    let pair = Pair::start(from, Setup::new()).await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    let mut down = mirror(&pair, Deletes::Yes);
    down.target = Some(Location::Local(here.clone()));
    let mut up = mirror(&pair, Deletes::Yes);
    up.sources[0].at = Location::Local(here.clone());
    std::fs::create_dir(&here).unwrap();
    std::fs::write(here.join("gone"), "x").unwrap();
    for job in [&down, &up] {
        let done = pair.run(job.clone()).await;
        assert_eq!(done.names(ItemState::Failed), [""; 0], "{}", done.told());
        let mut reports = pair.submit(job.clone()).await;
        let mut same = None;
        while let Some(report) = reports.recv().await {
            match report {
                Report::Item(item) => panic!("a second mirror does something: {item:?}"),
                Report::Same(files) => same = Some(files),
                Report::End { .. } => break,
                _ => {}
            }
        }
        assert_eq!(same, Some(2));
    }
    assert!(!here.join("gone").exists());
    let expected = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming").unwrap(), expected);
}

#[tokio::test]
async fn a_directory_is_not_mirrored_into_itself() {
    let pair = Pair::start(Setup::new().file("/pub/f", "f"), Setup::new()).await;
    let mut job = mirror(&pair, Deletes::Yes);
    job.target = Some(pair.at_source("/pub/copy"));
    let done = pair.run(job).await;
    assert!(done.told().contains("lies in the other"), "{}", done.told());
    assert_eq!(pair.from.root().list("/pub").unwrap(), ["f"]);
}

#[tokio::test]
async fn a_part_that_is_kept_is_not_deleted_while_its_file_goes_on() {
    let size = 3 << 20;
    let pair = Pair::start(Setup::new().file("/pub/f", content(size)), Setup::new()).await;
    pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    pair.to.root().write("/incoming/old", "x").unwrap();
    pair.faults("on RETR 1 reset-data after 2000000", "");
    let job = pair.run(mirror(&pair, Deletes::No)).await;
    assert_eq!(job.only().state, ItemState::Failed, "{}", job.told());
    let parts = pair.incoming();
    assert!(parts.iter().any(|name| name.ends_with(".fxpart")), "{parts:?}");
    let (told, _) = told(&pair, mirror(&pair, Deletes::Yes)).await;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(told, names(&["copy f", "delete old"]));
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(did(&job), told, "{}", job.told());
    assert_eq!(pair.incoming(), ["f"]);
    assert!(pair.from.spoken().iter().any(|line| line.command && line.text.starts_with("REST ")));

    // of a file that is gone at the source nothing is to remain
    pair.from.root().write("/pub/g", content(size)).unwrap();
    pair.faults("on RETR 3 reset-data after 2000000", "");
    pair.run(mirror(&pair, Deletes::No)).await;
    assert_eq!(pair.incoming().len(), 2, "{:?}", pair.incoming());
    pair.from.root().remove("/pub/g").unwrap();
    pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(pair.incoming(), ["f"], "{}", pair.story());
}
