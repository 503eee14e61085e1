//! Directory listings as servers write them: LIST in the Unix and DOS formats, MLSD.

mod facts;
mod options;
mod style;

pub(crate) use facts::{Fact, Facts};
pub(crate) use options::{Dots, Links};
pub(crate) use style::{Columns, Style};

use crate::base::RemotePath;
use crate::demo::store::{Entries, Meta, Store, StoreError};
use crate::ftp::Kind;

/// The format of a listing.
#[derive(Debug, Clone)]
pub(crate) enum ListingFormat {
    /// LIST and STAT.
    Lines(Style),
    /// NLST.
    Names,
    /// MLSD.
    Facts(Facts),
}

/// A listing that is written in chunks.
#[derive(Debug)]
pub(crate) struct Listing {
    entries: std::vec::IntoIter<(Box<[u8]>, Meta)>,
    format: ListingFormat,
    now: i64,
}

impl Listing {
    /// A listing of these entries. `now` decides which times are shown with a year. In LIST
    /// formats, times are `clock` seconds ahead of UTC.
    pub(crate) fn new(mut entries: Entries, format: ListingFormat, now: i64, clock: i64) -> Self {
        let ahead = if matches!(format, ListingFormat::Lines(_)) { clock } else { 0 };
        entries.iter_mut().for_each(|(_, meta)| meta.mtime += ahead);
        let now = now + ahead;
        Self { entries: entries.into_iter(), format, now }
    }

    /// Number of entries not yet written.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Appends lines until `buffer` holds `enough` bytes or no entries are left.
    pub(crate) fn write(&mut self, buffer: &mut Vec<u8>, enough: usize) {
        while buffer.len() < enough {
            let Some((name, meta)) = self.entries.next() else { return };
            match &self.format {
                ListingFormat::Lines(style) => style.line(buffer, &name, &meta, self.now),
                ListingFormat::Names => buffer.extend_from_slice(&name),
                ListingFormat::Facts(facts) => facts.line(buffer, &name, &meta),
            }
            buffer.extend_from_slice(b"\r\n");
        }
    }
}

/// Which entries of a directory a listing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryFilter {
    pub(crate) dots: bool,
    pub(crate) hidden: bool,
}

impl EntryFilter {
    /// The filter for LIST and NLST with these options.
    pub(crate) fn for_list(dots: Dots, shows_hidden: bool, options: &[u8]) -> Self {
        let all = options.contains(&b'a');
        Self {
            dots: match dots {
                Dots::Always => true,
                Dots::OnRequest => all,
                Dots::Never => false,
            },
            hidden: all || shows_hidden,
        }
    }
}

/// The entries of a directory, or the single file that `path` names.
pub(crate) fn entries(
    store: &Store,
    path: &RemotePath,
    shown: EntryFilter,
) -> Result<Entries, StoreError> {
    let meta = store.meta(path, true)?;
    if meta.kind != Kind::Dir {
        return Ok(vec![(path.name().into(), meta)]);
    }
    let mut entries = store.list(path)?;
    if !shown.hidden {
        entries.retain(|(name, _)| name.first() != Some(&b'.'));
    }
    if shown.dots {
        let parent = path.parent().unwrap_or_else(RemotePath::root);
        let above = store.meta(&parent, true).unwrap_or_else(|_| meta.clone());
        entries.splice(0..0, [(Box::from(&b"."[..]), meta), (Box::from(&b".."[..]), above)]);
    }
    Ok(entries)
}

/// Replaces links by their targets, and drops broken links.
pub(crate) fn follow(store: &Store, dir: &RemotePath, entries: &mut Entries) {
    entries.retain_mut(|(name, meta)| {
        if meta.kind != Kind::Link {
            return true;
        }
        match store.meta(&dir.join(name), true) {
            Ok(found) => {
                *meta = found;
                true
            }
            Err(_) => false,
        }
    });
}

/// True when MLSD follows links.
pub(crate) fn follows(links: Links) -> bool {
    links == Links::Followed
}

/// Converts seconds since 1970 to a calendar date in UTC.
fn date(seconds: i64) -> jiff::civil::DateTime {
    let stamp = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::tz::Offset::UTC.to_datetime(stamp)
}

/// The time as the 14 digits of RFC 3659 section 2.3.
pub(crate) fn digits(seconds: i64) -> String {
    crate::base::Stamp::utc(date(seconds)).digits()
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
