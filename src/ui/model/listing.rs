//! In which order the entries of a directory are shown, and which of them.
//!
//! The result is a vector of indices into the shared directory, made once when something changes;
//! drawing only looks at the rows that are seen.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::base::Stamp;
use crate::base::needle::Needle;
use crate::engine::Directory;
use crate::ftp::{Entry, Kind};

/// What entries are sorted by. Directories always come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Names, as people count: `v2` before `v10`, small and capital letters together.
    #[default]
    Name,
    /// What follows the last dot of the name.
    Extension,
    /// Bytes, the largest first.
    Size,
    /// Time of the last change, the latest first.
    Time,
}

/// An order of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// The other way round; directories still come first.
    pub reverse: bool,
}

/// The entries of a directory in all orders in which they can be shown.
///
/// Made once when a directory arrives, outside of the screen's thread; sorting anew and filtering
/// then only pick from it, in a time that no one notices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    /// By each [`SortKey`], not reversed: directories first.
    by: [Vec<u32>; 4],
    /// How many are directories.
    dirs: usize,
    /// Whether the name of each entry begins with a dot.
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
        let endings = endings(entries);
        let by = [
            dirs_first(entries, by_name),
            dirs_first(entries, by_key(&ranks, endings.iter().copied())),
            dirs_first(entries, by_key(&ranks, entries.iter().map(|e| Reverse(e.size)))),
            dirs_first(entries, by_key(&ranks, entries.iter().map(|e| Reverse(moment(e.mtime))))),
        ];
        Self {
            by,
            dirs: entries.iter().filter(|entry| entry.kind == Kind::Dir).count(),
            dotted: entries.iter().map(|entry| entry.name.first() == Some(&b'.')).collect(),
        }
    }

    /// Those entries that are shown, in order; directories come first in any.
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
        for part in [dirs, files] {
            if sort.reverse {
                shown.extend(part.iter().rev().filter(shows));
            } else {
                shown.extend(part.iter().filter(shows));
            }
        }
        shown
    }
}

/// A directory and the orders in which it can be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Arranged {
    /// The directory.
    pub directory: Arc<Directory>,
    /// The orders of its entries.
    pub orders: Orders,
}

impl From<Arc<Directory>> for Arranged {
    fn from(directory: Arc<Directory>) -> Self {
        let orders = Orders::of(&directory);
        Self { directory, orders }
    }
}

/// All entries in the order in which people count their names.
fn by_name(entries: &[Entry]) -> Vec<u32> {
    // all keys in one piece of memory
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
        // what looks the same to people is told apart by its bytes, so that the order is the same
        // every time
        let bytes = || entries[*a as usize].name.cmp(&entries[*b as usize].name);
        key(*a).cmp(key(*b)).then_with(bytes)
    });
    order
}

/// All entries by a key, those with the same one by their rank among all names.
fn by_key<K: Ord>(ranks: &[u32], keys: impl Iterator<Item = K>) -> Vec<u32> {
    let mut keyed: Vec<(K, u32, u32)> =
        keys.zip(ranks).zip(0..).map(|((key, rank), at)| (key, *rank, at)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, at)| at).collect()
}

/// The place of each entry's extension among all extensions.
fn endings(entries: &[Entry]) -> Vec<u32> {
    let mut keys: HashMap<&[u8], Vec<u8>> = HashMap::new();
    for entry in entries {
        let extension = extension(&entry.name);
        keys.entry(extension).or_insert_with(|| {
            let mut key = Vec::new();
            natural_key(extension, &mut key);
            key
        });
    }
    let mut places: Vec<&Vec<u8>> = keys.values().collect();
    places.sort_unstable();
    places.dedup();
    let place = |key: &Vec<u8>| places.binary_search(&key).unwrap_or_else(|at| at) as u32;
    let places: HashMap<&[u8], u32> =
        keys.iter().map(|(extension, key)| (*extension, place(key))).collect();
    entries.iter().map(|entry| places[extension(&entry.name)]).collect()
}

/// The same order with the directories before everything else.
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
        // a name that begins with its only dot has no extension
        Some(at) if at > 0 => &name[at + 1..],
        _ => b"",
    }
}

/// A name as bytes that compare as people count: letters without case, and a run of digits by
/// its value. Of a run the leading zeros are left out and its length goes first, after a `0`, so
/// that runs stay where digits stand among other signs. It is written behind what `key` has.
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
        // names are at most a few hundred bytes long; the length of a longer run counts as that
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
    fn directories_first_then_as_people_count() {
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
    fn an_order_that_is_turned_round_keeps_directories_first() {
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
            let mut turned = order;
            turned[..2].reverse();
            turned[2..].reverse();
            assert_eq!(shown(true), turned, "{key:?}");
        }
    }

    #[test]
    fn names_as_people_count() {
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
