//! The rules of the house, as a pure function from sources to violations.
//!
//! 1. A module names only modules on lower rungs ([`RUNGS`]; `demo` only those of [`ONLY`]).
//! 2. Of the folders in one folder, none names another in a circle, however long. The files of one
//!    folder may name each other: a folder is one thought. A name that the parent re-exports
//!    counts as its owner's; a parent and its children may name each other.
//! 3. Inside `ui` the children of [`UI_ORDER`] name only their own or an earlier group.
//! 4. A file has at most [`LONGEST`] lines and begins with its module doc.
//!
//! Test code is bound by the last rule alone.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{self, Import, Name, Path, Source};

/// The rungs, bottom to top; modules on one rung do not name each other.
const RUNGS: [&[&str]; 13] = [
    &["base"],
    &["ftp"],
    &["net"],
    &["config"],
    &["site"],
    &["session"],
    &["demo"],
    &["transfer"],
    &["queue"],
    &["engine"],
    &["remote"],
    &["ui", "cli"],
    &["app"],
];

/// Modules that may name less than all lower rungs.
const ONLY: [(&str, &[&str]); 1] = [("demo", &["base", "ftp", "net"])];

/// The order inside `ui`; what is not listed is bound by the rule on circles.
const UI_ORDER: [&[&str]; 5] =
    [&["action", "key", "keymap", "theme", "layout"], &["model"], &["update"], &["view"], &["run"]];

/// Lines of a file.
const LONGEST: usize = 600;

/// One source file, its path relative to the repository with `/` between folders.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

/// What was found: the violations, one line each, and how much was looked at.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) violations: Vec<String>,
    /// Names in `src` that lead from one module into another.
    pub(super) crossings: usize,
}

/// Checks all files; those outside of `src` only for length and module doc.
pub(super) fn check(files: &[File]) -> Report {
    let mut report = Report::default();
    for file in files {
        check_shape(file, &mut report.violations);
    }
    let house = House::read(files, &mut report.violations);
    house.check_rungs(&mut report);
    house.check_siblings(&mut report.violations);
    report.violations.sort();
    report.violations.dedup();
    report
}

fn check_shape(file: &File, violations: &mut Vec<String>) {
    let lines = file.text.lines().count();
    if lines > LONGEST {
        violations.push(format!("{}: {lines} lines; at most {LONGEST}", file.path));
    }
    if !file.text.starts_with("//!") {
        violations.push(format!("{}:1: begins without a module doc (//!)", file.path));
    }
}

/// A room: one file of `src` that is no test code.
struct Room<'a> {
    file: &'a str,
    module: Vec<String>,
    source: Source,
}

/// All rooms, and where each module is.
struct House<'a> {
    rooms: Vec<Room<'a>>,
    modules: BTreeSet<Vec<String>>,
    imports: BTreeMap<Vec<String>, Vec<Import>>,
}

impl<'a> House<'a> {
    fn read(files: &'a [File], violations: &mut Vec<String>) -> Self {
        let mut rooms = Vec::new();
        for file in files {
            let Some(module) = module_of(&file.path) else { continue };
            match names::read(&module, &file.text) {
                Ok(source) => rooms.push(Room { file: &file.path, module, source }),
                Err(error) => violations.push(format!("{}: {error}", file.path)),
            }
        }
        let tests: BTreeSet<Vec<String>> =
            rooms.iter().flat_map(|room| room.source.test_modules.iter().cloned()).collect();
        rooms.retain(|room| {
            !(1..=room.module.len()).any(|depth| tests.contains(&room.module[..depth]))
        });
        let modules = rooms
            .iter()
            .flat_map(|room| (0..=room.module.len()).map(|depth| room.module[..depth].to_vec()))
            .collect();
        let mut imports: BTreeMap<Vec<String>, Vec<Import>> = BTreeMap::new();
        for import in rooms.iter().flat_map(|room| &room.source.imports) {
            imports.entry(import.module.clone()).or_default().push(import.clone());
        }
        Self { rooms, modules, imports }
    }

    fn check_rungs(&self, report: &mut Report) {
        for room in &self.rooms {
            let place = room.module.first().map(String::as_str);
            if let Some(place) = place
                && rung(place).is_none()
            {
                report.violations.push(format!("{}: module {place} is on no rung", room.file));
                continue;
            }
            for name in &room.source.names {
                let Some(path) = self.expand(name) else { continue };
                if let Some(found) = forbidden(room, place, path.first().map(String::as_str)) {
                    let line = name.line;
                    report.violations.push(format!("{}:{line}: {found}", room.file));
                } else if path.first().map(String::as_str) != place {
                    report.crossings += 1;
                }
            }
            self.check_globs(room, &mut report.violations);
        }
    }

    /// A re-export of everything would hide who names whom.
    fn check_globs(&self, room: &Room<'_>, violations: &mut Vec<String>) {
        for import in room.source.imports.iter().filter(|import| import.local == "*") {
            if import.public && self.owner(&self.absolute(import), 0).is_some() {
                let line = import.line;
                violations
                    .push(format!("{}:{line}: re-exports everything; say the names", room.file));
            }
        }
    }

    fn check_siblings(&self, violations: &mut Vec<String>) {
        let mut graphs: BTreeMap<&[String], Graph<'_>> = BTreeMap::new();
        for room in &self.rooms {
            for name in &room.source.names {
                let Some(path) = self.expand(name) else { continue };
                let Some(owner) = self.owner(&path, 0) else { continue };
                let common = room.module.iter().zip(&owner).take_while(|(a, b)| a == b).count();
                if common == 0 || common == room.module.len() || common == owner.len() {
                    continue;
                }
                let from = &room.module[common];
                graphs
                    .entry(&room.module[..common])
                    .or_default()
                    .entry(from)
                    .or_default()
                    .entry(owner[common].clone())
                    .or_insert_with(|| format!("{}:{}", room.file, name.line));
            }
        }
        for (parent, graph) in &graphs {
            if *parent == ["ui"] {
                check_ui_order(graph, violations);
            }
            let folders = self.folders_only(parent, graph);
            violations.extend(circle(&parent.join("::"), &folders));
        }
    }

    /// The part of a graph of siblings that is between folders.
    fn folders_only(&self, parent: &[String], graph: &Graph<'a>) -> Graph<'a> {
        let is_folder = |child: &str| {
            let depth = parent.len();
            self.rooms.iter().any(|room| {
                room.module.len() > depth + 1
                    && room.module.starts_with(parent)
                    && room.module[depth] == child
            })
        };
        let mut folders = graph.clone();
        folders.retain(|from, named| {
            named.retain(|to, _| is_folder(to));
            is_folder(from)
        });
        folders
    }

    /// The path from the root. A bare one is followed where it begins with an import; another
    /// leads to a child of its own module or to another crate, which no rule forbids.
    fn expand(&self, name: &Name) -> Option<Vec<String>> {
        match &name.path {
            Path::Absolute(path) => Some(path.clone()),
            Path::Bare(path) => match &self.import_of(&name.module, &path[0])?.path {
                Path::Absolute(start) => Some(start.iter().chain(&path[1..]).cloned().collect()),
                Path::Bare(_) => None,
            },
        }
    }

    fn import_of(&self, module: &[String], local: &str) -> Option<&Import> {
        self.imports.get(module)?.iter().find(|import| import.local == local)
    }

    /// The import's target from the root; a bare one can only lead to a child.
    fn absolute(&self, import: &Import) -> Vec<String> {
        match &import.path {
            Path::Absolute(path) => path.clone(),
            Path::Bare(path) => import.module.iter().chain(path).cloned().collect(),
        }
    }

    /// The module that a path leads into, re-exports followed; none for another crate's names.
    fn owner(&self, path: &[String], depth: usize) -> Option<Vec<String>> {
        // re-exports in a ring do not compile; the limit only guards this walk
        if depth > 16 {
            return None;
        }
        let inside = (1..=path.len())
            .take_while(|length| self.modules.contains(&path[..*length]))
            .last()
            .unwrap_or(0);
        let (module, rest) = path.split_at(inside);
        if let Some(first) = rest.first()
            && let Some(import) = self.import_of(module, first)
        {
            let target: Vec<String> =
                self.absolute(import).into_iter().chain(rest[1..].iter().cloned()).collect();
            return self.owner(&target, depth + 1);
        }
        (!module.is_empty()).then(|| module.to_vec())
    }
}

/// The module of a file in `src`; none for test code and for files elsewhere.
fn module_of(path: &str) -> Option<Vec<String>> {
    let stem = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut module: Vec<String> = stem.split('/').map(str::to_owned).collect();
    let last = module.last()?.clone();
    if last == "tests" || last.ends_with("_tests") {
        return None;
    }
    if last == "mod" || (module.len() == 1 && (last == "lib" || last == "main")) {
        module.pop();
    }
    Some(module)
}

fn rung(module: &str) -> Option<usize> {
    RUNGS.iter().position(|rung| rung.contains(&module))
}

/// Why `place` must not name `named`; the crate's root (`lib.rs`, `main.rs`) may name all rungs.
fn forbidden(room: &Room<'_>, place: Option<&str>, named: Option<&str>) -> Option<String> {
    let Some(named) = named else {
        // `use crate::{self as x}` or the like: what it leads to could not be followed
        return Some("names the whole crate; name a module".to_owned());
    };
    if place == Some(named) {
        return None;
    }
    let Some(named_rung) = rung(named) else {
        return Some(format!("names {named}, which is on no rung"));
    };
    let place = place?;
    let place_rung = rung(place)?;
    if named_rung >= place_rung {
        return Some(format!(
            "{} (rung {place_rung}) names {named} (rung {named_rung}); only lower rungs may be \
             named",
            room.module.join("::")
        ));
    }
    let (_, allowed) = ONLY.iter().find(|(module, _)| *module == place)?;
    (!allowed.contains(&named))
        .then(|| format!("{place} names {named}; it may name only {}", allowed.join(", ")))
}

/// Who names whom among siblings, and where.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<String, String>>;

/// The shortest circle through the first sibling that is on one.
fn circle(parent: &str, graph: &Graph<'_>) -> Option<String> {
    let start = graph.keys().find(|start| path_to(graph, start, start).is_some())?;
    let way = path_to(graph, start, start)?;
    let steps: Vec<String> =
        way.iter().map(|(from, to)| format!("{from} names {to} ({})", graph[from][*to])).collect();
    Some(format!("circle in {parent}: {}", steps.join(", ")))
}

/// The shortest way along the graph, at least one step long.
fn path_to<'a>(graph: &'a Graph<'_>, from: &'a str, to: &str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut ways = std::collections::VecDeque::from([(from, Vec::new())]);
    let mut seen = BTreeSet::new();
    while let Some((at, way)) = ways.pop_front() {
        for next in graph.get(at).into_iter().flat_map(BTreeMap::keys) {
            let mut longer: Vec<(&str, &str)> = way.clone();
            longer.push((at, next));
            if next == to {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push_back((next, longer));
            }
        }
    }
    None
}

fn check_ui_order(graph: &Graph<'_>, violations: &mut Vec<String>) {
    let group = |module: &str| UI_ORDER.iter().position(|group| group.contains(&module));
    for (from, named) in graph {
        for (to, place) in named {
            if let (Some(lower), Some(upper)) = (group(from), group(to))
                && lower < upper
            {
                violations.push(format!("{place}: ui::{from} names ui::{to}, which comes later"));
            }
        }
    }
}
