//! `docs/json.md`: its examples are JSON, have the fields of the sources, and are what the program
//! prints.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::{Demo, ran};
use crate::program::Program;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    fs::read_to_string(top().join("docs/json.md")).unwrap()
}

/// The lines of the JSON blocks, each of which must be an object.
fn examples(document: &str) -> Vec<Map<String, Value>> {
    let mut objects = Vec::new();
    for block in document.split("```json\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for line in block.lines() {
            match serde_json::from_str(line) {
                Ok(Value::Object(object)) => objects.push(object),
                other => panic!("not an object: {line}\n{other:?}"),
            }
        }
    }
    assert!(objects.len() > 40, "the examples are there");
    objects
}

/// The text of all sources below `src` that are not tests.
fn sources() -> String {
    let mut folders = vec![top().join("src")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    text
}

/// True when a struct has this field, or a text names it.
fn has_field(sources: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let field = format!("{name}: ");
    let declared = sources
        .match_indices(&field)
        .any(|(at, _)| sources[..at].chars().next_back().is_none_or(|before| !is_word(before)));
    declared || sources.contains(&format!("\"{name}\""))
}

/// All keys of an object and of those in it.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                found.insert(key.clone());
                keys(inner, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

/// The fields of an object, without those that only names that are not UTF-8 have.
fn fields(object: &Map<String, Value>) -> BTreeSet<String> {
    object.keys().filter(|key| !key.ends_with("_b64")).cloned().collect()
}

/// The value of `event`.
fn event(object: &Map<String, Value>) -> Option<&str> {
    object.get("event").and_then(Value::as_str)
}

#[test]
fn the_examples_have_the_fields_of_the_sources() {
    let sources = sources();
    let mut all = BTreeSet::new();
    for object in examples(&document()) {
        keys(&Value::Object(object), &mut all);
    }
    let unknown: Vec<_> = all.iter().filter(|key| !has_field(&sources, key)).collect();
    assert!(unknown.is_empty(), "no source has the fields {unknown:?}");
}

/// What follows this text up to the next quote, wherever it occurs.
fn quoted_after<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_event_of_the_command_line_is_described() {
    let examples = examples(&document());
    let described: BTreeSet<_> = examples.iter().filter_map(event).collect();
    let sources = sources();
    let printed = quoted_after(&sources, "event: \"");
    assert!(printed.contains("item") && printed.contains("summary"), "{printed:?}");
    let missing: Vec<_> = printed.difference(&described).collect();
    assert!(missing.is_empty(), "docs/json.md has no example of {missing:?}");
}

/// The fields of the structs that are made for `--json`: those that derive `Serialize`.
fn serialized(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let (mut derived, mut inside) = (false, false);
    for line in text.lines() {
        if line.starts_with("#[derive(") {
            derived = line.contains("Serialize");
        } else if line.contains("struct ") && line.ends_with('{') {
            inside = derived;
        } else if line == "}" {
            (derived, inside) = (false, false);
        } else if inside && let Some((name, _)) = line.trim().split_once(": ") {
            let name = name.rsplit(' ').next().unwrap_or(name);
            if !line.trim().starts_with("//") && !name.contains('#') {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn every_field_of_a_record_is_described() {
    let document = document();
    let mut looked_at = 0;
    let mut missing = Vec::new();
    let folders = ["src/cli", "src/cli/verb", "src/cli/verb/queue", "src/cli/verb/sites"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(top().join(folder)).unwrap());
    let files = files.map(|entry| entry.unwrap().path()).chain([top().join("src/queue/record.rs")]);
    for path in files.filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        let text = fs::read_to_string(&path).unwrap();
        for name in serialized(&text) {
            looked_at += 1;
            if !document.contains(&format!("`{name}`")) {
                missing.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "docs/json.md does not describe {missing:#?}");
    assert!(looked_at > 100, "the records are seen: {looked_at}");
}

/// True when an example has the same fields. Sites and the records of `queue export` have only those
/// that are set: there each field must be named.
fn is_described(object: &Map<String, Value>, line: &str, document: &str) -> bool {
    if line == "queue export" || object.contains_key("keep_permissions") {
        return object.keys().all(|key| document.contains(&format!("`{key}`")));
    }
    examples(document).iter().any(|example| fields(example) == fields(object))
}

#[test]
fn what_the_program_prints_is_described() {
    let document = document();
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    for (name, url, cert) in
        [("mirror", &demo.left, &demo.certs[0]), ("nas", &demo.right, &demo.certs[1])]
    {
        ran(&mut program.fxpane(&["sites", "add", name, url])).is(0);
        ran(&mut program.fxpane(&["sites", "trust", "add", name, cert])).is(0);
    }
    for (code, line) in [
        (0, "ls mirror:/pub"),
        (0, "stat mirror:/pub/README.md"),
        (1, "stat mirror:/nothing"),
        (0, "cp -r mirror:/pub/docs nas:/incoming/"),
        (1, "cp mirror:/nothing nas:/incoming/"),
        (0, "sync --dry-run mirror:/pub/docs nas:/incoming/copy"),
        (0, "sync mirror:/pub/docs nas:/incoming/copy"),
        (0, "get mirror:/pub/README.md here"),
        (0, "put here nas:/incoming/new"),
        (0, "mkdir nas:/incoming/a"),
        (0, "chmod 644 nas:/incoming/new"),
        (0, "mv nas:/incoming/new newer"),
        (0, "rm -r --yes nas:/incoming/a nas:/incoming/newer"),
        (0, "raw nas: NOOP"),
        (0, "doctor --no-write mirror: nas:"),
        (0, "doctor --known"),
        (0, "queue add --start-at +1h mirror:/pub/README.md nas:/incoming/later"),
        (0, "queue list"),
        (0, "queue export"),
        (0, "queue parts"),
        (0, "queue clear"),
        (0, "sites list"),
        (0, "sites test nas"),
        (0, "sites test nas --name a.nfo"),
        (0, "sites trust list"),
        (0, "sites vault status"),
        (0, "sites export --output sites-backup.toml"),
        (0, "config check"),
        (0, "config path"),
        (0, "config example"),
        (0, "completions bash"),
        (0, "man"),
        (0, "sites rm nas"),
    ] {
        let words: Vec<&str> = ["--json"].into_iter().chain(line.split(' ')).collect();
        let ran = ran(&mut program.fxpane(&words));
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        for object in ran.out.lines() {
            let Ok(Value::Object(object)) = serde_json::from_str(object) else {
                panic!("{line} prints {object}, which is not an object")
            };
            assert!(
                is_described(&object, line, &document),
                "docs/json.md lacks what {line} prints: {object:?}"
            );
        }
    }
}
