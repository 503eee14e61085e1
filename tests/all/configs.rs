//! The corpus of good and bad files of settings in `tests/configs`.
//!
//! The last line of a bad file tells what must be said about it: `# says: LINE:COLUMN: words`,
//! or the beginning of that.

use std::fs;
use std::path::{Path, PathBuf};

use fxpane::base::SourceText;
use fxpane::config::Settings;
use fxpane::site::sites_file;

/// The files of a folder, in order.
fn corpus(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(kind);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "the corpus is there");
    files
}

/// What the program says about a file; nothing when it is good.
fn judge(path: &Path) -> Option<String> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let source = SourceText::new(name, fs::read_to_string(path).unwrap());
    let problems = match name.split('-').next() {
        Some("config") => Settings::parse(&source).err(),
        Some("sites") => sites_file::parse(&source).err(),
        _ => panic!("{name}: neither config-… nor sites-…"),
    };
    problems.map(|problems| problems.to_string())
}

#[test]
fn good_files_are_read() {
    for path in corpus("good") {
        assert_eq!(judge(&path), None, "{}", path.display());
    }
}

#[test]
fn bad_files_are_told_about_with_place_and_remedy() {
    for path in corpus("bad") {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let says = text.lines().last().and_then(|line| line.strip_prefix("# says: ")).expect(name);
        let said = judge(&path).unwrap_or_else(|| panic!("{name} is not found to be bad"));
        assert!(said.starts_with(&format!("{name}:{says}")), "{name}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
