//! Every reason that the code cites stands in `docs/`: numbered rules, quirks and headings.
//!
//! The forms are "(transfer rule 2)" for a rule of `docs/transfer-rules.md`, "(quirk 41)" for
//! `docs/ftp-quirks.md`, and the path of a document, with a heading of it in quotes or without:
//! `docs/servers.md "Listings"`. A citation may wrap. The other way round, every file and folder
//! that a document names exists: `src/main.rs`, `tests/all`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A document: its headings, without their marks.
type Headings = BTreeSet<String>;

/// All documents by their file names.
#[derive(Debug, Default)]
struct Library(BTreeMap<String, Headings>);

impl Library {
    fn of(documents: &[(String, String)]) -> Self {
        let headings = |text: &str| {
            let mut code = false;
            let outside = text.lines().filter(move |line| {
                code ^= line.starts_with("```");
                !code
            });
            let headings = outside.filter_map(|line| {
                let bare = line.trim_start_matches('#');
                (bare.len() < line.len()).then(|| bare.trim().to_owned())
            });
            headings.collect()
        };
        let named = documents.iter().map(|(name, text)| (name.clone(), headings(text)));
        Self(named.collect())
    }

    /// True when a heading of the document begins with `Rule 2:` or the like.
    fn has_number(&self, document: &str, kind: &str, number: u32) -> bool {
        let start = format!("{kind} {number}:");
        let headings = self.0.get(document);
        headings.is_some_and(|all| all.iter().any(|heading| heading.starts_with(&start)))
    }

    fn has_heading(&self, document: &str, heading: &str) -> bool {
        self.0.get(document).is_some_and(|headings| headings.contains(heading))
    }
}

/// A text without line ends and comment marks, and which line each byte of it came from.
struct Joined {
    text: String,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Joined {
    fn of(text: &str, mark: char) -> Self {
        let mut joined = Self { text: String::new(), starts: Vec::new() };
        for line in text.lines() {
            joined.starts.push(joined.text.len());
            let line = line.trim();
            let bare = line.trim_start_matches(mark);
            let bare = if bare.len() < line.len() { bare.trim_start_matches('!') } else { bare };
            joined.text.push_str(bare.trim());
            joined.text.push(' ');
        }
        joined
    }

    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
}

/// The numbers after a word such as "quirks": `2`, `2 and 9`, `2, 8 and 12`, `3 to 5`.
fn numbers(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut range = false;
    loop {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Ok(number) = rest[..digits].parse::<u32>() else { return found };
        match found.last() {
            Some(&from) if range => found.extend(from + 1..=number),
            _ => found.push(number),
        }
        rest = &rest[digits..];
        let join = [", ", " and ", " or ", " to "].iter().find(|join| rest.starts_with(**join));
        let Some(join) = join else { return found };
        range = *join == " to ";
        rest = &rest[join.len()..];
    }
}

/// The headings in quotes after a document's name: one, or several with `and` or a comma.
fn quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut joins: &[&str] = &[" \""];
    while let Some(join) = joins.iter().find(|join| rest.starts_with(**join)) {
        let inner = &rest[join.len()..];
        let Some(end) = inner.find('"') else { break };
        found.push(&inner[..end]);
        rest = &inner[end + 1..];
        joins = &[" and \"", ", \""];
    }
    found
}

/// What a file cites that is not there. `cited` counts what was seen.
fn dangling(joined: &Joined, library: &Library, cited: &mut usize) -> Vec<(usize, String)> {
    let text = joined.text.as_str();
    let lower = text.to_ascii_lowercase();
    let mut wrong = Vec::new();
    for (word, kind, document) in
        [("transfer rule", "Rule", "transfer-rules.md"), ("quirk", "Quirk", "ftp-quirks.md")]
    {
        for (at, _) in lower.match_indices(word) {
            let after = &lower[at + word.len()..];
            let after = after.strip_prefix('s').unwrap_or(after);
            for number in after.strip_prefix(' ').map(numbers).unwrap_or_default() {
                *cited += 1;
                if !library.has_number(document, kind, number) {
                    wrong.push((joined.line(at), format!("{word} {number}")));
                }
            }
        }
    }
    let folder = "docs/";
    for (at, _) in text.match_indices(folder) {
        let path = &text[at + folder.len()..];
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let rest = path.trim_start_matches(is_name);
        let Some(after) = rest.strip_prefix(".md").filter(|_| rest.len() < path.len()) else {
            continue;
        };
        let document = &path[..path.len() - after.len()];
        *cited += 1;
        if !library.0.contains_key(document) {
            wrong.push((joined.line(at), format!("{folder}{document}")));
            continue;
        }
        for heading in quoted(after.strip_prefix('`').unwrap_or(after)) {
            *cited += 1;
            if !library.has_heading(document, heading) {
                wrong.push((joined.line(at), format!("{folder}{document} \"{heading}\"")));
            }
        }
    }
    for (former, word) in [("design", " rule"), ("design", " section"), ("reference", "/")] {
        let needle = format!("{former}{word}");
        for (at, _) in lower.match_indices(&needle) {
            wrong.push((joined.line(at), needle.clone()));
        }
    }
    wrong
}

/// All files below `folder` with this ending, their paths relative to the repository.
fn files(top: &Path, folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(top.join(folder)) else { return found };
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap_or_default();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            if !folder.is_empty() && name != "target" {
                found.extend(files(top, &path, ending));
            }
        } else if name.ends_with(ending) {
            found.push((path.clone(), fs::read_to_string(top.join(&path)).unwrap()));
        }
    }
    found
}

fn documents(top: &Path) -> Vec<(String, String)> {
    let named = files(top, "docs", ".md").into_iter();
    named.map(|(path, text)| (path["docs/".len()..].to_owned(), text)).collect()
}

#[test]
fn what_is_cited_is_there() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = Library::of(&documents(top));
    let sources = ["src", "tests", "benches", "fuzz"];
    let mut all: Vec<_> =
        sources.iter().flat_map(|folder| files(top, folder, ".rs")).map(|f| (f, '/')).collect();
    all.extend(files(top, "", ".md").into_iter().map(|file| (file, '>')));
    all.extend(files(top, "docs", ".md").into_iter().map(|file| (file, '>')));
    all.extend(files(top, "", ".toml").into_iter().map(|file| (file, '#')));
    let (mut wrong, mut cited) = (Vec::new(), 0);
    for ((path, text), mark) in &all {
        for (line, what) in dangling(&Joined::of(text, *mark), &library, &mut cited) {
            wrong.push(format!("{path}:{line}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "cited, and not in docs/:\n{}\n", wrong.join("\n"));
    // a test that no longer sees the sources would find nothing wrong either
    assert!(cited > 150, "only {cited} citations were seen");
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = documents(top);
    let library = Library::of(&documents);
    let mut wrong = Vec::new();
    for (name, text) in &documents {
        let joined = Joined::of(text, '>');
        for (at, _) in joined.text.match_indices("](") {
            let target = joined.text[at + 2..].split(')').next().unwrap_or_default();
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            if target.contains("://") {
                continue;
            }
            if file.contains('/') {
                if !top.join("docs").join(file).exists() {
                    wrong.push(format!("docs/{name}:{}: {target}", joined.line(at)));
                }
                continue;
            }
            let headings = library.0.get(if file.is_empty() { name.as_str() } else { file });
            let found = headings.is_some_and(|headings| {
                heading.is_empty() || headings.iter().any(|h| anchor(h) == heading)
            });
            if !found {
                wrong.push(format!("docs/{name}:{}: {target}", joined.line(at)));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}\n", wrong.join("\n"));
}

/// The paths from the top of the repository that a document names, with their lines. A path with
/// `NAME` in it stands for many.
fn named_paths(text: &str) -> Vec<(usize, &str)> {
    const FOLDERS: [&str; 5] = ["src/", "tests/", "assets/", "benches/", "fuzz/"];
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (at, _) in FOLDERS.iter().flat_map(|folder| line.match_indices(folder)) {
            let path =
                &line[at..line[at..].find(|c| !is_part(c)).map_or(line.len(), |end| at + end)];
            if !line[..at].ends_with(is_part) && !path.contains("NAME") {
                found.push((number + 1, path.trim_end_matches('.')));
            }
        }
    }
    found
}

#[test]
fn files_that_documents_name_exist() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (document, text) in files(top, "docs", ".md").into_iter().chain(files(top, "", ".md")) {
        for (line, path) in named_paths(&text) {
            seen += 1;
            if !top.join(path).exists() {
                wrong.push(format!("{document}:{line}: {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "named, and not there:\n{}\n", wrong.join("\n"));
    assert!(seen > 200, "only {seen} paths were seen");
}

#[test]
fn paths_are_found_in_text() {
    let text = "`src/a-b/c_d.rs`, and tests/all.\n../src/x.rs libsrc/y.rs src/NAME.rs src/…";
    assert_eq!(named_paths(text), [(1, "src/a-b/c_d.rs"), (1, "tests/all"), (2, "src/")]);
}

#[test]
fn an_invented_citation_is_reported() {
    let document = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let library = Library::of(&[
        document("transfer-rules.md", "# R\n\n## Rule 1: one\n\n## Rule 2: two\n\n## Names\n"),
        document("ftp-quirks.md", "### Quirk 4: a\n### Quirk 5: b\n```\n# no heading\n```\n"),
    ]);
    // put together here, so that the test of the sources does not meet them
    let rule = ["transfer", "rule"].join(" ");
    let quirk = "quirk";
    let (docs, former) = ("docs", "design");
    for (text, wrong) in [
        (format!("/// x ({rule} 2)"), None),
        (format!("/// x ({rule}s 1\n/// and 2), {quirk}s 4 to 5"), None),
        (format!("//! {docs}/transfer-rules.md \"Names\" and \"Rule 1: one\""), None),
        (format!("    // ({docs}/ftp-quirks.md)"), None),
        (format!("/// x ({rule} 3)"), Some(format!("{rule} 3"))),
        (format!("/// x ({rule}s 1 to\n/// 3)"), Some(format!("{rule} 3"))),
        (format!("/// a {quirk}\n    /// 6"), Some(format!("{quirk} 6"))),
        (format!("/// {quirk}s 4, 5 and 41"), Some(format!("{quirk} 41"))),
        (format!("/// {docs}/nowhere.md"), Some(format!("{docs}/nowhere.md"))),
        (
            format!("/// {docs}/ftp-quirks.md \"no\n/// heading\""),
            Some(format!("{docs}/ftp-quirks.md \"no heading\"")),
        ),
        (format!("/// ({former}\n/// rule 2)"), Some(format!("{former} rule"))),
    ] {
        let mut cited = 0;
        let found = dangling(&Joined::of(&text, '/'), &library, &mut cited);
        let found: Vec<String> = found.into_iter().map(|(_, what)| what).collect();
        assert_eq!(found, wrong.into_iter().collect::<Vec<_>>(), "{text}");
        assert!(cited > 0 || text.contains(former), "{text}");
    }
    let joined = Joined::of("//! a\n//! b\nfn f() {}", '/');
    assert_eq!((joined.text.as_str(), joined.line(2), joined.line(4)), ("a b fn f() {} ", 2, 3));
}
