//! The corpus of good and bad files of settings in `tests/configs`.
//!
//! The last line of a bad file tells what must be said about it: `# says: LINE:COLUMN: words`,
//! or the beginning of that.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{Ran, ran};
use crate::program::Program;
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

/// The program's own judgement of a file, in its place.
fn checked(path: &Path, json: bool) -> Ran {
    let program = Program::new().unwrap();
    let paths = ran(&mut program.fxpane(&["config", "path", "--json"])).is(0).objects();
    let kind = path.file_name().unwrap().to_str().unwrap().split('-').next().unwrap();
    let file = PathBuf::from(paths[0][kind].as_str().unwrap());
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::copy(path, &file).unwrap();
    let words: &[&str] = if json { &["config", "check", "--json"] } else { &["config", "check"] };
    let checked = ran(&mut program.fxpane(words));
    assert_eq!(fs::read(&file).unwrap(), fs::read(path).unwrap(), "it is never written");
    checked
}

#[test]
fn the_program_tells_good_files_from_bad_ones() {
    for path in corpus("good") {
        let said = checked(&path, false).is(0);
        assert!(said.out.contains("are good"), "{}: {said:?}", path.display());
    }
    for path in corpus("bad") {
        let text = fs::read_to_string(&path).unwrap();
        let says = text.lines().last().unwrap().strip_prefix("# says: ").unwrap();
        let kind = path.file_name().unwrap().to_str().unwrap().split('-').next().unwrap();
        let said = checked(&path, false).is(2);
        assert!(said.err.contains(&format!("{kind}.toml:{says}")), "{}: {said:?}", path.display());
        let said = checked(&path, true).is(2).objects();
        let line: u64 = says.split(':').next().unwrap().parse().unwrap();
        assert_eq!((&said[0]["event"], &said[0]["line"]), (&"error".into(), &line.into()));
        assert_eq!(said.last().unwrap()["mistakes"], said.len() - 1);
    }
}

#[test]
fn keys_and_themes_are_checked_as_well() {
    let program = Program::new().unwrap();
    let paths = ran(&mut program.fxpane(&["config", "path", "--json"])).is(0).objects();
    let keymap = PathBuf::from(paths[0]["keymap"].as_str().unwrap());
    let themes = PathBuf::from(paths[0]["themes"].as_str().unwrap());
    fs::create_dir_all(&themes).unwrap();
    fs::write(&keymap, "quit = \"F10\"\ncopyy = \"x\"\n").unwrap();
    fs::write(themes.join("mine.toml"), "cursor = \"purpel\"\n").unwrap();
    let said = ran(&mut program.fxpane(&["config", "check"])).is(2);
    assert!(said.err.contains("keymap.toml:2: ") && said.err.contains("“copy”"), "{said:?}");
    assert!(said.err.contains("mine.toml:1: "), "{said:?}");
}
