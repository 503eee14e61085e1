//! Sorting and filtering the entries of a directory.
//!
//! The result is a vector of indices into the shared directory, computed once per change; drawing
//! only reads the visible rows.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::base::Stamp;
use crate::base::needle::Needle;
use crate::engine::Directory;
use crate::ftp::{Entry, Kind};

/// The sort key of entries. Directories always come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Names in natural order: `v2` before `v10`, ignoring case.
    #[default]
    Name,
    /// The part of the name after the last dot.
    Extension,
    /// The size in bytes, the largest first.
    Size,
    /// The modification time, the latest first.
    Time,
}

/// A sort order of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// The sort key.
    pub key: SortKey,
    /// Reversed; directories still come first.
    pub reverse: bool,
}

/// The entries of a directory in all sort orders.
///
/// Computed once when a directory arrives, outside of the screen's task; changing the order or the
/// filter then only selects from it, without a noticeable delay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    /// Indexed by [`SortKey`], not reversed: directories first.
    by: [Vec<u32>; 4],
    /// The number of directories.
    dirs: usize,
    /// Whether the name of each entry starts with a dot.
    dotted: Vec<bool>,
}

impl Orders {
    /// Sorts the entries of a directory.
    #[must_use]
    pub fn of(directory: &Directory) -> Self {
        let entries = &directory.entries;
        let by_name = by_name(entries);
        let mut ranks = vec![0_u32; by_name.len()];
        for (rank, at) in (0..).zip(&by_name) {
            ranks[*at as usize] = rank;
        }
        let extensions = extension_ranks(entries);
        let by = [
            dirs_first(entries, by_name),
            dirs_first(entries, by_key(&ranks, extensions.iter().copied())),
            dirs_first(entries, by_key(&ranks, entries.iter().map(|e| Reverse(e.size)))),
            dirs_first(entries, by_key(&ranks, entries.iter().map(|e| Reverse(moment(e.mtime))))),
        ];
        Self {
            by,
            dirs: entries.iter().filter(|entry| entry.kind == Kind::Dir).count(),
            dotted: entries.iter().map(|entry| entry.name.first() == Some(&b'.')).collect(),
        }
    }

    /// The indices of the visible entries, in order, directories first.
    #[must_use]
    pub fn shown(
        &self,
        directory: &Directory,
        sort: Sort,
        hidden: bool,
        filter: &Needle,
    ) -> Vec<u32> {
        let order = &self.by[sort.key as usize];
        let (dirs, files) = order.split_at(self.dirs.min(order.len()));
        let shows = |at: &&u32| {
            let at = **at as usize;
            (hidden || !self.dotted[at])
                && (filter.is_empty() || filter.matches(&directory.entries[at].name))
        };
        let mut shown = Vec::with_capacity(order.len());
        for group in [dirs, files] {
            if sort.reverse {
                shown.extend(group.iter().rev().filter(shows));
            } else {
                shown.extend(group.iter().filter(shows));
            }
        }
        shown
    }
}

/// A directory and its sort orders.
#[derive(Debug, Clone, PartialEq)]
pub struct Arranged {
    /// The listing.
    pub directory: Arc<Directory>,
    /// The sort orders of its entries.
    pub orders: Orders,
}

impl From<Arc<Directory>> for Arranged {
    fn from(directory: Arc<Directory>) -> Self {
        let orders = Orders::of(&directory);
        Self { directory, orders }
    }
}

/// All entries in the natural order of their names.
fn by_name(entries: &[Entry]) -> Vec<u32> {
    // all keys in one allocation
    let mut keys = Vec::with_capacity(entries.iter().map(|entry| entry.name.len() + 4).sum());
    let mut ends = Vec::with_capacity(entries.len());
    for entry in entries {
        natural_key(&entry.name, &mut keys);
        ends.push(keys.len());
    }
    let key = |at: u32| {
        let at = at as usize;
        let from = at.checked_sub(1).map_or(0, |before| ends[before]);
        &keys[from..ends[at]]
    };
    let mut order = all(entries.len());
    order.sort_unstable_by(|a, b| {
        // names with equal keys are ordered by their bytes, so that the order is deterministic
        let bytes = || entries[*a as usize].name.cmp(&entries[*b as usize].name);
        key(*a).cmp(key(*b)).then_with(bytes)
    });
    order
}

/// All entries by a key; entries with equal keys by the rank of their names.
fn by_key<K: Ord>(ranks: &[u32], keys: impl Iterator<Item = K>) -> Vec<u32> {
    let mut keyed: Vec<(K, u32, u32)> =
        keys.zip(ranks).zip(0..).map(|((key, rank), at)| (key, *rank, at)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, at)| at).collect()
}

/// The rank of each entry's extension among all extensions.
fn extension_ranks(entries: &[Entry]) -> Vec<u32> {
    let mut keys: HashMap<&[u8], Vec<u8>> = HashMap::new();
    for entry in entries {
        let extension = extension(&entry.name);
        keys.entry(extension).or_insert_with(|| {
            let mut key = Vec::new();
            natural_key(extension, &mut key);
            key
        });
    }
    let mut sorted: Vec<&Vec<u8>> = keys.values().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let rank = |key: &Vec<u8>| sorted.binary_search(&key).unwrap_or_else(|at| at) as u32;
    let ranks: HashMap<&[u8], u32> =
        keys.iter().map(|(extension, key)| (*extension, rank(key))).collect();
    entries.iter().map(|entry| ranks[extension(&entry.name)]).collect()
}

/// The order with directories moved to the front.
fn dirs_first(entries: &[Entry], order: Vec<u32>) -> Vec<u32> {
    let is_dir = |at: &u32| entries[*at as usize].kind == Kind::Dir;
    let (mut dirs, rest): (Vec<u32>, Vec<u32>) = order.into_iter().partition(is_dir);
    dirs.extend(rest);
    dirs
}

fn all(count: usize) -> Vec<u32> {
    (0..u32::try_from(count).unwrap_or(u32::MAX)).collect()
}

fn moment(stamp: Option<Stamp>) -> Option<jiff::civil::DateTime> {
    stamp.map(|stamp| stamp.at)
}

fn extension(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|b| *b == b'.') {
        // a name whose only dot is its first character has no extension
        Some(at) if at > 0 => &name[at + 1..],
        _ => b"",
    }
}

/// Appends a key to `key` whose byte order is the natural order of names: letters without case, and
/// runs of digits by value. A run is written without leading zeros, after a `0` that keeps its
/// position among other characters, and its length.
fn natural_key(name: &[u8], key: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&byte) = name.get(at) {
        if !byte.is_ascii_digit() {
            key.push(byte.to_ascii_lowercase());
            at += 1;
            continue;
        }
        let run = name[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let zeros = name[at..at + run].iter().take_while(|b| **b == b'0').count();
        let digits = &name[at + zeros..at + run];
        key.push(b'0');
        // names are at most a few hundred bytes long; longer runs are treated as this long
        key.extend(u16::try_from(digits.len()).unwrap_or(u16::MAX).to_be_bytes());
        key.extend_from_slice(digits);
        at += run;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;
    use crate::site::Location;

    fn directory(entries: &[(&str, Kind, Option<u64>)]) -> Directory {
        Directory {
            at: Location::Local("/".into()),
            entries: entries
                .iter()
                .map(|(name, kind, size)| {
                    let mut entry = Entry::new(name.as_bytes(), *kind);
                    entry.size = *size;
                    entry
                })
                .collect(),
            unreadable: 0,
            free: None,
        }
    }

    fn names(directory: &Directory, order: &[u32]) -> Vec<String> {
        let name = |at: &u32| &directory.entries[*at as usize].name;
        order.iter().map(|at| String::from_utf8_lossy(name(at)).into_owned()).collect()
    }

    #[test]
    fn directories_first_then_natural_order() {
        let dir = directory(&[
            ("v10.iso", Kind::File, Some(5)),
            ("V2.iso", Kind::File, Some(9)),
            ("zoo", Kind::Dir, None),
            (".git", Kind::Dir, None),
            ("a.tar", Kind::File, None),
        ]);
        let all = Needle::default();
        let shown = |sort, hidden, filter: &Needle| {
            names(&dir, &Orders::of(&dir).shown(&dir, sort, hidden, filter))
        };
        assert_eq!(shown(Sort::default(), false, &all), ["zoo", "a.tar", "V2.iso", "v10.iso"]);
        assert_eq!(shown(Sort::default(), true, &all)[0], ".git");
        let sort = Sort { key: SortKey::Size, reverse: false };
        assert_eq!(shown(sort, false, &all), ["zoo", "V2.iso", "v10.iso", "a.tar"]);
        let sort = Sort { key: SortKey::Size, reverse: true };
        assert_eq!(shown(sort, false, &all), ["zoo", "a.tar", "v10.iso", "V2.iso"]);
        let sort = Sort { key: SortKey::Extension, reverse: false };
        assert_eq!(shown(sort, false, &all), ["zoo", "V2.iso", "v10.iso", "a.tar"]);
        assert_eq!(shown(Sort::default(), false, &Needle::new("ISO")), ["V2.iso", "v10.iso"]);
    }

    fn key(name: &[u8]) -> Vec<u8> {
        let mut key = Vec::new();
        natural_key(name, &mut key);
        key
    }

    #[test]
    fn a_reversed_order_keeps_directories_first() {
        let dir = directory(&[
            ("b.JPG", Kind::File, Some(5)),
            ("a.jpg", Kind::File, Some(5)),
            ("c.gif", Kind::File, None),
            ("x", Kind::Dir, None),
            ("w", Kind::Dir, None),
        ]);
        let orders = Orders::of(&dir);
        for (key, order) in [
            (SortKey::Name, ["w", "x", "a.jpg", "b.JPG", "c.gif"]),
            (SortKey::Extension, ["w", "x", "c.gif", "a.jpg", "b.JPG"]),
            (SortKey::Size, ["w", "x", "a.jpg", "b.JPG", "c.gif"]),
        ] {
            let shown = |reverse| {
                names(&dir, &orders.shown(&dir, Sort { key, reverse }, true, &Needle::default()))
            };
            assert_eq!(shown(false), order, "{key:?}");
            let mut reversed = order;
            reversed[..2].reverse();
            reversed[2..].reverse();
            assert_eq!(shown(true), reversed, "{key:?}");
        }
    }

    #[test]
    fn names_are_in_natural_order() {
        for (less, more) in [
            ("v2", "v10"),
            ("v2a", "v10"),
            ("A1", "a2"),
            ("file-9.bin", "file-10.bin"),
            ("a-1", "a1"),
            ("a1", "aa"),
            ("a", "a1"),
            ("1", "1a"),
            ("007", "8"),
        ] {
            assert!(key(less.as_bytes()) < key(more.as_bytes()), "{less} {more}");
        }
        assert_eq!(key(b"A007"), key(b"a7"));
    }

    proptest! {
        #[test]
        fn every_order_shows_every_entry_once(
            names in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..6), 0..20),
            key in 0..4_usize,
            reverse: bool,
        ) {
            let mut dir = directory(&[]);
            for (at, name) in names.iter().enumerate() {
                let kind = if at % 3 == 0 { Kind::Dir } else { Kind::File };
                dir.entries.push(Entry::new(&name[..], kind));
            }
            let key = [SortKey::Name, SortKey::Extension, SortKey::Size, SortKey::Time][key];
            let order = Orders::of(&dir).shown(&dir, Sort { key, reverse }, true, &Needle::default());
            let kinds: Vec<bool> =
                order.iter().map(|at| dir.entries[*at as usize].kind != Kind::Dir).collect();
            assert!(kinds.is_sorted());
            let mut all = order;
            all.sort_unstable();
            assert!(all.into_iter().eq(0..u32::try_from(names.len()).unwrap()));
        }
    }
}
