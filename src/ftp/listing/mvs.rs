//! z/OS (MVS): data sets, members of libraries, jobs (quirk 53).
//!
//! Sizes are unknown: tracks, records and module lengths do not correspond to transferred bytes.
//! The date of a data set is its last reference, the only date listed.

use super::{
    date::{self, Time},
    field::{self, words},
    line::{LineParser, Lines, ParsedLine},
};
use crate::{
    base::Stamp,
    ftp::{Entry, Kind},
};

/// Parser for z/OS.
pub(super) struct Mvs {
    /// Accept lines that are only a name: members without statistics. Any word looks like that, so
    /// this must be enabled by the heading or the context.
    bare_names: bool,
}

/// The maximum number of words parsed per line; a load module has the most, 13.
const MAX_WORDS: usize = 16;

impl Mvs {
    /// `known` is true if the server is known to be z/OS.
    pub(super) fn new(known: bool) -> Self {
        Self { bare_names: known }
    }
}

impl LineParser for Mvs {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        let words: Vec<&[u8]> =
            words(line).take(MAX_WORDS).map(|(from, to)| &line[from..to]).collect();
        if let Some(members) = heading(&words) {
            self.bare_names |= members;
            return ParsedLine::Skip;
        }
        let entry = data_set(&words)
            .or_else(|| statistics(&words))
            .or_else(|| load_module(&words))
            .or_else(|| job(&words));
        match (entry, &words[..]) {
            (Some(entry), _) => ParsedLine::Entry(entry),
            // names of members contain no period; those of data sets do, but have other columns
            (None, [name]) if self.bare_names && is_name(name) && !name.contains(&b'.') => {
                ParsedLine::Entry(Entry::new(*name, Kind::File))
            }
            _ => ParsedLine::Unknown,
        }
    }
}

/// `Some(true)` for headings of members, `Some(false)` for other headings.
fn heading(words: &[&[u8]]) -> Option<bool> {
    match words {
        [b"Name", b"VV.MM" | b"Size", ..] => Some(true),
        [b"Volume", b"Unit", ..] | [b"JOBNAME", b"JOBID", ..] => Some(false),
        _ => None,
    }
}

/// `Volume Unit Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname`, with joined or missing columns,
/// and lines for data sets that are not on disk.
fn data_set(words: &[&[u8]]) -> Option<Entry> {
    let entry = |name: &&[u8], kind| is_name(name).then(|| Entry::new(*name, kind));
    match words {
        [b"Migrated" | b"ARCIVE" | b"Archived", name] => return entry(name, Kind::File),
        [b"Pseudo", b"Directory", name] => return entry(name, Kind::Dir),
        [b"User", b"catalog", b"connector", name] => return entry(name, Kind::Other),
        [_, b"Not", b"Direct", b"Access", b"Device", name]
        | [b"Error", b"determining", b"attributes", name]
        | [b"Not", b"Mounted", name]
        | [_, b"Not", b"Mounted", name] => return entry(name, Kind::File),
        _ => {}
    }
    let (volume, unit) = (words.first()?, words.get(1)?);
    if volume.len() > 6 || !(is_number(unit) || unit.eq_ignore_ascii_case(b"Tape")) {
        return None;
    }
    match &words[2..] {
        [name] if !is_number(unit) => entry(name, Kind::File),
        [b"VSAM" | b"PATH", name] => entry(name, Kind::File),
        [b"GDG", name] => entry(name, Kind::Dir),
        [referred, .., organization, name] => {
            let kind = match *organization {
                b"PO" | b"PO-E" | b"POU" => Kind::Dir,
                b"PS" | b"PSU" | b"PS-E" | b"PS-L" | b"DA" | b"DAU" | b"IS" | b"VS" | b"VSAM" => {
                    Kind::File
                }
                _ => return None,
            };
            // large numbers are joined with the date: Ext and Used have three and five columns
            let (day, joined) = referred.split_at_checked(10).unwrap_or((referred, b""));
            let day = if is_number(joined) { day } else { referred };
            let mtime = date(day, &Time::MIDNIGHT);
            if mtime.is_none() && !referred.starts_with(b"*") {
                return None;
            }
            Some(Entry { mtime, ..entry(name, kind)? })
        }
        _ => None,
    }
}

/// `Name VV.MM Created Changed Size Init Mod Id`: a member with statistics.
fn statistics(words: &[&[u8]]) -> Option<Entry> {
    let [name, version, created, changed, time, ..] = words else { return None };
    let [a, b, b'.', c, d] = *version else { return None };
    let valid = [a, b, c, d].iter().all(|b| b.is_ascii_digit());
    date(created, &Time::MIDNIGHT)?;
    let mtime = date(changed, &Time::parse(time)?)?;
    (valid && is_name(name)).then(|| Entry { mtime: Some(mtime), ..Entry::new(*name, Kind::File) })
}

/// `Name Size TTR Alias-of AC Attributes Amode Rmode`: a member of a load library.
fn load_module(words: &[&[u8]]) -> Option<Entry> {
    let [name, size, ttr, .., amode, rmode] = words else { return None };
    let hex = |word: &[u8]| word.len() == 6 && word.iter().all(u8::is_ascii_hexdigit);
    let mode = |word: &[u8]| matches!(word, b"24" | b"31" | b"64" | b"ANY" | b"MIN");
    let valid = hex(size) && hex(ttr) && mode(amode) && mode(rmode) && is_name(name);
    valid.then(|| Entry::new(*name, Kind::File))
}

/// `Jobname JOB01906 OUTPUT 3 Spool Files`; the job ID is the name for retrieval.
fn job(words: &[&[u8]]) -> Option<Entry> {
    let [name, id, rest @ ..] = words else { return None };
    let number = [&b"JOB"[..], b"STC", b"TSU", b"J", b"S", b"T"]
        .iter()
        .find_map(|class| id.strip_prefix(*class))
        .filter(|number| (5..=7).contains(&number.len()) && is_number(number))?;
    let status = |word: &&[u8]| matches!(*word, b"INPUT" | b"ACTIVE" | b"OUTPUT" | b"HELD");
    let valid = !number.is_empty() && is_name(name) && rest.iter().take(2).any(status);
    valid.then(|| Entry::new(*id, Kind::File))
}

/// `2003/05/21` or `03/05/21`.
fn date(word: &[u8], time: &Time) -> Option<Stamp> {
    let mut parts = word.split(|&b| b == b'/');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    date::local(date::year(year)?, field::small(month)?, field::small(day)?, time)
}

fn is_number(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}

/// True for the name of a data set or member, or a quoted path: at most 44 characters and a member.
fn is_name(word: &[u8]) -> bool {
    word.len() <= 64
        && word.iter().all(|b| b.is_ascii_alphanumeric() || b"$#@.-_'()*{}".contains(b))
}

#[cfg(test)]
#[path = "mvs_tests.rs"]
mod tests;
