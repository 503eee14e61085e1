//! Imports bookmarks that lftp has written, and uses them.

use std::fs;

use super::cp::server;
use crate::cli::ran;
use crate::program::Program;

#[test]
#[ignore = "needs real servers: tests/run"]
fn a_bookmark_imported_from_lftp_works() {
    let server = server("proftpd");
    let program = Program::new().unwrap();
    let home = program.other("x").get_current_dir().unwrap().to_owned();
    let added = format!(
        "bookmark add lab {}; bookmark add six ftp://joe@[::1]:2121/a; bookmark add shell sftp://h/",
        server.url("/src")
    );
    ran(program.other("lftp").args(["-c", &added])).is(0);
    // finds the file of lftp without an option
    let run = |words: &[&str]| ran(&mut program.fxpane(words));
    let dry = run(&["sites", "import", "lftp", "--dry-run"]).is(0);
    assert!(dry.out.contains("joe@[::1]:2121") && dry.err.contains("sftp://"), "{dry:?}");
    run(&["sites", "import", "lftp"]).is(0);
    let sites = fs::read_to_string(home.join("config/sites.toml")).unwrap();
    assert!(sites.contains(&server.pass) && !sites.contains("shell"), "{sites}");
    let listed = run(&["ls", "-1", "--insecure", "lab:"]).is(0);
    assert!(listed.out.contains("big.bin"), "{listed:?}");
}
