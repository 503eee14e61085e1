//! lftp can run the script of `queue export --format lftp`: copies between two servers, uploads and
//! downloads, with names that need quoting.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use fxpane::ftp::Kind;
use fxpane::queue::export::{QueueFormat, exporter};
use fxpane::queue::record::{Bytes, ItemRecord, JobRecord, QueueRecord, SiteRecord, SourceRecord};
use fxpane::site::{Security, Site};

use super::cp::server;
use super::files::digests;
use super::server::Server;
use crate::program::Program;

fn site(server: &Server) -> SiteRecord {
    let mut site = Site::new(server.host.clone());
    site.port = Some(server.port);
    site.user = Some(server.user.clone());
    site.security = Security::None;
    SiteRecord::of(&site)
}

fn job(
    id: u64,
    ends: [Option<&Server>; 2],
    source: &str,
    target: &str,
    listed: bool,
) -> QueueRecord {
    let bytes = |path: &str| Bytes(path.as_bytes().to_vec());
    let ends = ends.map(|server| server.map(site));
    let source = SourceRecord { path: bytes(source), kind: Some(Kind::Dir), size: None };
    QueueRecord::Job(Box::new(JobRecord {
        listed,
        ..JobRecord::copy(id, ends, source, bytes(target))
    }))
}

fn item(job: u64, source: &str, target: &str, replaces: bool) -> QueueRecord {
    let [source, target] = [source, target].map(|path| Bytes(path.as_bytes().to_vec()));
    QueueRecord::Item(Box::new(ItemRecord { replaces, ..ItemRecord::waiting(job, source, target) }))
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn lftp_runs_the_script() {
    const NAMES: [&str; 3] = ["plain", "a b%#'\"x; !echo y", "sub dir/$(z) ü"];
    let (source, target) = (server("proftpd"), server("vsftpd"));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    let local_dir = tempfile::tempdir().unwrap();
    let local = local_dir.path().to_str().unwrap();
    let tree = from.local().join("tree");
    for name in NAMES {
        let path = tree.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    fs::write(to.local().join("old"), "old").unwrap();
    fs::set_permissions(to.local().join("old"), fs::Permissions::from_mode(0o666)).unwrap();
    let (a, b) = (Some(&source), Some(&target));
    let remote = |directory: &str, name: &str| format!("{directory}/{name}");
    let mut records = vec![job(1, [a, b], &from.remote, &to.remote, true)];
    for name in NAMES {
        let (new, old) = (remote(&to.remote, &format!("fxp/{name}")), format!("tree/{name}"));
        records.push(item(1, &remote(&from.remote, &old), &new, false));
    }
    let (plain, old) = (remote(&from.remote, "tree/plain"), remote(&to.remote, "old"));
    records.push(item(1, &plain, &old, true));
    records.push(job(
        2,
        [a, b],
        &remote(&from.remote, "tree"),
        &remote(&to.remote, "mirror"),
        false,
    ));
    records.push(job(3, [a, None], &remote(&from.remote, "tree"), &format!("{local}/down"), false));
    records.push(job(4, [a, None], &plain, &format!("{local}/got"), true));
    records.push(item(4, &plain, &format!("{local}/got/it's \"here\""), false));
    records.push(job(5, [None, b], &format!("{local}/down"), &remote(&to.remote, "up"), false));

    let script = local_dir.path().join("jobs.lftp");
    let mut exporter = exporter(QueueFormat::Lftp, fs::File::create(&script).unwrap()).unwrap();
    for record in &records {
        exporter.record(record).unwrap();
    }
    assert_eq!(exporter.finish().unwrap().count, 0);
    let program = Program::new().unwrap();
    let mut lftp = program.other("lftp");
    lftp.env("HOME", local_dir.path()).env("LANG", "C.UTF-8").arg("-f").arg(&script);
    let logins: String = [&source, &target]
        .iter()
        .map(|s| format!("machine {} login {} password {}\n", s.host, s.user, s.pass))
        .collect();
    let netrc = local_dir.path().join(".netrc");
    fs::write(&netrc, logins).unwrap();
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(local_dir.path().join("got")).unwrap();
    let output = lftp.output().unwrap();
    let all = format!("{output:?}\n{}", fs::read_to_string(&script).unwrap());
    let expected = digests(&tree);
    for copy in [to.local().join("fxp"), to.local().join("mirror"), to.local().join("up")] {
        assert_eq!(digests(&copy), expected, "{copy:?} {all}");
    }
    assert_eq!(digests(&local_dir.path().join("down")), expected, "{all}");
    assert_eq!(fs::read(to.local().join("old")).unwrap(), b"plain", "{all}");
    assert_eq!(fs::read(local_dir.path().join("got/it's \"here\"")).unwrap(), b"plain", "{all}");
}
