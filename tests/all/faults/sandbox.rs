//! Downloads stay in the target directory: neither names from a server nor existing symbolic links
//! lead out of it.

use std::os::unix::fs::symlink;
use std::path::Path;

use fxpane::demo::Setup;
use fxpane::engine::FailureKind;
use fxpane::engine::handle::Command;
use fxpane::queue::{Deletes, ItemState, JobKind, JobSpec};
use fxpane::site::Location;

use super::pair::spec;
use super::{Pair, content};

fn release() -> Setup {
    Setup::new()
        .file("/pub/f", content(300))
        .file("/pub/sub/g", content(200))
        .file("/pub/sub/deep/h", content(100))
}

/// A job that downloads `/pub` into this directory.
fn get(pair: &Pair, to: &Path) -> JobSpec {
    spec(vec![pair.at_source("/pub")], Location::Local(to.to_owned()))
}

fn names(at: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(at).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn downloads_do_not_follow_links_in_the_target_directory() {
    let pair = Pair::start(release(), Setup::new()).await;
    let home = tempfile::tempdir().unwrap();
    let (outside, chosen) = (home.path().join("outside"), home.path().join("chosen"));
    std::fs::create_dir_all(outside.join("deep")).unwrap();
    std::fs::create_dir_all(chosen.join("pub")).unwrap();
    symlink(&outside, chosen.join("pub/sub")).unwrap();
    for skip_empty in [false, true] {
        let mut job = get(&pair, &chosen);
        job.tree.take.dirs.skip_empty = skip_empty;
        let job = pair.run(job).await;
        assert_eq!(job.names(ItemState::Done), ["f"], "{}", job.summary());
        let failed = job.items.iter().find(|item| item.state == ItemState::Failed).unwrap();
        assert_eq!(failed.failure, Some(FailureKind::Safety), "{}", job.summary());
        let reason = failed.ending.reason.as_deref().unwrap();
        assert!(reason.contains("chosen/pub/sub is a symbolic link"), "{reason}");
        assert_eq!(names(&outside), ["deep"], "{}", job.summary());
        assert_eq!(names(&outside.join("deep")), [""; 0], "{}", job.summary());
    }
}

#[tokio::test]
async fn a_link_created_between_listing_and_download_is_detected() {
    let pair = Pair::start(release(), Setup::new()).await;
    let home = tempfile::tempdir().unwrap();
    let (outside, chosen) = (home.path().join("outside"), home.path().join("chosen"));
    std::fs::create_dir_all(outside.join("deep")).unwrap();
    pair.engine.send(Command::Pause(true)).await.unwrap();
    let reports = pair.submit(get(&pair, &chosen)).await;
    while !chosen.join("pub/sub/deep").is_dir() {
        tokio::task::yield_now().await;
    }
    std::fs::rename(chosen.join("pub/sub"), home.path().join("moved")).unwrap();
    symlink(&outside, chosen.join("pub/sub")).unwrap();
    pair.engine.send(Command::Pause(false)).await.unwrap();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Done), ["f"], "{}", job.summary());
    assert_eq!(job.names(ItemState::Failed), ["g", "h"], "{}", job.summary());
    assert_eq!(names(&outside), ["deep"], "{}", job.summary());
}

#[tokio::test]
async fn the_target_directory_itself_may_be_a_link() {
    let pair = Pair::start(release(), Setup::new()).await;
    let home = tempfile::tempdir().unwrap();
    let (real, chosen) = (home.path().join("real"), home.path().join("chosen"));
    std::fs::create_dir(&real).unwrap();
    symlink(&real, &chosen).unwrap();
    let job = pair.run(get(&pair, &chosen)).await;
    assert_eq!(job.names(ItemState::Done), ["f", "g", "h"], "{}", job.summary());
    assert_eq!(std::fs::read(real.join("pub/sub/deep/h")).unwrap(), content(100));
}

#[tokio::test]
async fn a_link_in_place_of_a_file_is_replaced_not_followed() {
    let pair = Pair::start(release(), Setup::new()).await;
    let home = tempfile::tempdir().unwrap();
    let (outside, chosen) = (home.path().join("outside"), home.path().join("chosen"));
    std::fs::create_dir_all(chosen.join("pub")).unwrap();
    std::fs::write(&outside, "mine").unwrap();
    symlink(&outside, chosen.join("pub/f")).unwrap();
    let job = pair.run(get(&pair, &chosen)).await;
    assert_eq!(job.names(ItemState::Done), ["f", "g", "h"], "{}", job.summary());
    assert_eq!(std::fs::read(&outside).unwrap(), b"mine");
    assert_eq!(std::fs::read(chosen.join("pub/f")).unwrap(), content(300));
}

#[tokio::test]
async fn a_mirror_does_not_delete_through_links() {
    let pair = Pair::start(release(), Setup::new()).await;
    let home = tempfile::tempdir().unwrap();
    let (outside, chosen) = (home.path().join("outside"), home.path().join("chosen"));
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::create_dir_all(&chosen).unwrap();
    std::fs::write(outside.join("precious"), "mine").unwrap();
    symlink(&outside, chosen.join("sub")).unwrap();
    symlink(&outside, chosen.join("stray")).unwrap();
    let mut job = get(&pair, &chosen);
    job.kind = JobKind::Mirror;
    job.rename_to = true;
    job.tree.delete = Deletes::Yes;
    let job = pair.run(job).await;
    assert_eq!(names(&outside), ["precious"], "{}", job.summary());
    assert_eq!(names(&chosen), ["f", "sub"], "{}", job.summary());
    let failed = job.names(ItemState::Failed);
    assert_eq!(failed, ["sub"], "{}", job.summary());
}
