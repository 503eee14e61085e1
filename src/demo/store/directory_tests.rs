//! A client cannot leave the served directory.

use std::os::unix::fs::symlink;

use super::*;

fn path(text: &str) -> RemotePath {
    RemotePath::from(text)
}

#[test]
fn no_path_and_no_link_leads_out() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), b"secret").unwrap();
    let inside = tempfile::tempdir().unwrap();
    fs::create_dir(inside.path().join("d")).unwrap();
    fs::write(inside.path().join("d/x"), b"x").unwrap();
    symlink(outside.path(), inside.path().join("out")).unwrap();
    symlink(outside.path().join("secret"), inside.path().join("file")).unwrap();
    symlink(outside.path().join("new"), inside.path().join("new")).unwrap();
    symlink("d/x", inside.path().join("in")).unwrap();
    let directory = ServedDirectory::new(inside.path()).unwrap();

    for hidden in ["/out/secret", "/file", "/out"] {
        assert!(directory.open(&path(hidden)).is_err(), "{hidden}");
        assert!(directory.create(&path(hidden)).is_err(), "{hidden}");
        assert!(directory.list(&path(hidden)).is_err(), "{hidden}");
    }
    assert!(directory.create(&path("/new")).is_err());
    assert!(directory.make_dir(&path("/out/sub")).is_err());
    assert!(directory.remove_file(&path("/out/secret")).is_err());
    assert!(directory.rename(&path("/d/x"), &path("/out/x")).is_err());
    assert!(directory.set_mode(&path("/file"), 0).is_err());
    assert!(directory.set_mtime(&path("/file"), 0).is_err());
    assert!(directory.remove_dir(&path("/")).is_err());
    assert!(directory.create(&RemotePath::new(b"/a\0b".to_vec())).is_err());
    let left: Vec<_> = fs::read_dir(outside.path()).unwrap().collect();
    assert_eq!(left.len(), 1);

    // `..` at the root is the root, as in a chroot
    assert_eq!(directory.meta(&path("/../../d/x"), true).unwrap().size, 1);
    assert_eq!(directory.meta(&path("/in"), true).unwrap().size, 1);
    assert_eq!(directory.meta(&path("/in"), false).unwrap().target.as_deref(), Some(&b"d/x"[..]));
    assert_eq!(directory.list(&path("/")).unwrap().len(), 5);
}

#[test]
fn times_modes_and_content() {
    let inside = tempfile::tempdir().unwrap();
    let directory = ServedDirectory::new(inside.path()).unwrap();
    let mut handle = directory.create(&path("/x")).unwrap();
    handle.write_at(3, b"abc").unwrap();
    assert_eq!(handle.len().unwrap(), 6);
    handle.cut(4).unwrap();
    assert_eq!(fs::read(inside.path().join("x")).unwrap(), b"\0\0\0a");
    directory.set_mtime(&path("/x"), 1_000_000_000).unwrap();
    directory.set_mode(&path("/x"), 0o4600).unwrap();
    let meta = directory.meta(&path("/x"), true).unwrap();
    assert_eq!((meta.mtime, meta.mode, meta.size), (1_000_000_000, 0o600, 4));
    directory.make_dir(&path("/d")).unwrap();
    directory.set_mtime(&path("/d"), 5).unwrap();
    assert_eq!(directory.meta(&path("/d"), true).unwrap().mtime, 5);
}
