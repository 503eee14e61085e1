//! End-to-end tests of `fxpane sites`: editing, tests, the vault, imports and exports.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{Demo, Ran, ran};
use crate::program::Program;

/// The path of one of the program's files.
fn path_of(program: &Program, file: &str) -> PathBuf {
    let paths = run(program, &["config", "path", "--json"]).is(0).objects();
    PathBuf::from(paths[0][file].as_str().unwrap())
}

/// The program with this sites.toml.
fn with_sites(text: &str) -> Program {
    let program = Program::new().unwrap();
    let file = path_of(&program, "sites");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
    program
}

fn sites(program: &Program) -> String {
    fs::read_to_string(path_of(program, "sites")).unwrap()
}

#[track_caller]
fn run(program: &Program, words: &[&str]) -> Ran {
    ran(&mut program.fxpane(words))
}

const FILE: &str = "# mine\n\n# the nas\n[[site]]\nname = \"nas\" # at home\nhost = \"nas.example\"\n\
                    skip_files = \"*.nfo/*.txt\"\nfirst_files = \"*.sfv\"\npass_dirs = \"rel*\"\n\n\
                    [[site]]\nname = \"mirror\"\nhost = \"m.example\"\nfolder = \"work/eu\"\n";

#[test]
fn edit_keeps_comments_and_order() {
    let program = with_sites(FILE);
    let words = ["sites", "edit", "nas", "--set", "name=store", "--set", "max_sessions=2"];
    let edited = run(&program, &[&words[..], &["--json"]].concat()).is(0).objects();
    assert_eq!((&edited[0]["name"], &edited[0]["max_sessions"]), (&"store".into(), &2.into()));
    let expected =
        FILE.replace("\"nas\"", "\"store\"").replace("rel*\"\n", "rel*\"\nmax_sessions = 2\n");
    assert_eq!(sites(&program), expected);
    let words = ["sites", "edit", "store", "--set", "name=nas", "--unset", "max_sessions"];
    run(&program, &words).is(0);
    assert_eq!(sites(&program), FILE);
    assert!(
        run(&program, &["sites", "edit", "nas", "--set", "name=mirror"])
            .is(2)
            .err
            .contains("already")
    );
    assert!(
        run(&program, &["sites", "edit", "nsa", "--set", "port=1"]).is(2).err.contains("“nas”")
    );
    assert_eq!(sites(&program), FILE);
    let listed = run(&program, &["sites", "list", "--folder", "work"]).is(0);
    assert!(listed.out.starts_with("work/eu/mirror  anonymous@m.example:21"), "{listed:?}");
    let hosts = ["sites", "edit", "nas", "--set", "host=[\"a.example\", \"b.example\"]"];
    run(&program, &hosts).is(0);
    assert!(run(&program, &["sites", "list"]).is(0).out.contains("and 1 more host"));
}

#[test]
fn editor_gets_one_site_and_an_error_changes_nothing() {
    let program = with_sites(FILE);
    let edit = |script: &str| {
        let mut command = program.fxpane(&["sites", "edit", "nas", "--editor"]);
        ran(command.env("EDITOR", script))
    };
    edit("sed -i 's/# the nas/# my nas/; s/nas.example/nas2.example/'").is(0);
    let edited = FILE.replace("# the nas", "# my nas").replace("nas.example", "nas2.example");
    assert_eq!(sites(&program), edited);
    assert!(edit("true").is(0).err.contains("Nothing was changed"));
    let wrong = edit("sed -i 's/skip_files/skip_fils/'").is(2);
    assert!(wrong.err.contains("“skip_files”") && wrong.err.contains("the site:5:1"), "{wrong:?}");
    assert!(edit("false").is(2).err.contains("editor"));
    assert_eq!(sites(&program), edited);
    // the draft is deleted
    let data = path_of(&program, "certificates");
    let data = data.parent().unwrap();
    assert!(fs::read_dir(data).map_or(0, Iterator::count) == 0);
}

#[test]
fn names_are_tested_against_the_filters() {
    let program = with_sites(FILE);
    for (words, expected) in [
        (&["a.NFO"][..], "a rule of nas: matches *.nfo in the skip list (skip_files)"),
        (&["a.sfv"], "copied first: a rule of nas (first_files)"),
        (&["a.iso"], "copied in normal order"),
        (&["tmp", "--dir"], "not in the pass list (pass_dirs)"),
    ] {
        let all = [&["sites", "test", "nas", "--name"], words].concat();
        assert!(run(&program, &all).is(0).out.contains(expected), "{words:?}");
    }
    let json = run(&program, &["sites", "test", "nas", "--json", "--name", "a.nfo"]).is(0);
    let object = &json.objects()[0];
    assert_eq!((&object["action"], &object["list"]), (&"skip".into(), &"skip_files".into()));
}

#[test]
fn connection_test_reports_each_step() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    run(&program, &["sites", "add", "m", &format!("{}/pub", demo.left)]).is(0);
    let refused = run(&program, &["sites", "test", "m"]).is(4);
    assert!(refused.err.contains("--accept-cert") && refused.out.is_empty(), "{refused:?}");
    let steps = run(&program, &["sites", "test", "m", "--insecure", "--json"]).is(0).objects();
    let results: Vec<_> = steps.iter().map(|step| (&step["step"], &step["ok"])).collect();
    let all = ["connect", "list", "features"].map(Value::from);
    assert_eq!(results, all.iter().map(|step| (step, &Value::Bool(true))).collect::<Vec<_>>());
    assert_eq!(steps[0]["tls"], true);
    assert!(steps[2]["message"].as_str().unwrap().contains("SSCN"), "{steps:?}");
    run(&program, &["sites", "edit", "m", "--set", "start_path=/none"]).is(0);
    let steps = run(&program, &["sites", "test", "m", "--insecure", "--json"]).is(1).objects();
    assert_eq!((&steps[1]["step"], &steps[1]["ok"]), (&"list".into(), &false.into()));
}

#[test]
fn vault_stores_encrypted_passwords() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (pass, other) = (file("pass", "open sesame\n"), file("other", "hunter2"));
    let open = |words: &[&str]| ran(program.fxpane(words).args(["--vault-passphrase-file", &pass]));
    let unasked = run(&program, &["sites", "vault", "init"]).is(3);
    assert!(unasked.err.contains("--vault-passphrase-file"), "{unasked:?}");
    assert!(open(&["sites", "vault", "list"]).is(2).err.contains("no vault yet"));
    open(&["sites", "vault", "init"]).is(0);
    assert!(open(&["sites", "vault", "init"]).is(2).err.contains("already"));
    // the password of the URL is stored in the vault, not in sites.toml
    let url = format!("{}/pub", demo.left);
    open(&["sites", "add", "m", &url, "--password", "vault"]).is(0);
    assert!(sites(&program).contains("password = { vault = \"m\" }"));
    assert!(!sites(&program).contains("fxp-secret"));
    assert_eq!(open(&["sites", "vault", "list"]).is(0).out, "m\n");
    let status = run(&program, &["sites", "vault", "status", "--json"]).is(0).objects();
    assert_eq!(status[0]["used_by"], Value::from(vec!["m"]));

    let ls = ["ls", "-1", "m:", "--security", "none"];
    let listed = open(&ls).is(0).out;
    assert!(listed.contains("README.md"));
    let mut by_variable = program.fxpane(&ls);
    by_variable.env("FXPANE_VAULT_PASSPHRASE_FILE", &pass);
    assert_eq!(ran(&mut by_variable).is(0).out, listed);
    assert!(run(&program, &ls).is(3).err.contains("passphrase"));
    let wrong = ran(program.fxpane(&ls).args(["--vault-passphrase-file", &other])).is(3);
    assert!(wrong.err.contains("passphrase of the vault is wrong"), "{wrong:?}");
    assert!(!wrong.err.contains("hunter2"));

    let change = ["sites", "vault", "passphrase", "--new-passphrase-file", &other];
    open(&change).is(0);
    assert!(open(&ls).is(3).err.contains("wrong"));
    ran(program.fxpane(&ls).args(["--vault-passphrase-file", &other])).is(0);
    let set = ["sites", "vault", "set", "x", "--password-file", &pass];
    ran(program.fxpane(&set).args(["--vault-passphrase-file", &other])).is(0);
    let rm = ["sites", "vault", "rm", "y"];
    let missing = ran(program.fxpane(&rm).args(["--vault-passphrase-file", &other])).is(2);
    assert!(missing.err.contains("“y”"), "{missing:?}");
}

#[test]
fn sites_are_imported_and_exported() {
    let program = Program::new().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports");
    for (kind, file, some) in [
        ("filezilla", "filezilla-sitemanager.xml", "lab vsftpd 1"),
        ("cbftp", "cbftp-data", "ONE"),
        ("lftp", "lftp-bookmarks", "inet-abs"),
        ("netrc", "netrc", "ftp.example.org"),
        ("fxp-one", "fxp-one-sites", "local box"),
        ("mc", "mc-hotlist", "nas one"),
    ] {
        let file = folder.join(file);
        let words = ["sites", "import", kind, file.to_str().unwrap(), "--folder", kind];
        let dry = run(&program, &[&words[..], &["--dry-run"]].concat()).is(0);
        assert!(dry.out.contains(&format!("would add {some}")), "{dry:?}");
        assert!(dry.err.contains("would be added"), "{dry:?}");
        let done = run(&program, &[&words[..], &["--json"]].concat()).is(0);
        assert!(!done.out.contains("hunter2") && !done.err.contains("hunter2"), "{done:?}");
        let lines = done.objects();
        let summary = lines.last().unwrap();
        assert_eq!(summary["added"], lines.iter().filter(|line| line["event"] == "site").count());
        assert_eq!(summary["lost"], lines.iter().filter(|line| line["event"] == "loss").count());
        assert!(lines.iter().any(|line| line["event"] == "site" && line["name"] == some));
        // all sites exist already
        let again = run(&program, &[&words[..], &["--json"]].concat()).is(0).objects();
        assert_eq!(again.last().unwrap()["added"], 0, "{again:?}");
    }
    let all = run(&program, &["sites", "list", "--json"]).is(0).objects();
    assert!(all.iter().all(|site| site["folder"].is_string()));
    let shared = run(&program, &["sites", "export"]).is(0).out;
    assert!(!shared.contains("hunter2") && !shared.contains("p@ss"), "{shared}");
    assert!(run(&program, &["sites", "export", "--json"]).is(0).out.find("hunter2").is_none());
    let secret = folder_file(&program, "secret.toml");
    run(&program, &["sites", "export", "--with-passwords", "--output", &secret]).is(0);
    let text = fs::read_to_string(&secret).unwrap();
    assert!(text.contains("hunter2"));
    // a bare file name is relative to the current directory
    run(&program, &["sites", "export", "--with-passwords", "--output", "bare.toml"]).is(0);
    let here = program.other("x").get_current_dir().unwrap().to_owned();
    assert_eq!(fs::read_to_string(here.join("bare.toml")).unwrap(), text);
    let second = Program::new().unwrap();
    run(&second, &["sites", "import", "fxpane", &secret]).is(0);
    assert_eq!(run(&second, &["sites", "list", "--json"]).is(0).objects(), all);
}

#[test]
fn imported_passwords_are_stored_in_the_vault() {
    let program = Program::new().unwrap();
    let pass = folder_file(&program, "pass");
    fs::write(&pass, "open sesame").unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports/cbftp-data");
    let words = ["sites", "import", "cbftp", file.to_str().unwrap(), "--passwords", "vault"];
    let open = |words: &[&str]| ran(program.fxpane(words).args(["--vault-passphrase-file", &pass]));
    open(&words).is(0);
    assert!(!sites(&program).contains("hunter2"), "{}", sites(&program));
    assert_eq!(open(&["sites", "vault", "list"]).is(0).out, "ONE\nONE proxy\nTWO\n");
    let out = open(&["sites", "export", "ONE", "--with-passwords"]).is(0).out;
    assert!(out.contains("hunter2"), "{out}");
}

#[test]
fn a_password_on_the_command_line_is_refused_and_not_repeated() {
    let program = with_sites(FILE);
    for password in ["hunter2", "plain:hunter2", "env:", "vault:", "hunter2:x"] {
        let wrong = run(&program, &["sites", "edit", "nas", "--password", password]).is(2);
        assert!(wrong.err.contains("not the password itself"), "{wrong:?}");
        assert!(!wrong.err.contains("hunter2"), "{wrong:?}");
    }
}

#[test]
fn trusted_certificates_are_listed_added_and_forgotten() {
    let program = with_sites(FILE);
    let print = "AB:".repeat(32);
    let add = ["sites", "trust", "add", "nas", print.trim_end_matches(':'), "--json"];
    let added = run(&program, &add).is(0).objects();
    assert_eq!((&added[0]["host"], &added[0]["port"]), (&"nas.example".into(), &21.into()));
    run(&program, &["sites", "trust", "add", "other.example:990", &"cd".repeat(32)]).is(0);
    let listed = run(&program, &["sites", "trust", "list"]).is(0).out;
    assert!(listed.contains("other.example:990") && listed.contains(&"cd".repeat(32)), "{listed}");
    run(&program, &["sites", "trust", "forget", "nas"]).is(0);
    let listed = run(&program, &["sites", "trust", "list"]).is(0).out;
    assert!(!listed.contains("nas.example") && listed.contains("other.example"), "{listed}");
    assert!(
        run(&program, &["sites", "trust", "forget", "nas"])
            .is(1)
            .err
            .contains("no certificate is known")
    );
    assert!(
        run(&program, &["sites", "trust", "add", "nas", "12"]).is(2).err.contains("64 hexadecimal")
    );
}

/// A path in the program's configuration directory.
fn folder_file(program: &Program, name: &str) -> String {
    let folder = path_of(program, "config").parent().unwrap().to_owned();
    fs::create_dir_all(&folder).unwrap();
    folder.join(name).to_str().unwrap().to_owned()
}
