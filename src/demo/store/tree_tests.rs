//! The tree in memory behaves like a file system.

use super::*;

fn path(text: &str) -> RemotePath {
    RemotePath::from(text)
}

fn write(tree: &Tree, at: &str, bytes: &[u8]) {
    let mut handle = tree.create(&path(at)).unwrap();
    handle.cut(0).unwrap();
    handle.write_at(0, bytes).unwrap();
}

fn read(tree: &Tree, at: &str) -> Vec<u8> {
    let mut handle = tree.open(&path(at)).unwrap();
    let mut bytes = vec![0; handle.len().unwrap() as usize];
    handle.read_at(0, &mut bytes).unwrap();
    bytes
}

fn names(tree: &Tree, at: &str) -> Vec<String> {
    let entries = tree.list(&path(at)).unwrap();
    entries.into_iter().map(|(name, _)| String::from_utf8(name.into_vec()).unwrap()).collect()
}

#[test]
fn files_and_directories() {
    let tree = Tree::new(None);
    tree.make_dir(&path("/a")).unwrap();
    write(&tree, "/a/x", b"one");
    assert!(matches!(tree.make_dir(&path("/a")), Err(StoreError::Exists)));
    assert!(matches!(tree.make_dir(&path("/b/c")), Err(StoreError::NotFound)));
    assert!(matches!(tree.make_dir(&path("/a/x/y")), Err(StoreError::NotDir)));
    assert!(matches!(tree.remove_dir(&path("/a")), Err(StoreError::NotEmpty)));
    assert!(matches!(tree.remove_file(&path("/a")), Err(StoreError::IsDir)));
    assert!(matches!(tree.open(&path("/a")), Err(StoreError::IsDir)));
    assert!(matches!(tree.remove_dir(&path("/")), Err(StoreError::NotEmpty)));
    write(&tree, "/a/x", b"two");
    assert_eq!(read(&tree, "/a/x"), b"two");
    tree.set_mtime(&path("/a/x"), 1000).unwrap();
    assert_eq!(tree.meta(&path("/a/x"), true).unwrap().mtime, 1000);
    tree.remove_file(&path("/a/x")).unwrap();
    tree.remove_dir(&path("/a")).unwrap();
    assert!(names(&tree, "/").is_empty());
    assert!(matches!(tree.remove_dir(&path("/")), Err(StoreError::Denied)));
}

#[test]
fn rename_replaces_files_but_never_loses_one() {
    let tree = Tree::new(None);
    tree.make_dir(&path("/d")).unwrap();
    write(&tree, "/x", b"x");
    write(&tree, "/y", b"y");
    tree.rename(&path("/x"), &path("/y")).unwrap();
    assert_eq!(read(&tree, "/y"), b"x");
    assert!(matches!(tree.rename(&path("/y"), &path("/d")), Err(StoreError::IsDir)));
    assert!(matches!(tree.rename(&path("/y"), &path("/no/y")), Err(StoreError::NotFound)));
    assert!(matches!(tree.rename(&path("/d"), &path("/d/e")), Err(StoreError::Denied)));
    assert!(matches!(tree.rename(&path("/d"), &path("/y")), Err(StoreError::NotDir)));
    tree.set_mode(&path("/d"), 0o555).unwrap();
    assert!(matches!(tree.rename(&path("/y"), &path("/d/y")), Err(StoreError::Denied)));
    assert_eq!(read(&tree, "/y"), b"x");
    tree.rename(&path("/y"), &path("/y")).unwrap();
    assert_eq!(names(&tree, "/"), ["d", "y"]);
}

#[test]
fn links_are_followed_and_loops_are_detected() {
    let tree = Tree::new(None);
    tree.make_dir(&path("/a")).unwrap();
    tree.make_dir(&path("/a/b")).unwrap();
    write(&tree, "/a/x", b"x");
    tree.make_link(&path("/abs"), b"/a/b").unwrap();
    tree.make_link(&path("/a/b/up"), b"../x").unwrap();
    tree.make_link(&path("/loop"), b"loop").unwrap();
    tree.make_link(&path("/new"), b"a/made").unwrap();
    assert_eq!(read(&tree, "/abs/up"), b"x");
    assert_eq!(names(&tree, "/abs"), ["up"]);
    assert_eq!(tree.meta(&path("/abs"), false).unwrap().kind, Kind::Link);
    assert_eq!(tree.meta(&path("/abs"), true).unwrap().kind, Kind::Dir);
    assert!(matches!(tree.open(&path("/loop")), Err(StoreError::Loop)));
    write(&tree, "/new", b"made");
    assert_eq!(read(&tree, "/a/made"), b"made");
    tree.remove_file(&path("/abs/up")).unwrap();
    assert_eq!(read(&tree, "/a/x"), b"x");
    assert_eq!(read(&tree, "/../../a/./x"), b"x");
}

#[test]
fn permissions_are_the_owners() {
    let tree = Tree::new(None);
    write(&tree, "/x", b"x");
    tree.set_mode(&path("/x"), 0o000).unwrap();
    assert!(matches!(tree.open(&path("/x")), Err(StoreError::Denied)));
    assert!(matches!(tree.create(&path("/x")), Err(StoreError::Denied)));
    tree.set_mode(&path("/"), 0o500).unwrap();
    assert!(matches!(tree.create(&path("/y")), Err(StoreError::Denied)));
    assert!(matches!(tree.remove_file(&path("/x")), Err(StoreError::Denied)));
}

#[test]
fn an_open_file_survives_its_removal() {
    let tree = Tree::new(None);
    write(&tree, "/x", b"content");
    let mut handle = tree.open(&path("/x")).unwrap();
    tree.remove_file(&path("/x")).unwrap();
    let mut buffer = [0; 7];
    assert_eq!(handle.read_at(0, &mut buffer).unwrap(), 7);
    assert_eq!(&buffer, b"content");
}
