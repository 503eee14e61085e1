//! Single files between this machine and real servers: through standard input and output, behind
//! what is there, beside it, and as text in another character set.

use std::fs;
use std::path::Path;

use super::files::bytes;
use super::server::Server;
use super::{bookmarks, server};
use crate::cli::{Ran, ran};
use crate::program::Program;

/// Where one test is at work: the bookmark's folder, and the same folder as this machine sees it.
struct Place<'a> {
    program: &'a Program,
    server: &'a Server,
    remote: String,
    local: &'a Path,
}

impl Place<'_> {
    fn at(&self, name: &str) -> String {
        format!("{}:{}/{name}", self.server.name, self.remote)
    }

    fn run(&self, words: &[&str]) -> Ran {
        ran(&mut self.program.fxpane(words))
    }

    /// With this file as standard input.
    fn fed(&self, file: &Path, words: &[&str]) -> Ran {
        let mut command = self.program.fxpane(words);
        ran(command.stdin(fs::File::open(file).unwrap()))
    }

    fn got(&self, options: &[&str], name: &str) -> Vec<u8> {
        let at = self.at(name);
        let mut command = self.program.fxpane(&["get", "-q", &at, "-"]);
        let output = command.args(options).output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", self.server.name);
        output.stdout
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.local.join(folder)).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort_unstable();
        names
    }
}

fn single_files(name: &str) {
    let server = server(name);
    let folder = server.folder().unwrap();
    let program = bookmarks(&[&server]);
    let local = folder.local();
    let place = Place { program: &program, server: &server, remote: folder.remote.clone(), local };
    let home = tempfile::tempdir().unwrap();
    let here = home.path().join("here");
    let content = bytes(300_000, 7);
    fs::write(&here, &content).unwrap();

    // a pipe, to a directory that is not there yet; no temporary file stays
    place.fed(&here, &["put", "-", &place.at("new/way/piped")]).is(0);
    assert_eq!(fs::read(local.join("new/way/piped")).unwrap(), content, "{name}");
    assert_eq!(place.names("new/way"), ["piped"], "{name}");
    assert_eq!(place.got(&[], "new/way/piped"), content, "{name}");
    // without a terminal what exists stays, unless it is said
    let other = home.path().join("other");
    fs::write(&other, "other").unwrap();
    let left = place.fed(&other, &["put", "-", &place.at("new/way/piped")]).is(0);
    assert!(left.out.contains("skipped"), "{name}: {left:?}");
    assert_eq!(place.got(&[], "new/way/piped"), content, "{name}");
    let over = ["put", "-", "--exists", "overwrite", &place.at("new/way/piped")];
    place.fed(&other, &over).is(0);
    assert_eq!(place.got(&[], "new/way/piped"), b"other", "{name}");
    let missing = place.run(&["get", &place.at("new/missing"), "-"]).is(1);
    assert!(missing.err.contains("550"), "{name}: {missing:?}");
    assert_eq!(missing.out, "", "{name}");

    let file = other.to_str().unwrap();
    let appended = place.run(&["put", "--json", "--append", file, &place.at("new/way/piped")]);
    assert_eq!(appended.is(0).objects()[0]["verdict"], "complete", "{name}");
    assert_eq!(fs::read(local.join("new/way/piped")).unwrap(), b"otherother", "{name}");
    place.fed(&other, &["put", "--append", "-", &place.at("log/new")]).is(0);
    place.fed(&other, &["put", "--append", "-", &place.at("log/new")]).is(0);
    assert_eq!(place.got(&[], "log/new"), b"otherother", "{name}");

    let beside = place.run(&["put", "--json", "--unique", file, &place.at("log/new")]).is(0);
    let beside = beside.objects();
    let reason = beside[0]["reason"].as_str().unwrap();
    let stored = reason.split("stored as ").nth(1).unwrap_or_else(|| panic!("{name}: {reason}"));
    let stored = stored.rsplit('/').next().unwrap();
    assert_eq!(place.got(&[], "log/new"), b"otherother", "{name}");
    assert_eq!(fs::read(local.join("log").join(stored)).unwrap(), b"other", "{name}: {reason}");
    assert_eq!(place.names("log").len(), 2, "{name}");

    // text: here UTF-8 and line feeds, there Windows-1252 and whatever the server makes of CRLF
    let text = home.path().join("text");
    fs::write(&text, "Größe\nzwei\n").unwrap();
    let as_text = ["--type", "text", "--charset", "windows-1252"];
    let put = ["put", text.to_str().unwrap(), &place.at("text/t")];
    place.run(&[&put[..], &as_text].concat()).is(0);
    let raw = fs::read(local.join("text/t")).unwrap();
    assert!(raw.starts_with(b"Gr\xf6\xdfe"), "{name}: {raw:?}");
    assert_eq!(place.got(&as_text, "text/t"), "Größe\nzwei\n".as_bytes(), "{name}");
    assert_eq!(place.got(&[], "text/t"), raw, "{name}");
    // checked by a digest, or it is said that nobody computes one
    let checked = place.run(&["put", "--json", "--verify", "checksum", file, &place.at("sum/f")]);
    let verified = checked.objects()[0]["verified"].as_str().unwrap().to_owned();
    let computes = server.name.starts_with("proftpd");
    assert_eq!(verified, if computes { "sha512" } else { "size" }, "{name}");
    assert_eq!(checked.err.contains("computes no checksums"), !computes, "{name}: {checked:?}");
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
