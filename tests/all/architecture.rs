//! The architecture, proved from the sources; the rules stand in `architecture/rules.rs`.

mod names;
mod rules;

use std::fs;
use std::path::Path;

use rules::{File, Report, check};

/// All Rust files below `folder`, their paths relative to the repository.
fn sources(top: &Path, folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(top.join(folder)) else { return found };
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().expect("source files have UTF-8 names");
        let path = format!("{folder}/{name}");
        if entry.file_type().unwrap().is_dir() {
            found.extend(sources(top, &path));
        } else if name.ends_with(".rs") {
            found.push(File { text: fs::read_to_string(top.join(&path)).unwrap(), path });
        }
    }
    found
}

#[test]
fn the_house_keeps_its_rules() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files: Vec<File> = ["src", "tests", "benches", "fuzz/fuzz_targets"]
        .iter()
        .flat_map(|folder| sources(top, folder))
        .collect();
    let report = check(&files);
    assert!(report.violations.is_empty(), "\n{}\n", report.violations.join("\n"));
    // a checker that no longer sees the sources would find no violation either
    assert!(files.iter().any(|file| file.path == "src/lib.rs"));
    assert!(report.crossings > 0, "no name was seen to lead from one module to another");
}

/// Files with a module doc each.
fn house(files: &[(&str, &str)]) -> Report {
    let files: Vec<File> = files
        .iter()
        .map(|(path, text)| File { path: (*path).to_owned(), text: format!("//! Doc.\n{text}") })
        .collect();
    check(&files)
}

/// The one violation of these files.
fn violation(files: &[(&str, &str)]) -> String {
    let found = house(files).violations;
    assert_eq!(found.len(), 1, "{files:?}: {found:?}");
    found.into_iter().next().unwrap()
}

fn clean(files: &[(&str, &str)]) {
    let found = house(files).violations;
    assert!(found.is_empty(), "{files:?}: {found:?}");
}

#[test]
fn a_lower_rung_that_names_a_higher_one_is_found_in_every_spelling() {
    for text in [
        "use crate::engine::Engine;",
        "use crate::{base, engine};",
        "use crate::{base::{self, size}, engine::{Engine, Handle as H}};",
        "use super::super::engine;",
        "use super::super::engine::{self, Engine};",
        "pub(crate) use crate::engine::Engine;",
        "pub(in crate::engine) fn f() {}",
        "use fxpane::engine::Engine;",
        "use ::fxpane::engine;",
        "fn f() { crate::engine::run(); }",
        "fn f() { ::fxpane::engine::run(); }",
        "fn f(x: &dyn crate::engine::Run) {}",
        "fn f() { let x = <crate::engine::Engine as Default>::default(); }",
        "fn f() { tokio::select! { x = crate::engine::run() => {} } }",
        "macro_rules! m { () => { $crate::engine::run() } }",
        "mod inner { use super::super::super::engine; }",
        "mod inner { fn f() { super::super::super::engine::run() } }",
        "#[serde(with = \"crate::engine::text\")] struct X;",
        "#[cfg(not(test))] use crate::engine::Engine;",
        "#[cfg(test)] mod tests { use super::X; }\nuse crate::engine::Engine;",
        "#[cfg(test)] use std::fmt;\nuse crate::engine::Engine;",
    ] {
        let found = violation(&[("src/net/tls.rs", text)]);
        assert!(
            found.contains("net::tls (rung 2) names engine (rung 9)"),
            "{text:?} gave {found:?}"
        );
    }
}

#[test]
fn a_violation_names_file_and_line() {
    let found = violation(&[("src/net/tls.rs", "\nfn f() {\n    crate::engine::run();\n}")]);
    assert!(found.starts_with("src/net/tls.rs:4: "), "{found:?}");
}

#[test]
fn what_is_no_name_is_no_violation() {
    for text in [
        "// crate::engine::Engine",
        "/// [`crate::engine::Engine`] says more.\nstruct X;",
        "fn f() { let x = \"crate::engine::Engine\"; let y = r#\"use crate::app;\"#; }",
        "fn f<'crate_>(x: &'crate_ str) { self.engine.run(); engine::run(); }",
        "use crate::base::size; use crate::{ftp::Reply, base::{text, path}};",
        "use super::tls::X; fn f() { super::tls::x(); self::y(); Self::z(); }",
        "use tokio::net::TcpStream; fn f() { std::mem::take(x); Vec::<u8>::new(); }",
        "use other::engine; fn f() { other::engine::x() }",
    ] {
        clean(&[("src/net/tls.rs", text), ("src/base/mod.rs", ""), ("src/ftp/mod.rs", "")]);
    }
}

#[test]
fn test_code_is_free() {
    clean(&[
        ("src/net/mod.rs", "#[cfg(test)]\nmod faults;\n#[cfg(test)] mod tests { use crate::app; }"),
        ("src/net/faults.rs", "use crate::engine::Engine;"),
        ("src/net/tls_tests.rs", "use crate::engine::Engine;"),
        (
            "src/net/tls.rs",
            "#[cfg(test)]\n#[path = \"tls_tests.rs\"]\nmod tests;\n\
             #[cfg(test)] fn help() { crate::app::run() }",
        ),
    ]);
}

#[test]
fn rungs_side_by_side_do_not_name_each_other() {
    let found = violation(&[("src/ui/run.rs", "use crate::cli::args;")]);
    assert!(found.contains("ui::run (rung 11) names cli (rung 11)"), "{found:?}");
    let found = violation(&[("src/cli/args.rs", "use crate::ui::run;")]);
    assert!(found.contains("cli::args (rung 11) names ui (rung 11)"), "{found:?}");
}

#[test]
fn demo_names_three_rungs_only() {
    clean(&[("src/demo/mod.rs", "use crate::{base, ftp, net};")]);
    for lower in ["config", "site", "session"] {
        let text = format!("use crate::{lower}::X;");
        let found = violation(&[("src/demo/mod.rs", &text)]);
        assert!(found.contains(&format!("demo names {lower}; it may name only")), "{found:?}");
    }
}

#[test]
fn every_module_stands_on_a_rung() {
    let found = violation(&[("src/helpers.rs", "")]);
    assert!(found.contains("module helpers is on no rung"), "{found:?}");
    let found = violation(&[("src/app.rs", "use crate::Helper;")]);
    assert!(found.contains("names Helper, which is on no rung"), "{found:?}");
    let found = violation(&[("src/app.rs", "use crate::{self as house}; ")]);
    assert!(found.contains("names the whole crate"), "{found:?}");
    clean(&[("src/main.rs", "fn main() { fxpane::app::run(); }")]);
}

#[test]
fn folders_in_a_circle_are_found_in_every_spelling() {
    for (lane, pool) in [
        ("use crate::engine::pool::Pool;", "use crate::engine::lane::Lane;"),
        ("use crate::engine::{lane::x, pool::Pool};", "fn f() { super::super::lane::run() }"),
        // through what the parent re-exports
        ("use crate::engine::Pool;", "use crate::engine::Lane;"),
        ("fn f() { super::super::Pool::new() }", "use super::super::{Event, Lane};"),
        // through an import of the parent
        ("use crate::engine; fn f() { engine::pool::x() }", "use super::super::lane;"),
        (
            "use super::super::super::engine as e; fn f() { e::Pool::x() }",
            "use crate::engine::lane;",
        ),
    ] {
        let found = violation(&[
            ("src/engine/mod.rs", "mod lane; mod pool; pub use lane::Lane; pub use pool::Pool;"),
            ("src/engine/lane/mod.rs", "mod run;"),
            ("src/engine/lane/run.rs", lane),
            ("src/engine/pool/mod.rs", "mod lend;"),
            ("src/engine/pool/lend.rs", pool),
        ]);
        assert!(found.starts_with("circle in engine: lane names pool (src/engine/lane/run.rs:"));
        assert!(found.contains(", pool names lane (src/engine/pool/lend.rs:"), "{found:?}");
    }
}

#[test]
fn files_of_one_folder_may_name_each_other() {
    clean(&[
        ("src/engine/mod.rs", "mod lane; mod pool; mod work; pub use lane::Lane;"),
        ("src/engine/lane.rs", "use super::pool::Pool; use super::work::x;"),
        ("src/engine/pool.rs", "use super::Lane;"),
        ("src/engine/work/mod.rs", "mod x; use super::lane;"),
        ("src/engine/work/x.rs", "use super::super::pool;"),
    ]);
}

#[test]
fn longer_and_deeper_circles_are_found() {
    let found = violation(&[
        ("src/queue/a/mod.rs", "mod x; use super::b;"),
        ("src/queue/a/x.rs", ""),
        ("src/queue/b/mod.rs", "mod deep;"),
        ("src/queue/b/deep.rs", "use super::super::c;"),
        ("src/queue/c/mod.rs", "mod y;"),
        ("src/queue/c/y.rs", "use crate::queue::a;"),
    ]);
    assert!(found.contains("a names b") && found.contains("c names a"), "{found:?}");
    let found = violation(&[
        ("src/ftp/listing/mod.rs", ""),
        ("src/ftp/listing/unix/mod.rs", "mod date; use super::dos;"),
        ("src/ftp/listing/unix/date.rs", ""),
        ("src/ftp/listing/dos/mod.rs", "mod date; use crate::ftp::listing::unix;"),
        ("src/ftp/listing/dos/date.rs", ""),
    ]);
    assert!(found.starts_with("circle in ftp::listing: dos names unix"), "{found:?}");
}

#[test]
fn a_parent_and_its_children_may_name_each_other() {
    clean(&[
        ("src/engine/mod.rs", "mod lane; mod pool; pub use pool::Pool; fn f() { lane::run() }"),
        ("src/engine/lane.rs", "use super::Pool; use super::Engine;"),
        ("src/engine/pool.rs", "use super::Engine; use crate::base::Pool as Other;"),
    ]);
}

#[test]
fn a_re_export_of_everything_is_found() {
    let found = violation(&[
        ("src/engine/mod.rs", "mod lane; pub use lane::*;"),
        ("src/engine/lane.rs", ""),
    ]);
    assert!(found.contains("src/engine/mod.rs:2: re-exports everything"), "{found:?}");
}

#[test]
fn the_screen_keeps_its_order() {
    clean(&[
        ("src/ui/action.rs", ""),
        ("src/ui/keymap.rs", "use super::{action, key};"),
        ("src/ui/key.rs", ""),
        ("src/ui/model/pane.rs", "use crate::ui::{keymap, theme::Theme};"),
        ("src/ui/theme.rs", ""),
        ("src/ui/update/copy.rs", "use crate::ui::model::pane;"),
        ("src/ui/view/pane.rs", "use crate::ui::{model, update};"),
        ("src/ui/run.rs", "use super::{view, update, model};"),
    ]);
    for (file, text, words) in [
        ("src/ui/theme.rs", "use super::model::pane::X;", "ui::theme names ui::model"),
        ("src/ui/model/pane.rs", "use crate::ui::view;", "ui::model names ui::view"),
        ("src/ui/update/copy.rs", "use super::super::run;", "ui::update names ui::run"),
    ] {
        let mut files = vec![("src/ui/model/mod.rs", ""), ("src/ui/view/mod.rs", "")];
        files.extend([("src/ui/run.rs", ""), (file, text)]);
        let found = violation(&files);
        assert!(found.contains(words) && found.contains("which comes later"), "{found:?}");
    }
}

#[test]
fn long_files_and_files_without_module_doc_are_found() {
    let file = |path: &str, text: String| File { path: path.to_owned(), text };
    let long = file("src/base/a.rs", format!("//! Doc.\n{}", "\n".repeat(599)));
    assert!(check(&[long]).violations.is_empty());
    for path in ["src/base/a.rs", "src/base/a_tests.rs", "tests/all/a.rs"] {
        let longer = file(path, format!("//! Doc.\n{}", "\n".repeat(600)));
        assert_eq!(check(&[longer]).violations, [format!("{path}: 601 lines; at most 600")]);
        let bare = file(path, "// Doc.\nfn f() {}\n".to_owned());
        assert_eq!(
            check(&[bare]).violations,
            [format!("{path}:1: begins without a module doc (//!)")]
        );
    }
}

#[test]
fn what_is_no_rust_is_said() {
    assert!(violation(&[("src/base/a.rs", "fn f( {")]).starts_with("src/base/a.rs: "));
}
