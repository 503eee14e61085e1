//! `--data-protection` and its forms for one side, through the real program: of two sites the
//! stricter one rules.

use crate::cli::{Demo, ran};
use crate::program::Program;

#[test]
fn each_side_may_be_told_by_itself() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let (file, folder) =
        (format!("{}/pub/README.md", demo.left), format!("{}/copies/", demo.right));
    for (options, protected) in [
        (&[][..], true),
        (&["--data-protection", "off"], false),
        (&["--src-data-protection", "off"], true),
        (&["--src-data-protection", "off", "--dst-data-protection", "off"], false),
        (&["--data-protection", "off", "--dst-data-protection", "require"], true),
        (&["--src-data-protection", "require", "--dst-data-protection", "off"], true),
        // the form for one side comes before the one for both
        (&["--data-protection", "require", "--src-data-protection", "off"], true),
    ] {
        let words = [&["cp", "--json", "--insecure", "--exists", "overwrite"], options].concat();
        let words = [&words[..], &[&file, &folder]].concat();
        let copied = ran(&mut program.fxpane(&words)).is(0);
        let item = &copied.objects()[0];
        assert_eq!(item["protected"], protected, "{options:?} {copied:?}");
        assert_eq!(item["via"], "direct", "{options:?} {copied:?}");
    }
    // without TLS there is nothing to protect data with
    for side in ["--src-data-protection", "--dst-data-protection"] {
        let words = ["cp", "--json", "--security", "none", side, "require", &file, &folder];
        let refused = ran(&mut program.fxpane(&words)).is(4);
        let error = refused.objects()[0]["message"].as_str().unwrap().to_owned();
        assert!(error.contains("its data must be protected"), "{error}");
        assert!(error.contains("not under TLS"), "{error}");
    }
}
