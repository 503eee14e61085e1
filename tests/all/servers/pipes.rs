//! Uploads and downloads of single files: standard input and output, append, unique names, and text
//! in another character set.

use std::fs;
use std::path::Path;

use super::files::bytes;
use super::server::Server;
use super::{program_with_sites, server};
use crate::cli::{Ran, ran};
use crate::program::Program;

/// The test directory of one test, as a location of the site and as a local path.
struct TestSite<'a> {
    program: &'a Program,
    server: &'a Server,
    remote: String,
    local: &'a Path,
}

impl TestSite<'_> {
    fn at(&self, name: &str) -> String {
        format!("{}:{}/{name}", self.server.name, self.remote)
    }

    fn run(&self, words: &[&str]) -> Ran {
        ran(&mut self.program.fxpane(words))
    }

    /// Runs the program with this file as standard input.
    fn run_with_stdin(&self, file: &Path, words: &[&str]) -> Ran {
        let mut command = self.program.fxpane(words);
        ran(command.stdin(fs::File::open(file).unwrap()))
    }

    fn get(&self, options: &[&str], name: &str) -> Vec<u8> {
        let at = self.at(name);
        let mut command = self.program.fxpane(&["get", "-q", &at, "-"]);
        let output = command.args(options).output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", self.server.name);
        output.stdout
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.local.join(directory)).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort_unstable();
        names
    }
}

fn single_files(name: &str) {
    let server = server(name);
    let directory = server.test_dir().unwrap();
    let program = program_with_sites(&[&server]);
    let local = directory.local();
    let site =
        TestSite { program: &program, server: &server, remote: directory.remote.clone(), local };
    let home = tempfile::tempdir().unwrap();
    let local_file = home.path().join("here");
    let content = bytes(300_000, 7);
    fs::write(&local_file, &content).unwrap();

    // standard input, into a missing directory; no temporary file is left
    site.run_with_stdin(&local_file, &["put", "-", &site.at("new/way/piped")]).is(0);
    assert_eq!(fs::read(local.join("new/way/piped")).unwrap(), content, "{name}");
    assert_eq!(site.names("new/way"), ["piped"], "{name}");
    assert_eq!(site.get(&[], "new/way/piped"), content, "{name}");
    // when not interactive, an existing file is skipped by default
    let other = home.path().join("other");
    fs::write(&other, "other").unwrap();
    let left = site.run_with_stdin(&other, &["put", "-", &site.at("new/way/piped")]).is(0);
    assert!(left.out.contains("skipped"), "{name}: {left:?}");
    assert_eq!(site.get(&[], "new/way/piped"), content, "{name}");
    let over = ["put", "-", "--exists", "overwrite", &site.at("new/way/piped")];
    site.run_with_stdin(&other, &over).is(0);
    assert_eq!(site.get(&[], "new/way/piped"), b"other", "{name}");
    let missing = site.run(&["get", &site.at("new/missing"), "-"]).is(1);
    assert!(missing.err.contains("550"), "{name}: {missing:?}");
    assert_eq!(missing.out, "", "{name}");

    let file = other.to_str().unwrap();
    let appended = site.run(&["put", "--json", "--append", file, &site.at("new/way/piped")]);
    assert_eq!(appended.is(0).objects()[0]["verdict"], "complete", "{name}");
    assert_eq!(fs::read(local.join("new/way/piped")).unwrap(), b"otherother", "{name}");
    site.run_with_stdin(&other, &["put", "--append", "-", &site.at("log/new")]).is(0);
    site.run_with_stdin(&other, &["put", "--append", "-", &site.at("log/new")]).is(0);
    assert_eq!(site.get(&[], "log/new"), b"otherother", "{name}");

    let unique = site.run(&["put", "--json", "--unique", file, &site.at("log/new")]).is(0);
    let unique = unique.objects();
    let reason = unique[0]["reason"].as_str().unwrap();
    let stored = reason.split("stored as ").nth(1).unwrap_or_else(|| panic!("{name}: {reason}"));
    let stored = stored.rsplit('/').next().unwrap();
    assert_eq!(site.get(&[], "log/new"), b"otherother", "{name}");
    assert_eq!(fs::read(local.join("log").join(stored)).unwrap(), b"other", "{name}: {reason}");
    assert_eq!(site.names("log").len(), 2, "{name}");

    // text: UTF-8 and line feeds locally, Windows-1252 and the server's own line ends remotely
    let text = home.path().join("text");
    fs::write(&text, "Größe\nzwei\n").unwrap();
    let as_text = ["--type", "text", "--charset", "windows-1252"];
    let put = ["put", text.to_str().unwrap(), &site.at("text/t")];
    site.run(&[&put[..], &as_text].concat()).is(0);
    let raw = fs::read(local.join("text/t")).unwrap();
    assert!(raw.starts_with(b"Gr\xf6\xdfe"), "{name}: {raw:?}");
    assert_eq!(site.get(&as_text, "text/t"), "Größe\nzwei\n".as_bytes(), "{name}");
    assert_eq!(site.get(&[], "text/t"), raw, "{name}");
    // verified by checksum, or reported that the server computes none
    let checked = site.run(&["put", "--json", "--verify", "checksum", file, &site.at("sum/f")]);
    let verified = checked.objects()[0]["verified"].as_str().unwrap().to_owned();
    let computes = server.name.starts_with("proftpd");
    assert_eq!(verified, if computes { "sha512" } else { "size" }, "{name}");
    assert_eq!(
        checked.err.contains("does not support checksums"),
        !computes,
        "{name}: {checked:?}"
    );
}

macro_rules! each {
    ($($test:ident: $server:literal;)*) => {
        $(
            #[test]
            #[ignore = "needs real servers: tests/run"]
            fn $test() {
                single_files($server);
            }
        )*
    };
}

each! {
    single_files_on_vsftpd: "vsftpd";
    single_files_on_proftpd: "proftpd";
    single_files_on_pureftpd: "pureftpd";
    single_files_on_pyftpdlib: "pyftpdlib";
    single_files_on_inetutils: "inetutils";
}
