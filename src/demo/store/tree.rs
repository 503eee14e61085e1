//! A tree of directories, files and links in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::RemotePath;
use crate::demo::store::content::{Content, Space};
use crate::demo::store::{Entries, Handle, Meta, StoreError};
use crate::ftp::Kind;

/// More links in one path than this are a circle, as for Linux.
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
    /// Last change of a directory or link; files keep their own.
    mtime: i64,
    mode: u32,
    id: u64,
}

#[derive(Debug)]
enum Body {
    Dir(Names),
    File(Arc<Content>),
    Link(Box<[u8]>),
}

/// The nodes of a directory.
type Names = BTreeMap<Box<[u8]>, Node>;

/// The components of a path in which no link is left.
type Place = Vec<Box<[u8]>>;

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
        // no operation leaves the tree half changed
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(&self, body: Body, mode: u32) -> Node {
        Node { body, mtime: now(), mode, id: self.next_id.fetch_add(1, Ordering::Relaxed) }
    }

    pub(crate) fn meta(&self, path: &RemotePath, follow: bool) -> Result<Meta, StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, follow)?;
        Ok(find(&mut root, &place)?.meta())
    }

    pub(crate) fn list(&self, path: &RemotePath) -> Result<Entries, StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, true)?;
        let node = find(&mut root, &place)?;
        if node.mode & 0o400 == 0 {
            return Err(StoreError::Denied);
        }
        let Body::Dir(entries) = &node.body else { return Err(StoreError::NotDir) };
        Ok(entries.iter().map(|(name, node)| (name.clone(), node.meta())).collect())
    }

    pub(crate) fn open(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, true)?;
        let node = find(&mut root, &place)?;
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

    /// A file whose bytes come from a seed; an existing file is replaced.
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

    /// The file at `path`; `content` becomes one when there is none.
    fn put(&self, path: &RemotePath, content: Content) -> Result<Handle, StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, true)?;
        let (entries, name) = home(&mut root, &place)?;
        if let Some(node) = entries.get(&name) {
            return match &node.body {
                Body::File(_) if node.mode & 0o200 == 0 => Err(StoreError::Denied),
                Body::File(content) => Ok(Handle::Memory(content.clone())),
                _ => Err(StoreError::IsDir),
            };
        }
        let content = Arc::new(content);
        let node = self.node(Body::File(content.clone()), 0o644);
        add(&mut root, &place, node)?;
        Ok(Handle::Memory(content))
    }

    pub(crate) fn make_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, false)?;
        let node = self.node(Body::Dir(BTreeMap::new()), 0o755);
        add(&mut root, &place, node)
    }

    pub(crate) fn make_link(&self, path: &RemotePath, target: &[u8]) -> Result<(), StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, false)?;
        let node = self.node(Body::Link(target.into()), 0o777);
        add(&mut root, &place, node)
    }

    pub(crate) fn remove_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, false)?;
        match &find(&mut root, &place)?.body {
            Body::Dir(entries) if entries.is_empty() => {}
            Body::Dir(_) => return Err(StoreError::NotEmpty),
            _ => return Err(StoreError::NotDir),
        }
        take(&mut root, &place).map(|_| ())
    }

    pub(crate) fn remove_file(&self, path: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, false)?;
        if matches!(find(&mut root, &place)?.body, Body::Dir(_)) {
            return Err(StoreError::IsDir);
        }
        take(&mut root, &place).map(|_| ())
    }

    pub(crate) fn rename(&self, from: &RemotePath, to: &RemotePath) -> Result<(), StoreError> {
        let mut root = self.root();
        let from = place(&mut root, from, false)?;
        let to = place(&mut root, to, false)?;
        let is_dir = matches!(find(&mut root, &from)?.body, Body::Dir(_));
        if from == to {
            return Ok(());
        }
        if to.starts_with(&from) {
            return Err(StoreError::Denied);
        }
        match find(&mut root, &to).map(|node| &node.body) {
            Ok(Body::Dir(_)) if !is_dir => return Err(StoreError::IsDir),
            Ok(Body::Dir(entries)) if !entries.is_empty() => return Err(StoreError::NotEmpty),
            Ok(Body::Dir(_)) => {}
            Ok(_) if is_dir => return Err(StoreError::NotDir),
            Ok(_) => {}
            Err(_) => drop(home(&mut root, &to)?),
        }
        // both ends are writable, or nothing is changed
        writable(&mut root, &to)?;
        let node = take(&mut root, &from)?;
        let (entries, name) = home(&mut root, &to)?;
        entries.insert(name, node);
        Ok(())
    }

    pub(crate) fn set_mtime(&self, path: &RemotePath, mtime: i64) -> Result<(), StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, true)?;
        let node = find(&mut root, &place)?;
        node.mtime = mtime;
        if let Body::File(content) = &node.body {
            content.set_mtime(mtime);
        }
        Ok(())
    }

    pub(crate) fn set_mode(&self, path: &RemotePath, mode: u32) -> Result<(), StoreError> {
        let mut root = self.root();
        let place = place(&mut root, path, true)?;
        find(&mut root, &place)?.mode = mode & 0o7777;
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

/// The present, in seconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn components(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// Where a path leads once its links are followed; the last component need not exist.
fn place(root: &mut Node, path: &RemotePath, follow_last: bool) -> Result<Place, StoreError> {
    let mut ahead: VecDeque<Box<[u8]>> = components(path.as_bytes()).map(Box::from).collect();
    let mut place = Place::new();
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        if *name == *b".." {
            place.pop();
            continue;
        }
        place.push(name);
        if ahead.is_empty() && !follow_last {
            break;
        }
        let Ok(Node { body: Body::Link(target), .. }) = find(root, &place) else { continue };
        links += 1;
        if links > MAX_LINKS {
            return Err(StoreError::Loop);
        }
        place.pop();
        if target.first() == Some(&b'/') {
            place.clear();
        }
        for part in components(target).rev() {
            ahead.push_front(part.into());
        }
    }
    Ok(place)
}

/// The node at a place.
fn find<'a>(root: &'a mut Node, place: &[Box<[u8]>]) -> Result<&'a mut Node, StoreError> {
    place.iter().try_fold(root, |node, name| match &mut node.body {
        Body::Dir(entries) => entries.get_mut(name).ok_or(StoreError::NotFound),
        _ => Err(StoreError::NotDir),
    })
}

/// The directory that holds a place, and the name in it.
fn home<'a>(
    root: &'a mut Node,
    place: &[Box<[u8]>],
) -> Result<(&'a mut Names, Box<[u8]>), StoreError> {
    let (name, parents) = place.split_last().ok_or(StoreError::IsDir)?;
    match &mut find(root, parents)?.body {
        Body::Dir(entries) => Ok((entries, name.clone())),
        _ => Err(StoreError::NotDir),
    }
}

/// Refuses when entries of this place's directory may not be changed.
fn writable(root: &mut Node, place: &[Box<[u8]>]) -> Result<(), StoreError> {
    let (_, parents) = place.split_last().ok_or(StoreError::Denied)?;
    let parent = find(root, parents)?;
    if parent.mode & 0o200 == 0 { Err(StoreError::Denied) } else { Ok(()) }
}

/// Adds an entry; the directory's time becomes the present.
fn add(root: &mut Node, place: &[Box<[u8]>], node: Node) -> Result<(), StoreError> {
    let Some((name, parents)) = place.split_last() else { return Err(StoreError::Exists) };
    let parent = find(root, parents)?;
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
fn take(root: &mut Node, place: &[Box<[u8]>]) -> Result<Node, StoreError> {
    writable(root, place)?;
    let (entries, name) = home(root, place)?;
    entries.remove(&name).ok_or(StoreError::NotFound)
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
