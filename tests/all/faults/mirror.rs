//! Mirrors: only differences are copied, a second run does nothing, a preview matches the run, and
//! nothing is deleted after an error.

use std::collections::BTreeSet;

use fxpane::base::Patterns;
use fxpane::demo::{Personality, Setup};
use fxpane::engine::{PlanAction, Planned, Report};
use fxpane::queue::{Compare, Deletes, ItemState, JobKind, JobSpec};
use fxpane::site::{ListCommand, Location};

use super::pair::{Job, spec};
use super::{Pair, content};

/// A mirror of `/pub` to `/incoming`.
fn mirror(pair: &Pair, delete: Deletes) -> JobSpec {
    let mut job = spec(vec![pair.at_source("/pub")], pair.at_target("/incoming"));
    job.kind = JobKind::Mirror;
    job.rename_to = true;
    job.tree.delete = delete;
    job
}

/// The steps of a preview, such as `copy a/b`, without unchanged entries; and its errors.
async fn planned_steps(pair: &Pair, spec: JobSpec) -> (BTreeSet<String>, Vec<String>) {
    let mut steps = pair.engine.plan(spec).await.unwrap();
    let (mut all, mut errors) = (BTreeSet::new(), Vec::new());
    while let Some(planned) = steps.recv().await {
        match planned {
            Planned::Step(step) => {
                let action = match step.action {
                    PlanAction::Copy => "copy",
                    PlanAction::Delete => "delete",
                    PlanAction::Skip | PlanAction::Same => continue,
                };
                assert!(all.insert(format!("{action} {}", step.path)), "planned twice: {step:?}");
            }
            Planned::Trouble(failure) => errors.push(failure.to_string()),
            Planned::End { .. } => return (all, errors),
            Planned::Failed(failure) => {
                errors.push(failure.to_string());
                return (all, errors);
            }
        }
    }
    panic!("the plan has no end")
}

/// The steps that a job executed, as in [`planned_steps`]; created directories are not reported.
fn executed_steps(job: &Job) -> BTreeSet<String> {
    let done = job.items.iter().filter(|item| item.state == ItemState::Done);
    done.map(|item| {
        let path = match &item.item.target {
            Some(target) => target,
            None => &item.item.source,
        };
        let (_, path) = path.remote().unwrap();
        let relative = path.relative_to(&"/incoming".into()).unwrap();
        let slash = if item.item.dir { "/" } else { "" };
        let action = if item.item.target.is_some() { "copy" } else { "delete" };
        format!("{action} {}{slash}", std::str::from_utf8(relative).unwrap())
    })
    .collect()
}

/// The planned steps that a job reports: files and deletions.
fn reported_steps(planned: &BTreeSet<String>) -> BTreeSet<String> {
    planned
        .iter()
        .filter(|step| step.starts_with("delete") || !step.ends_with('/'))
        .cloned()
        .collect()
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
async fn a_run_matches_the_preview_and_a_second_run_does_nothing() {
    for delete in [Deletes::No, Deletes::Yes] {
        let (from, to) = changed();
        let pair = Pair::start(from, to).await;
        let mut job = mirror(&pair, delete);
        job.tree.take.files.skip = Patterns::new("*.tmp");
        let before = pair.to.root().tree("/").unwrap();
        let (planned, errors) = planned_steps(&pair, job.clone()).await;
        assert_eq!(errors, [""; 0]);
        assert_eq!(pair.to.root().tree("/").unwrap(), before, "a preview changes nothing");
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
        assert_eq!(planned, expected);
        let done = pair.run(job.clone()).await;
        assert_eq!(done.names(ItemState::Failed), [""; 0], "{}", done.summary());
        assert_eq!(executed_steps(&done), reported_steps(&planned), "{}", done.summary());
        assert!(pair.to.root().exists("/incoming/protected.tmp"));
        assert!(pair.to.root().exists("/incoming/half/protected.tmp"));
        assert!(pair.to.root().exists("/incoming/empty"));
        assert_eq!(pair.to.root().exists("/incoming/gone"), delete == Deletes::No);
        let (again, _) = super::mirror::planned_steps(&pair, job.clone()).await;
        assert_eq!(again, BTreeSet::new());
        let second = pair.run(job).await;
        assert_eq!(executed_steps(&second), BTreeSet::new(), "{}", second.summary());
        pair.assert_nothing_left();
    }
}

#[tokio::test]
async fn a_second_run_does_nothing_if_the_target_cannot_store_times() {
    for personality in [Personality::Vsftpd, Personality::Pyftpdlib, Personality::Proftpd] {
        for compare in [Compare::Auto, Compare::Size, Compare::Time, Compare::ChecksumOrTime] {
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
            assert_eq!(first.names(ItemState::Done).len(), 6, "{}", first.summary());
            let second = pair.run(job).await;
            assert_eq!(
                executed_steps(&second),
                BTreeSet::new(),
                "{personality:?} {compare:?} {}",
                second.summary()
            );
        }
    }
}

#[tokio::test]
async fn checksums_find_changes_that_size_and_time_do_not_show() {
    let from = Setup::new().file("/pub/f", "one").at(1_700_000_000).file("/pub/g", "two");
    let to = Setup::new().file("/incoming/f", "ONE").file("/incoming/g", "two");
    let pair = Pair::start(from, to).await;
    let mut job = mirror(&pair, Deletes::No);
    assert_eq!(planned_steps(&pair, job.clone()).await.0, BTreeSet::new());
    job.tree.compare = Compare::Checksum;
    assert_eq!(planned_steps(&pair, job.clone()).await.0, BTreeSet::from(["copy f".to_owned()]));
    let done = pair.run(job).await;
    assert_eq!(pair.to.root().read("/incoming/f").unwrap(), b"one", "{}", done.summary());
}

#[tokio::test]
async fn without_a_checksum_in_common_the_content_is_unknown() {
    use Compare::{Checksum, ChecksumOrCopy, ChecksumOrSize};
    for (compare, state) in [
        (Checksum, Some(ItemState::Failed)),
        (ChecksumOrCopy, Some(ItemState::Done)),
        (ChecksumOrSize, None),
    ] {
        let from = Setup::new().file("/pub/f", "one").at(1_700_000_000);
        let to = Setup::new().personality(Personality::Vsftpd).file("/incoming/f", "ONE");
        let pair = Pair::start(from, to).await;
        let mut job = mirror(&pair, Deletes::No);
        job.tree.compare = compare;
        let (steps, errors) = planned_steps(&pair, job.clone()).await;
        assert_eq!(errors.len(), usize::from(compare == Checksum), "{errors:?}");
        assert_eq!(steps.len(), usize::from(compare == ChecksumOrCopy), "{steps:?}");
        let done = pair.run(job).await;
        assert_eq!(done.items.first().map(|item| item.state), state, "{}", done.summary());
        assert!(done.summary().contains("no checksum in common"), "{}", done.summary());
    }
}

#[tokio::test]
async fn nothing_is_deleted_after_a_listing_error() {
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
                let (steps, errors) = planned_steps(&pair, mirror(&pair, Deletes::Yes)).await;
                assert!(!errors.is_empty(), "{fault}");
                assert!(!steps.iter().any(|step| step.starts_with("delete")), "{fault}: {steps:?}");
                continue;
            }
            let job = pair.run(mirror(&pair, Deletes::Yes)).await;
            let failed = !job.names(ItemState::Failed).is_empty();
            assert!(failed, "{fault}: {}\n{}", job.summary(), pair.ftp_log());
            for path in ["/incoming/gone", "/incoming/sub/h"] {
                assert!(pair.to.root().exists(path), "{fault}: {path}: {}", job.summary());
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
        let (steps, troubles) = planned_steps(&pair, mirror(&pair, Deletes::Yes)).await;
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
        assert_eq!(job.names(ItemState::Failed).len(), 1, "{fault}: {}", job.summary());
        assert_eq!(executed_steps(&job), reported_steps(&steps), "{fault}: {}", job.summary());
        assert!(!pair.to.root().exists("/incoming/gone"), "{fault}: {}", job.summary());
        for (path, content) in [("sub/h", "h"), ("sub/deep/i", "i"), ("sub/deep/g", "new")] {
            let read = pair.to.root().read(&format!("/incoming/{path}")).unwrap();
            assert_eq!(read, content.as_bytes(), "{fault}: {path}: {}", job.summary());
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
        assert_eq!(job.names(ItemState::Failed).len(), 1, "{command:?}: {}", job.summary());
        assert!(job.summary().contains("nothing is deleted"), "{command:?}: {}", job.summary());
        for path in ["gone", "sub/h", "f", "sub/g"] {
            let path = format!("/incoming/{path}");
            assert!(pair.to.root().exists(&path), "{command:?}: {path}: {}", job.summary());
        }
    }
}

#[tokio::test]
async fn hidden_files_of_the_source_stay_at_the_target() {
    let from = Setup::new().file("/pub/f", "f").file("/pub/.htaccess", "new");
    let from = from.without("MLSD").without("MLST").behavior(|manner| {
        (manner.list_options, manner.list_shows_hidden) = (false, false);
    });
    let to = Setup::new().file("/incoming/.htaccess", "old").file("/incoming/gone", "x");
    let pair = Pair::start(from, to).await;
    let (steps, _) = planned_steps(&pair, mirror(&pair, Deletes::Yes)).await;
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(executed_steps(&job), reported_steps(&steps), "{}", job.summary());
    assert_eq!(job.names(ItemState::Skipped), [".htaccess"], "{}", job.summary());
    assert_eq!(pair.to.root().read("/incoming/.htaccess").unwrap(), b"old");
    assert!(!pair.to.root().exists("/incoming/gone"), "{}", job.summary());
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
        let (steps, _) = planned_steps(&pair, mirror(&pair, Deletes::Yes)).await;
        let job = pair.run(mirror(&pair, Deletes::Yes)).await;
        assert_eq!(
            executed_steps(&job),
            reported_steps(&steps),
            "{personality:?} {}",
            job.summary()
        );
        let root = pair.to.root();
        for path in ["/elsewhere/keep", "/elsewhere/sub/keep"] {
            assert!(root.exists(path), "{personality:?} {path}: {}", job.summary());
        }
        let names = root.list("/incoming").unwrap();
        assert_eq!(names, ["both", "f"], "{personality:?} {}", job.summary());
    }
}

#[tokio::test]
async fn a_missing_source_deletes_nothing() {
    let pair = Pair::start(Setup::new().dir("/other"), Setup::new().file("/incoming/f", "f")).await;
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert!(pair.to.root().exists("/incoming/f"), "{}", job.summary());
    assert!(!job.remarks.is_empty(), "{}", job.summary());
}

#[tokio::test]
async fn nothing_is_deleted_without_confirmation() {
    let pair =
        Pair::start(Setup::new().file("/pub/f", "f"), Setup::new().file("/incoming/gone", "x"))
            .await;
    let job = pair.run(mirror(&pair, Deletes::Ask)).await;
    assert!(pair.to.root().exists("/incoming/gone"), "{}", job.summary());
    assert_eq!(pair.to.root().read("/incoming/f").unwrap(), b"f", "{}", job.summary());
}

#[tokio::test]
async fn a_file_and_a_directory_with_one_name_fail() {
    let from = Setup::new().file("/pub/a", "file").file("/pub/b/f", "f");
    let to = Setup::new().file("/incoming/a/x", "x").file("/incoming/b", "file");
    let pair = Pair::start(from, to).await;
    let (steps, errors) = planned_steps(&pair, mirror(&pair, Deletes::Yes)).await;
    assert!(steps.is_empty() && errors.len() == 2, "{steps:?} {errors:?}");
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(job.names(ItemState::Failed), ["a", "b"], "{}", job.summary());
    assert_eq!(pair.to.root().read("/incoming/a/x").unwrap(), b"x");
    assert_eq!(pair.to.root().read("/incoming/b").unwrap(), b"file");
}

#[tokio::test]
async fn missing_parents_of_the_target_are_created() {
    let from = Setup::new().file("/pub/f", content(10)).file("/pub/sub/g", content(20));
    let pair = Pair::start(from, Setup::new()).await;
    let mut job = mirror(&pair, Deletes::Yes);
    job.target = Some(pair.at_target("/incoming/a/b"));
    let done = pair.run(job).await;
    let expected = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/a/b").unwrap(), expected, "{}", done.summary());
}

#[tokio::test]
async fn local_target_and_local_source() {
    let from = Setup::new().file("/pub/f", content(10)).at(1_700_000_000).file("/pub/s/g", "g");
    let pair = Pair::start(from, Setup::new()).await;
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("local");
    let mut down = mirror(&pair, Deletes::Yes);
    down.target = Some(Location::Local(local.clone()));
    let mut up = mirror(&pair, Deletes::Yes);
    up.sources[0].at = Location::Local(local.clone());
    std::fs::create_dir(&local).unwrap();
    std::fs::write(local.join("gone"), "x").unwrap();
    for job in [&down, &up] {
        let done = pair.run(job.clone()).await;
        assert_eq!(done.names(ItemState::Failed), [""; 0], "{}", done.summary());
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
    assert!(!local.join("gone").exists());
    let expected = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming").unwrap(), expected);
}

#[tokio::test]
async fn a_directory_is_not_mirrored_into_itself() {
    let pair = Pair::start(Setup::new().file("/pub/f", "f"), Setup::new()).await;
    let mut job = mirror(&pair, Deletes::Yes);
    job.target = Some(pair.at_source("/pub/copy"));
    let done = pair.run(job).await;
    assert!(done.summary().contains("lies in the other"), "{}", done.summary());
    assert_eq!(pair.from.root().list("/pub").unwrap(), ["f"]);
}

#[tokio::test]
async fn a_partial_file_is_not_deleted_while_its_source_exists() {
    let size = 3 << 20;
    let pair = Pair::start(Setup::new().file("/pub/f", content(size)), Setup::new()).await;
    pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    pair.to.root().write("/incoming/old", "x").unwrap();
    pair.faults("on RETR 1 reset-data after 2000000", "");
    let job = pair.run(mirror(&pair, Deletes::No)).await;
    assert_eq!(job.only().state, ItemState::Failed, "{}", job.summary());
    let names_left = pair.incoming();
    assert!(names_left.iter().any(|name| name.ends_with(".fxpart")), "{names_left:?}");
    let (planned, _) = planned_steps(&pair, mirror(&pair, Deletes::Yes)).await;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(planned, names(&["copy f", "delete old"]));
    let job = pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(executed_steps(&job), planned, "{}", job.summary());
    assert_eq!(pair.incoming(), ["f"]);
    assert!(
        pair.from.control_log().iter().any(|line| line.command && line.text.starts_with("REST "))
    );

    // the partial file of a file that is gone at the source is deleted
    pair.from.root().write("/pub/g", content(size)).unwrap();
    pair.faults("on RETR 3 reset-data after 2000000", "");
    pair.run(mirror(&pair, Deletes::No)).await;
    assert_eq!(pair.incoming().len(), 2, "{:?}", pair.incoming());
    pair.from.root().remove("/pub/g").unwrap();
    pair.run(mirror(&pair, Deletes::Yes)).await;
    assert_eq!(pair.incoming(), ["f"], "{}", pair.ftp_log());
}
