//! In which order the entries of a directory are shown, and which of them.
//!
//! The result is a vector of indices into the shared directory, made once when something changes;
//! drawing only looks at the rows that are seen.

use std::cmp::Ordering;

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

/// The place of each entry among all names, in the order in which people count.
///
/// Made once when a directory arrives: all other orders then compare numbers.
#[must_use]
pub fn ranks(directory: &Directory) -> Vec<u32> {
    let entries = &directory.entries;
    let mut order: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_cached_key(|at| {
        let name = &entries[*at as usize].name;
        // what looks the same to people is told apart by its bytes, so that the order is the
        // same every time
        (natural_key(name), name)
    });
    let mut ranks = vec![0; order.len()];
    for (rank, at) in (0..).zip(order) {
        ranks[at as usize] = rank;
    }
    ranks
}

/// All entries in order; `ranks` are those of [`ranks`].
#[must_use]
pub fn sorted(directory: &Directory, ranks: &[u32], sort: Sort) -> Vec<u32> {
    let entries = &directory.entries;
    let mut sorted: Vec<u32> = (0..u32::try_from(ranks.len()).unwrap_or(u32::MAX)).collect();
    let dirs_first = |entry: &Entry| entry.kind != Kind::Dir;
    let rank = |at: u32| ranks[at as usize];
    let entry = |at: u32| &entries[at as usize];
    let turned = |order: Ordering| if sort.reverse { order.reverse() } else { order };
    sorted.sort_unstable_by(|a, b| {
        let (a, b) = (*a, *b);
        let (x, y) = (entry(a), entry(b));
        dirs_first(x).cmp(&dirs_first(y)).then_with(|| {
            let by_key = match sort.key {
                SortKey::Name => return turned(rank(a).cmp(&rank(b))),
                SortKey::Extension => {
                    natural_key(extension(&x.name)).cmp(&natural_key(extension(&y.name)))
                }
                SortKey::Size => y.size.cmp(&x.size),
                SortKey::Time => moment(y.mtime).cmp(&moment(x.mtime)),
            };
            turned(by_key).then_with(|| rank(a).cmp(&rank(b)))
        })
    });
    sorted
}

/// Those of the sorted entries that are shown: without sorting again, because this runs at each
/// letter of a filter.
#[must_use]
pub fn shown(directory: &Directory, sorted: &[u32], hidden: bool, filter: &Needle) -> Vec<u32> {
    let shows = |at: &&u32| {
        let name = &directory.entries[**at as usize].name;
        (hidden || name.first() != Some(&b'.')) && filter.matches(name)
    };
    sorted.iter().filter(shows).copied().collect()
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
/// that runs stay where digits stand among other signs.
fn natural_key(name: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 8);
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
    key
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
            names(&dir, &super::shown(&dir, &sorted(&dir, &ranks(&dir), sort), hidden, filter))
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
            assert!(natural_key(less.as_bytes()) < natural_key(more.as_bytes()), "{less} {more}");
        }
        assert_eq!(natural_key(b"A007"), natural_key(b"a7"));
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
            let order = sorted(&dir, &ranks(&dir), Sort { key, reverse });
            let kinds: Vec<bool> =
                order.iter().map(|at| dir.entries[*at as usize].kind != Kind::Dir).collect();
            assert!(kinds.is_sorted());
            let mut all = order;
            all.sort_unstable();
            assert!(all.into_iter().eq(0..u32::try_from(names.len()).unwrap()));
        }
    }
}
