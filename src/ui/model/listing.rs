//! In which order the entries of a directory are shown, and which of them.
//!
//! The result is a vector of indices into the shared directory, made once when something changes;
//! drawing only looks at the rows that are seen.

use std::cmp::Ordering;

use crate::base::Stamp;
use crate::engine::Directory;
use crate::ftp::{Entry, Kind};
use crate::ui::model::pattern::Needle;

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

/// All entries in order.
#[must_use]
pub fn sorted(directory: &Directory, sort: Sort) -> Vec<u32> {
    let entries = &directory.entries;
    let mut sorted: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
    // servers mostly send sorted lists, which the stable sort takes in one pass
    sorted.sort_by(|a, b| compare(&entries[*a as usize], &entries[*b as usize], sort));
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

fn compare(a: &Entry, b: &Entry, sort: Sort) -> Ordering {
    let dirs_first = (b.kind == Kind::Dir).cmp(&(a.kind == Kind::Dir));
    dirs_first.then_with(|| {
        let by_name = || natural(&a.name, &b.name);
        let by_key = match sort.key {
            SortKey::Name => by_name(),
            SortKey::Extension => natural(extension(&a.name), extension(&b.name)),
            SortKey::Size => b.size.cmp(&a.size),
            SortKey::Time => moment(b.mtime).cmp(&moment(a.mtime)),
        };
        let by_key = if sort.reverse { by_key.reverse() } else { by_key };
        by_key.then_with(by_name)
    })
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

/// Compares names as people do: runs of digits by their value, ASCII letters without case; what
/// is equal by that is compared byte by byte, so that the order is the same every time.
#[must_use]
pub fn natural(a: &[u8], b: &[u8]) -> Ordering {
    let (mut i, mut j) = (0, 0);
    while let (Some(&x), Some(&y)) = (a.get(i), b.get(j)) {
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (digits(a, i), digits(b, j));
            let (x, y) = (without_zeros(&a[i..m]), without_zeros(&b[j..n]));
            let by_value = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
            if by_value != Ordering::Equal {
                return by_value;
            }
            (i, j) = (m, n);
        } else {
            let by_letter = x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase());
            if by_letter != Ordering::Equal {
                return by_letter;
            }
            (i, j) = (i + 1, j + 1);
        }
    }
    (a.len() - i).cmp(&(b.len() - j)).then_with(|| a.cmp(b))
}

fn digits(name: &[u8], from: usize) -> usize {
    name[from..].iter().position(|b| !b.is_ascii_digit()).map_or(name.len(), |at| from + at)
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|b| *b != b'0').unwrap_or(digits.len());
    &digits[start..]
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
            names(&dir, &super::shown(&dir, &sorted(&dir, sort), hidden, filter))
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

    proptest! {
        #[test]
        fn natural_is_a_total_order(
            a in proptest::collection::vec(any::<u8>(), 0..6),
            b in proptest::collection::vec(any::<u8>(), 0..6),
            c in "[0-9aA]{0,5}",
        ) {
            let c = c.into_bytes();
            assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            let mut three = [&a, &b, &c];
            three.sort_by(|x, y| natural(x, y));
            assert_ne!(natural(three[0], three[2]), Ordering::Greater);
        }
    }
}
