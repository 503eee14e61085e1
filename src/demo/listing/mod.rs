//! Directory listings as servers write them: LIST in the Unix and DOS styles, MLSD.

mod facts;
mod style;
mod ways;

pub(crate) use facts::{Fact, Facts};
pub(crate) use style::{Columns, Style};
pub(crate) use ways::{Dots, Links};

use crate::base::RemotePath;
use crate::demo::store::{Entries, Meta, Store, StoreError};
use crate::ftp::Kind;

/// What a listing is made in.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    /// LIST and STAT.
    Lines(Style),
    /// NLST.
    Names,
    /// MLSD.
    Facts(Facts),
}

/// A listing that is written piece by piece.
#[derive(Debug)]
pub(crate) struct Listing {
    entries: std::vec::IntoIter<(Box<[u8]>, Meta)>,
    form: Form,
    now: i64,
}

impl Listing {
    /// A listing of these entries; `now` decides which times have a year.
    /// The times of lines are `clock` seconds ahead of UTC.
    pub(crate) fn new(mut entries: Entries, form: Form, now: i64, clock: i64) -> Self {
        let ahead = if matches!(form, Form::Lines(_)) { clock } else { 0 };
        entries.iter_mut().for_each(|(_, meta)| meta.mtime += ahead);
        let now = now + ahead;
        Self { entries: entries.into_iter(), form, now }
    }

    /// How many entries are still to come.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Appends lines until `buffer` holds `enough` bytes or nothing is left.
    pub(crate) fn write(&mut self, buffer: &mut Vec<u8>, enough: usize) {
        while buffer.len() < enough {
            let Some((name, meta)) = self.entries.next() else { return };
            match &self.form {
                Form::Lines(style) => style.line(buffer, &name, &meta, self.now),
                Form::Names => buffer.extend_from_slice(&name),
                Form::Facts(facts) => facts.line(buffer, &name, &meta),
            }
            buffer.extend_from_slice(b"\r\n");
        }
    }
}

/// What of a directory is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) dots: bool,
    pub(crate) hidden: bool,
}

impl Shown {
    /// For LIST and NLST with these options.
    pub(crate) fn list(dots: Dots, shows_hidden: bool, options: &[u8]) -> Self {
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

/// The entries of a directory, or the one file, that a listing shows.
pub(crate) fn entries(
    store: &Store,
    path: &RemotePath,
    shown: Shown,
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

/// Replaces links by what they lead to, and leaves broken ones out.
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

/// Seconds since 1970 as a calendar date in UTC.
fn date(seconds: i64) -> jiff::civil::DateTime {
    let stamp = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::tz::Offset::UTC.to_datetime(stamp)
}

/// The 14 digits of RFC 3659 section 2.3.
pub(crate) fn digits(seconds: i64) -> String {
    crate::base::Stamp::utc(date(seconds)).digits()
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
