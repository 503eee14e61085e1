//! The corpus of valid and invalid configuration files in `tests/configs`.
//!
//! The last line of an invalid file is the expected error message, or its beginning:
//! `# error: LINE:COLUMN: message`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{Ran, ran};
use crate::program::Program;
use fxpane::base::SourceText;
use fxpane::config::Settings;
use fxpane::site::sites_file;

/// The files of a directory, sorted.
fn corpus(kind: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(kind);
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "the corpus is incomplete");
    files
}

/// The errors of a file; `None` if it is valid.
fn errors_of(path: &Path) -> Option<String> {
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
fn valid_files_are_accepted() {
    for path in corpus("good") {
        assert_eq!(errors_of(&path), None, "{}", path.display());
    }
}

#[test]
fn errors_are_reported_with_position_and_suggestion() {
    for path in corpus("bad") {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let expected = text.lines().last().and_then(|line| line.strip_prefix("# error: "));
        let expected = expected.expect(name);
        let errors = errors_of(&path).unwrap_or_else(|| panic!("{name} is accepted"));
        assert!(errors.starts_with(&format!("{name}:{expected}")), "{name}: {errors}");
        assert!(!errors.contains("hunter2"), "{errors}");
    }
}

/// Runs `config check` with this file in its place.
fn checked(path: &Path, json: bool) -> Ran {
    let program = Program::new().unwrap();
    let paths = ran(&mut program.fxpane(&["config", "path", "--json"])).is(0).objects();
    let kind = path.file_name().unwrap().to_str().unwrap().split('-').next().unwrap();
    let file = PathBuf::from(paths[0][kind].as_str().unwrap());
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::copy(path, &file).unwrap();
    let words: &[&str] = if json { &["config", "check", "--json"] } else { &["config", "check"] };
    let checked = ran(&mut program.fxpane(words));
    assert_eq!(fs::read(&file).unwrap(), fs::read(path).unwrap(), "the file was modified");
    checked
}

#[test]
fn config_check_finds_all_errors() {
    for path in corpus("good") {
        let valid = checked(&path, false).is(0);
        assert!(valid.out.contains("configuration is valid"), "{}: {valid:?}", path.display());
    }
    for path in corpus("bad") {
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().last().unwrap().strip_prefix("# error: ").unwrap();
        let kind = path.file_name().unwrap().to_str().unwrap().split('-').next().unwrap();
        let output = checked(&path, false).is(2);
        assert!(output.err.contains(&format!("{kind}.toml:{expected}")), "{output:?}");
        let records = checked(&path, true).is(2).objects();
        let line: u64 = expected.split(':').next().unwrap().parse().unwrap();
        assert_eq!((&records[0]["event"], &records[0]["line"]), (&"error".into(), &line.into()));
        assert_eq!(records.last().unwrap()["mistakes"], records.len() - 1);
    }
}

#[test]
fn config_check_covers_the_key_map_and_themes() {
    let program = Program::new().unwrap();
    let paths = ran(&mut program.fxpane(&["config", "path", "--json"])).is(0).objects();
    let keymap = PathBuf::from(paths[0]["keymap"].as_str().unwrap());
    let themes = PathBuf::from(paths[0]["themes"].as_str().unwrap());
    fs::create_dir_all(&themes).unwrap();
    fs::write(&keymap, "quit = \"F10\"\ncopyy = \"x\"\n").unwrap();
    fs::write(themes.join("mine.toml"), "cursor = \"purpel\"\n").unwrap();
    let output = ran(&mut program.fxpane(&["config", "check"])).is(2);
    assert!(output.err.contains("keymap.toml:2: ") && output.err.contains("“copy”"), "{output:?}");
    assert!(output.err.contains("mine.toml:1: "), "{output:?}");
}
