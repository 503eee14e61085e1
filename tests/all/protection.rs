//! `--data-protection` and its variants for one side, with the real program: the stricter setting
//! applies.

use crate::cli::{Demo, ran};
use crate::program::Program;

#[test]
fn each_side_can_be_set_separately() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let (file, directory) =
        (format!("{}/pub/README.md", demo.left), format!("{}/copies/", demo.right));
    for (options, protected) in [
        (&[][..], true),
        (&["--data-protection", "off"], false),
        (&["--src-data-protection", "off"], true),
        (&["--src-data-protection", "off", "--dst-data-protection", "off"], false),
        (&["--data-protection", "off", "--dst-data-protection", "require"], true),
        (&["--src-data-protection", "require", "--dst-data-protection", "off"], true),
        // the option for one side overrides the one for both
        (&["--data-protection", "require", "--src-data-protection", "off"], true),
    ] {
        let words = [&["cp", "--json", "--insecure", "--exists", "overwrite"], options].concat();
        let words = [&words[..], &[&file, &directory]].concat();
        let copied = ran(&mut program.fxpane(&words)).is(0);
        let item = &copied.objects()[0];
        assert_eq!(item["protected"], protected, "{options:?} {copied:?}");
        assert_eq!(item["via"], "direct", "{options:?} {copied:?}");
    }
    // without TLS, data cannot be encrypted
    for side in ["--src-data-protection", "--dst-data-protection"] {
        let words = ["cp", "--json", "--security", "none", side, "require", &file, &directory];
        let refused = ran(&mut program.fxpane(&words)).is(4);
        let error = refused.objects()[0]["message"].as_str().unwrap().to_owned();
        assert!(error.contains("data must be encrypted"), "{error}");
        assert!(error.contains("does not use TLS"), "{error}");
    }
}
