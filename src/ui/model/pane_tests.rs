//! How cursor, selection and history of a pane change when directories arrive.

use super::*;
use crate::ftp::Kind;

fn directory(path: &str, names: &[&str]) -> Arranged {
    let entries = names
        .iter()
        .map(|name| match name.strip_suffix('/') {
            Some(dir) => Entry::new(dir.as_bytes(), Kind::Dir),
            None => {
                let mut entry = Entry::new(name.as_bytes(), Kind::File);
                entry.size = Some(10);
                entry
            }
        })
        .collect();
    let at = Location::Local(path.into());
    Arc::new(Directory { at, entries, unreadable: 0, free: None }).into()
}

fn name_under_cursor(pane: &Pane) -> String {
    pane.under_cursor()
        .map_or_else(|| "..".to_owned(), |entry| String::from_utf8_lossy(&entry.name).into_owned())
}

#[test]
fn going_up_puts_the_cursor_on_the_previous_directory() {
    let mut pane = Pane::default();
    pane.show(directory("/a", &["x/", "y/", "z"]), Navigation::Go, 0, 10);
    assert_eq!(name_under_cursor(&pane), "..");
    pane.cursor = 2;
    pane.show(directory("/a/y", &["q"]), Navigation::Go, 0, 10);
    pane.show(directory("/a", &["x/", "y/", "z"]), Navigation::Go, 0, 10);
    assert_eq!(name_under_cursor(&pane), "y");
    // back from another directory: the cursor is where it was
    pane.cursor = 3;
    pane.show(directory("/b", &[]), Navigation::Go, 0, 10);
    pane.show(directory("/a", &["x/", "y/", "z"]), Navigation::Back, 0, 10);
    assert_eq!(name_under_cursor(&pane), "z");
    assert_eq!(pane.forward, [Location::Local("/b".into())]);
}

#[test]
fn the_same_directory_keeps_cursor_and_selection_by_name() {
    let mut pane = Pane::default();
    pane.show(directory("/a", &["b", "c", "d"]), Navigation::Go, 0, 10);
    pane.cursor = 3;
    let shown = pane.shown.clone().unwrap();
    for at in [1, 2] {
        pane.marks.set(&shown, at, true);
    }
    pane.show(directory("/a", &["a", "b", "d", "e"]), Navigation::Background, 0, 10);
    assert_eq!(name_under_cursor(&pane), "d");
    assert_eq!((pane.marks.count(), pane.marks.bytes()), (1, 10));
    assert_eq!(pane.targets()[0].name[..], b"d"[..]);
    // the name under the cursor is gone: the cursor stays in its row
    pane.show(directory("/a", &["a", "b", "e"]), Navigation::Background, 0, 10);
    assert_eq!(name_under_cursor(&pane), "e");
    assert_eq!(pane.marks.count(), 0);
    assert!(pane.back.is_empty());
}

#[test]
fn filtered_selection_is_kept_and_counted() {
    let mut pane = Pane::default();
    pane.show(directory("/", &["a.iso", "b.txt", ".c"]), Navigation::Go, 0, 10);
    assert_eq!(pane.rows(), 2);
    let shown = pane.shown.clone().unwrap();
    pane.marks.set(&shown, 0, true);
    pane.marks.set(&shown, 1, true);
    pane.filter = "txt".to_owned();
    pane.reorder(10);
    assert_eq!((pane.rows(), pane.hidden_marks()), (1, 1));
    assert_eq!(pane.targets().len(), 2);
    assert_eq!(&pane.targets()[0].name[..], b"b.txt");
}
