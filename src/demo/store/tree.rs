//! A tree of directories, files and links in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::RemotePath;
use crate::demo::store::content::{Content, Space};
use crate::demo::store::{Entries, Handle, Meta, StoreError};
use crate::ftp::Kind;

/// More links than this in one path count as a loop, as on Linux.
const MAX_LINKS: usize = 40;

/// The tree.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Mutex<Node>,
    space: Arc<Space>,
    next_id: AtomicU64,
}

#[derive(Debug)]
struct Node {
    body: Body,
    /// Modification time of a directory or link; files keep their own.
    mtime: i64,
    mode: u32,
    id: u64,
}

#[derive(Debug)]
enum Body {
    Dir(DirEntries),
    File(Arc<Content>),
    Link(Box<[u8]>),
}

/// The entries of a directory.
type DirEntries = BTreeMap<Box<[u8]>, Node>;

/// The components of a path without links.
type ResolvedPath = Vec<Box<[u8]>>;

impl Tree {
    /// An empty tree that can hold `capacity` bytes.
    pub(crate) fn new(capacity: Option<u64>) -> Self {
        let root = Node { body: Body::Dir(BTreeMap::new()), mtime: now(), mode: 0o755, id: 1 };
        Self {
            root: Mutex::new(root),
            space: Arc::new(Space::new(capacity)),
            next_id: AtomicU64::new(2),
        }
    }

    fn root(&self) -> MutexGuard<'_, Node> {
        // no operation leaves the tree inconsistent
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(&self, body: Body, mode: u32) -> Node {
        Node { body, mtime: now(), mode, id: self.next_id.fetch_add(1, Ordering::Relaxed) }
    }

    pub(crate) fn meta(&self, path: &RemotePath, follow: bool) -> Result<Meta, StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, follow)?;
        Ok(node_at(&mut root, &resolved)?.meta())
    }

    pub(crate) fn list(&self, path: &RemotePath) -> Result<Entries, StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, true)?;
        let node = node_at(&mut root, &resolved)?;
        if node.mode & 0o400 == 0 {
            return Err(StoreError::Denied);
        }
        let Body::Dir(entries) = &node.body else { return Err(StoreError::NotDir) };
        Ok(entries.iter().map(|(name, node)| (name.clone(), node.meta())).collect())
    }

    pub(crate) fn open(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, true)?;
        let node = node_at(&mut root, &resolved)?;
        match &node.body {
            Body::File(_) if node.mode & 0o400 == 0 => Err(StoreError::Denied),
            Body::File(content) => Ok(Handle::Memory(content.clone())),
            _ => Err(StoreError::IsDir),
        }
    }

    pub(crate) fn create(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        let content = Content::new(self.space.clone(), now());
        self.put(path, content)
    }

    /// Creates a file whose bytes are generated from a seed; replaces an existing file.
    pub(crate) fn create_synthetic(
        &self,
        path: &RemotePath,
        seed: u64,
        size: u64,
    ) -> Result<(), StoreError> {
        match self.remove_file(path) {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        self.put(path, Content::synthetic(self.space.clone(), now(), seed, size)).map(|_| ())
    }

    /// The file at `path`; a missing file is created with `content`.
    fn put(&self, path: &RemotePath, content: Content) -> Result<Handle, StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, true)?;
        let (entries, name) = parent_entries(&mut root, &resolved)?;
        if let Some(node) = entries.get(&name) {
            return match &node.body {
                Body::File(_) if node.mode & 0o200 == 0 => Err(StoreError::Denied),
                Body::File(content) => Ok(Handle::Memory(content.clone())),
                _ => Err(StoreError::IsDir),
            };
        }
        let content = Arc::new(content);
        let node = self.node(Body::File(content.clone()), 0o644);
        insert_entry(&mut root, &resolved, node)?;
        Ok(Handle::Memory(content))
    }

    pub(crate) fn make_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, false)?;
        let node = self.node(Body::Dir(BTreeMap::new()), 0o755);
        insert_entry(&mut root, &resolved, node)
    }

    pub(crate) fn make_link(&self, path: &RemotePath, target: &[u8]) -> Result<(), StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, false)?;
        let node = self.node(Body::Link(target.into()), 0o777);
        insert_entry(&mut root, &resolved, node)
    }

    pub(crate) fn remove_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, false)?;
        match &node_at(&mut root, &resolved)?.body {
            Body::Dir(entries) if entries.is_empty() => {}
            Body::Dir(_) => return Err(StoreError::NotEmpty),
            _ => return Err(StoreError::NotDir),
        }
        remove_entry(&mut root, &resolved).map(|_| ())
    }

    pub(crate) fn remove_file(&self, path: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, false)?;
        if matches!(node_at(&mut root, &resolved)?.body, Body::Dir(_)) {
            return Err(StoreError::IsDir);
        }
        remove_entry(&mut root, &resolved).map(|_| ())
    }

    pub(crate) fn rename(&self, from: &RemotePath, to: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let from = resolve(&mut root, from, false)?;
        let to = resolve(&mut root, to, false)?;
        let is_dir = matches!(node_at(&mut root, &from)?.body, Body::Dir(_));
        if from == to {
            return Ok(());
        }
        if to.starts_with(&from) {
            return Err(StoreError::Denied);
        }
        match node_at(&mut root, &to).map(|node| &node.body) {
            Ok(Body::Dir(_)) if !is_dir => return Err(StoreError::IsDir),
            Ok(Body::Dir(entries)) if !entries.is_empty() => return Err(StoreError::NotEmpty),
            Ok(Body::Dir(_)) => {}
            Ok(_) if is_dir => return Err(StoreError::NotDir),
            Ok(_) => {}
            Err(_) => drop(parent_entries(&mut root, &to)?),
        }
        // check both directories before changing anything
        check_writable(&mut root, &to)?;
        let node = remove_entry(&mut root, &from)?;
        let (entries, name) = parent_entries(&mut root, &to)?;
        entries.insert(name, node);
        Ok(())
    }

    pub(crate) fn set_mtime(&self, path: &RemotePath, mtime: i64) -> Result<(), StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, true)?;
        let node = node_at(&mut root, &resolved)?;
        node.mtime = mtime;
        if let Body::File(content) = &node.body {
            content.set_mtime(mtime);
        }
        Ok(())
    }

    pub(crate) fn set_mode(&self, path: &RemotePath, mode: u32) -> Result<(), StoreError> {
        let mut root = self.root();
        let resolved = resolve(&mut root, path, true)?;
        node_at(&mut root, &resolved)?.mode = mode & 0o7777;
        Ok(())
    }

    pub(crate) fn free(&self) -> Option<u64> {
        self.space.free()
    }
}

impl Node {
    fn meta(&self) -> Meta {
        let (kind, size, mtime, target) = match &self.body {
            Body::Dir(_) => (Kind::Dir, 4096, self.mtime, None),
            Body::File(content) => (Kind::File, content.len(), content.mtime(), None),
            Body::Link(target) => {
                (Kind::Link, target.len() as u64, self.mtime, Some(target.clone()))
            }
        };
        Meta { kind, size, mtime, mode: self.mode, target, id: self.id }
    }
}

/// The current time, in seconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn components(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// Resolves the links of a path; the last component need not exist.
fn resolve(
    root: &mut Node,
    path: &RemotePath,
    follow_last: bool,
) -> Result<ResolvedPath, StoreError> {
    let mut pending: VecDeque<Box<[u8]>> = components(path.as_bytes()).map(Box::from).collect();
    let mut resolved = ResolvedPath::new();
    let mut links = 0;
    while let Some(name) = pending.pop_front() {
        if *name == *b".." {
            resolved.pop();
            continue;
        }
        resolved.push(name);
        if pending.is_empty() && !follow_last {
            break;
        }
        let Ok(Node { body: Body::Link(target), .. }) = node_at(root, &resolved) else { continue };
        links += 1;
        if links > MAX_LINKS {
            return Err(StoreError::Loop);
        }
        resolved.pop();
        if target.first() == Some(&b'/') {
            resolved.clear();
        }
        for part in components(target).rev() {
            pending.push_front(part.into());
        }
    }
    Ok(resolved)
}

/// The node at a path.
fn node_at<'a>(root: &'a mut Node, resolved: &[Box<[u8]>]) -> Result<&'a mut Node, StoreError> {
    resolved.iter().try_fold(root, |node, name| match &mut node.body {
        Body::Dir(entries) => entries.get_mut(name).ok_or(StoreError::NotFound),
        _ => Err(StoreError::NotDir),
    })
}

/// The entries of the parent directory, and the name in it.
fn parent_entries<'a>(
    root: &'a mut Node,
    resolved: &[Box<[u8]>],
) -> Result<(&'a mut DirEntries, Box<[u8]>), StoreError> {
    let (name, parents) = resolved.split_last().ok_or(StoreError::IsDir)?;
    match &mut node_at(root, parents)?.body {
        Body::Dir(entries) => Ok((entries, name.clone())),
        _ => Err(StoreError::NotDir),
    }
}

/// Fails if the parent directory of this path is read-only.
fn check_writable(root: &mut Node, resolved: &[Box<[u8]>]) -> Result<(), StoreError> {
    let (_, parents) = resolved.split_last().ok_or(StoreError::Denied)?;
    let parent = node_at(root, parents)?;
    if parent.mode & 0o200 == 0 { Err(StoreError::Denied) } else { Ok(()) }
}

/// Adds an entry, and updates the time of its directory.
fn insert_entry(root: &mut Node, resolved: &[Box<[u8]>], node: Node) -> Result<(), StoreError> {
    let Some((name, parents)) = resolved.split_last() else { return Err(StoreError::Exists) };
    let parent = node_at(root, parents)?;
    let Body::Dir(entries) = &mut parent.body else { return Err(StoreError::NotDir) };
    if entries.contains_key(name) {
        return Err(StoreError::Exists);
    }
    if parent.mode & 0o200 == 0 {
        return Err(StoreError::Denied);
    }
    parent.mtime = now();
    entries.insert(name.clone(), node);
    Ok(())
}

/// Removes an entry.
fn remove_entry(root: &mut Node, resolved: &[Box<[u8]>]) -> Result<Node, StoreError> {
    check_writable(root, resolved)?;
    let (entries, name) = parent_entries(root, resolved)?;
    entries.remove(&name).ok_or(StoreError::NotFound)
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
