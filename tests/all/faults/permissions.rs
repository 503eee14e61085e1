//! Permissions of copies: set if requested and known, and never a reason to fail.

use fxpane::demo::{Personality, Setup};
use fxpane::queue::{Exists, ItemState, JobKind, JobSpec, ViaRule};
use fxpane::site::{Location, Switch};
use fxpane::transfer::Via;

use super::pair::{Job, spec};
use super::{OLD, Pair, content};

/// Too large to be written directly under its final name.
const LARGE: usize = (1 << 20) + 1;

/// Modes that no server sets by default.
const MODES: [(&str, u32); 5] = [
    ("/pub/tree", 0o711),
    ("/pub/tree/small", 0o604),
    ("/pub/tree/large", 0o440),
    ("/pub/tree/inner", 0o750),
    ("/pub/tree/inner/run", 0o755),
];

async fn tree(to: Setup) -> Pair {
    tree_of(Setup::new(), to).await
}

async fn tree_of(from: Setup, to: Setup) -> Pair {
    let from = from
        .file("/pub/tree/small", content(100))
        .file("/pub/tree/large", content(LARGE))
        .file("/pub/tree/inner/run", content(10));
    let pair = Pair::start(from, to).await;
    for (path, mode) in MODES {
        pair.from.root().set_mode(path, mode).unwrap();
    }
    pair
}

fn copy_with_permissions(pair: &Pair) -> JobSpec {
    let mut job = pair.copy(&["/pub/tree"]);
    job.rules.permissions = true;
    job
}

#[track_caller]
fn assert_done(pair: &Pair, job: &Job) {
    let done = job.names(ItemState::Done);
    assert_eq!(done, ["large", "run", "small"], "{}\n{}", job.summary(), pair.ftp_log());
    for name in ["large", "small", "inner/run"] {
        let sent = pair.from.root().read(&format!("/pub/tree/{name}")).unwrap();
        assert!(pair.to.root().read(&format!("/incoming/tree/{name}")).unwrap() == sent, "{name}");
    }
}

#[track_caller]
fn assert_kept(pair: &Pair, job: &Job) {
    assert_done(pair, job);
    for (path, mode) in MODES {
        let copy = path.replace("/pub/", "/incoming/");
        let have = pair.to.root().mode(&copy).unwrap();
        assert_eq!(format!("{have:o}"), format!("{mode:o}"), "{copy}\n{}", pair.ftp_log());
    }
    assert_eq!(job.remarks, [""; 0], "{}", job.summary());
}

fn chmods(pair: &Pair) -> usize {
    let log = pair.to.control_log();
    log.iter().filter(|line| line.command && line.text.contains("CHMOD")).count()
}

#[tokio::test]
async fn files_and_directories_get_the_permissions_of_their_sources() {
    for personality in
        [Personality::Proftpd, Personality::Vsftpd, Personality::Pureftpd, Personality::Pyftpdlib]
    {
        let of = || Setup::new().personality(personality);
        let pair = tree_of(of(), of()).await;
        let job = pair.run(copy_with_permissions(&pair)).await;
        assert_kept(&pair, &job);
        assert_eq!(chmods(&pair), MODES.len(), "{personality:?}\n{}", pair.ftp_log());
    }
}

#[tokio::test]
async fn relays_and_mirrors_keep_permissions() {
    let pair = tree(Setup::new()).await;
    let mut job = copy_with_permissions(&pair);
    job.rules.via = ViaRule::Relay;
    let job = pair.run(job).await;
    assert!(job.items.iter().all(|item| item.item.dir || item.ending.via == Some(Via::Relay)));
    assert_kept(&pair, &job);

    let pair = tree(Setup::new()).await;
    let mut job = spec(vec![pair.at_source("/pub/tree")], pair.at_target("/incoming/tree"));
    (job.kind, job.rename_to, job.rules.permissions) = (JobKind::Mirror, true, true);
    let job = pair.run(job).await;
    assert_kept(&pair, &job);
}

#[tokio::test]
async fn permissions_are_set_only_if_the_job_or_the_site_requests_it() {
    for (requested, site, kept) in [
        (false, Switch::Auto, false),
        (false, Switch::Yes, true),
        (true, Switch::No, false),
        (true, Switch::Auto, true),
    ] {
        let mut pair = tree(Setup::new()).await;
        pair.target.keep_permissions = site;
        // the setting of the source site does not matter
        pair.source.keep_permissions = Switch::Yes;
        let mut job = pair.copy(&["/pub/tree"]);
        job.rules.permissions = requested;
        let job = pair.run(job).await;
        assert_done(&pair, &job);
        assert_eq!(chmods(&pair) > 0, kept, "{requested} {site:?}");
    }
}

#[tokio::test]
async fn a_server_without_chmod_gets_one_attempt_per_session() {
    let pair = tree(Setup::new().without("SITE CHMOD")).await;
    let mut job = copy_with_permissions(&pair);
    job.rules.parallel = Some(1);
    let job = pair.run(job).await;
    assert_done(&pair, &job);
    assert!(job.items.iter().all(|item| item.ending.reason.is_none()), "{}", job.summary());
    assert_eq!(job.remarks.len(), 2, "{}", job.summary());
    assert!(job.remarks.iter().all(|remark| remark.starts_with("target ")), "{}", job.summary());
    // one session creates directories, the other one stores files
    assert_eq!(chmods(&pair), 2, "{}", pair.ftp_log());
}

#[tokio::test]
async fn a_refusal_for_one_file_is_a_note() {
    let pair = tree(Setup::new()).await;
    pair.faults("", "on SITE argument \"CHMOD*small\" reply 550 \"Not yours\"");
    let job = pair.run(copy_with_permissions(&pair)).await;
    assert_done(&pair, &job);
    let noted: Vec<&str> =
        job.items.iter().filter_map(|item| item.ending.reason.as_deref()).collect();
    assert_eq!(noted, ["permissions could not be set: 550 Not yours"], "{}", job.summary());
}

#[tokio::test]
async fn set_id_bits_are_not_copied_and_directories_stay_accessible_to_their_owner() {
    let from = Setup::new().file("/pub/d/tool", content(9));
    let pair = Pair::start(from, Setup::new()).await;
    pair.from.root().set_mode("/pub/d/tool", 0o6755).unwrap();
    pair.from.root().set_mode("/pub/d", 0o1555).unwrap();
    let mut job = pair.copy(&["/pub/d"]);
    job.rules.permissions = true;
    let job = pair.run(job).await;
    assert_eq!(job.names(ItemState::Done), ["tool"], "{}", job.summary());
    assert_eq!(pair.to.root().mode("/incoming/d/tool").unwrap(), 0o755);
    assert_eq!(pair.to.root().mode("/incoming/d").unwrap(), 0o755);
    assert!(job.remarks[0].contains("stay open to their owner"), "{}", job.summary());
}

#[tokio::test]
async fn a_replaced_file_gets_its_permissions_before_the_rename() {
    let pair = Pair::faulty("", "", 300).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.from.root().set_mode("/pub/f", 0o400).unwrap();
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.permissions = true;
    let job = pair.run(job).await;
    pair.assert_arrived(&job, "f");
    assert_eq!(pair.to.root().mode("/incoming/f").unwrap(), 0o400);
    let log = pair.ftp_log();
    assert!(log.find("CHMOD 400 /incoming/.f.") < log.find("RNTO"), "{log}");
}

#[cfg(unix)]
#[tokio::test]
async fn downloads_and_uploads_keep_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let pair = tree(Setup::new()).await;
    let home = tempfile::tempdir().unwrap();
    let mut job = spec(vec![pair.at_source("/pub/tree")], Location::Local(home.path().into()));
    job.rules.permissions = true;
    let down = pair.run(job).await;
    assert_eq!(down.names(ItemState::Done), ["large", "run", "small"], "{}", down.summary());
    for (path, mode) in MODES {
        let path = home.path().join(path.trim_start_matches("/pub/"));
        let have = std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(format!("{have:o}"), format!("{mode:o}"), "{path:?}");
    }
    let local = Location::Local(home.path().join("tree"));
    let mut job = spec(vec![local], pair.at_target("/incoming"));
    job.rules.permissions = true;
    job.rules.exists = Exists::Overwrite;
    let up = pair.run(job).await;
    assert_kept(&pair, &up);
}
