//! Export and import of the queue with the real program.

use std::fs;
use std::process::Stdio;

use crate::cli::ran;
use crate::program::Program;

/// Two files from one server to another, and a directory that is downloaded.
const FQF: &str = "0\u{1}0\u{1}ftp://joe:geheim@a.example:2121\u{1}ftp://joe@b.example:21\u{1}/a/f\u{1}/b/f\u{1}12\r\n\
    0\u{1}0\u{1}ftp://joe:geheim@a.example:2121\u{1}ftp://joe@b.example:21\u{1}/a/g\u{1}/b/g\u{1}0\r\n\
    1\u{1}0\u{1}ftp://joe:geheim@a.example:2121\u{1}-\u{1}/a/d\u{1}/home/joe/d\u{1}0\r\n";

#[test]
fn a_queue_is_exported_and_imported() {
    let program = Program::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let empty = ran(&mut program.fxpane(&["queue", "export"])).is(0);
    assert_eq!(empty.objects().len(), 2, "{empty:?}");
    fs::write(file("night.fqf"), FQF).unwrap();
    let added = ran(&mut program.fxpane(&["queue", "import", "--json", &file("night.fqf")])).is(0);
    let summary = &added.objects()[0];
    assert_eq!((&summary["jobs"], &summary["items"]), (&2.into(), &2.into()), "{added:?}");
    ran(&mut program.fxpane(&["queue", "export", &file("queue.json")])).is(0);
    let text = fs::read_to_string(file("queue.json")).unwrap();
    assert!(!text.contains("geheim"), "{text}");

    // the same queue in another installation, through a pipe
    let other = Program::new().unwrap();
    let mut import = other.fxpane(&["queue", "import", "-"]);
    import.stdin(Stdio::from(fs::File::open(file("queue.json")).unwrap()));
    ran(&mut import).is(0);
    let again = ran(&mut other.fxpane(&["queue", "export"])).is(0).out;
    assert_eq!(again, text);

    // an error in one line adds nothing
    let broken = text.replace("/b/g", "/b/..");
    fs::write(file("broken.json"), &broken).unwrap();
    let refused = ran(&mut other.fxpane(&["queue", "import", &file("broken.json")])).is(2);
    assert!(refused.err.contains("broken.json: line 4: "), "{refused:?}");
    assert_eq!(ran(&mut other.fxpane(&["queue", "export"])).is(0).out, text);

    let script = ran(&mut other.fxpane(&["queue", "export", "--format", "lftp"])).is(0).out;
    assert!(
        script.contains(
            "get \"ftp://joe@a.example:2121/%2Fa/f\" -o \"ftp://joe@b.example:21/%2Fb/f\""
        )
    );
    ran(&mut other.fxpane(&["queue", "export", &file("back.fqf")])).is(0);
    let back = fs::read_to_string(file("back.fqf")).unwrap();
    assert_eq!(back, FQF.replace(":geheim", ""));
    let table = ran(&mut other.fxpane(&["queue", "export", "--format", "csv"])).is(0).out;
    assert_eq!(table.lines().count(), 3, "{table}");
    ran(&mut other.fxpane(&["queue", "import", "--format", "csv", &file("queue.json")])).is(2);
    ran(&mut other.fxpane(&["queue", "import", &file("missing.json")])).is(1);
}
