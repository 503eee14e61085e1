//! MLSD: facts, one space, the name (RFC 3659 section 7; quirks 34 to 37).

use std::collections::{HashMap, HashSet};

use super::{
    field,
    line::{LineParser, Lines, ParsedLine},
};
use crate::{
    base::{Precision, Stamp},
    ftp::{Entry, Kind},
};

/// Parser for MLSD. It may need the whole listing because ProFTPD lists targets of links on
/// separate lines.
pub(super) struct Mlsd<'a> {
    /// The whole listing; `None` while it is still arriving.
    whole: Option<&'a [u8]>,
    /// True after a line that can be parsed only with the whole listing.
    needs_whole: bool,
    /// Accept lines without facts, if the format is known to be MLSD.
    bare_names: bool,
    links: Option<Links<'a>>,
}

/// The links of a listing and their targets, by `unique` fact (quirk 36).
struct Links<'a> {
    uniques: HashSet<&'a [u8]>,
    targets: HashMap<&'a [u8], &'a [u8]>,
}

/// The facts of a line that are used.
#[derive(Default)]
struct Facts<'a> {
    kind: Type<'a>,
    size: Option<u64>,
    modify: Option<Stamp>,
    mode: Option<&'a [u8]>,
    perm: Option<&'a [u8]>,
    unique: Option<&'a [u8]>,
}

/// The `type` fact.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Type<'a> {
    /// Absent.
    #[default]
    Unknown,
    /// The listed directory (true) or its parent (false).
    Own(bool),
    /// Any type other than a link.
    Is(Kind),
    /// A link, with its target if the fact contains it.
    Link(Option<&'a [u8]>),
}

impl<'a> Mlsd<'a> {
    /// A parser for a whole listing. `known` is true if the command or a setting determines that it
    /// is MLSD.
    pub(super) fn new(bytes: &'a [u8], known: bool) -> Self {
        Self { whole: Some(bytes), needs_whole: false, bare_names: known, links: None }
    }

    /// A parser for a listing that is still arriving.
    pub(super) fn by_line(known: bool) -> Self {
        Self { whole: None, needs_whole: false, bare_names: known, links: None }
    }

    fn links(&mut self) -> &Links<'a> {
        self.needs_whole |= self.whole.is_none();
        self.links.get_or_insert_with(|| Links::find(self.whole.unwrap_or_default()))
    }
}

impl LineParser for Mlsd<'_> {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        let Some((facts, name)) = split(line) else { return ParsedLine::Unknown };
        // each fact ends with a semicolon (RFC 3659 section 7.2); `ACCOUNT=  SYS` is another format
        if !facts.contains(&b';') && !self.bare_names && !is_known_fact(facts) {
            return ParsedLine::Unknown;
        }
        let Some(facts) = Facts::parse(facts) else { return ParsedLine::Unknown };
        if name.contains(&b'/') {
            // such a line is the target of a link that is listed separately
            let known = facts.unique.is_some_and(|it| self.links().uniques.contains(it));
            let own = matches!(facts.kind, Type::Own(_));
            return if known || own { ParsedLine::Skip } else { ParsedLine::Unknown };
        }
        let mut entry = Entry::new(name, facts.kind());
        match facts.kind {
            Type::Own(itself) => {
                return if itself { ParsedLine::CurrentDir } else { ParsedLine::Skip };
            }
            Type::Link(Some(target)) => entry.target = Some(target.into()),
            Type::Link(None) => {
                let target = facts.unique.and_then(|it| self.links().targets.get(it).copied());
                entry.target = target.map(Box::from);
            }
            Type::Unknown | Type::Is(_) => {}
        }
        entry.size = facts.size;
        entry.mtime = facts.modify;
        entry.perms = facts.mode.and_then(field::octal);
        ParsedLine::Entry(entry)
    }

    fn needs_whole_listing(&self) -> bool {
        self.needs_whole
    }

    fn may_need_whole_listing(&self) -> bool {
        self.whole.is_none()
    }
}

/// True if the text is a single fact that is used.
fn is_known_fact(text: &[u8]) -> bool {
    let name = text.split(|&b| b == b'=').next().unwrap_or_default();
    [&b"type"[..], b"size", b"sizd", b"perm", b"modify", b"unique", b"unix.mode"]
        .iter()
        .any(|known| name.len() < text.len() && name.eq_ignore_ascii_case(known))
}

impl<'a> Links<'a> {
    fn find(bytes: &'a [u8]) -> Self {
        let lines = || {
            Lines::new(bytes).filter_map(|(_, line)| {
                let (facts, name) = split(line)?;
                Some((Facts::parse(facts)?, name))
            })
        };
        let mut uniques = HashSet::new();
        for (facts, _) in lines() {
            if let (Type::Link(_), Some(unique)) = (facts.kind, facts.unique) {
                uniques.insert(unique);
            }
        }
        let mut targets = HashMap::new();
        for (facts, name) in lines() {
            let Some(unique) = facts.unique.filter(|unique| uniques.contains(unique)) else {
                continue;
            };
            if matches!(facts.kind, Type::Is(_)) {
                targets.entry(unique).or_insert(name);
            }
        }
        Self { uniques, targets }
    }
}

/// Splits facts and name at the first space; some servers send a tab after the last `;`.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut before = 0;
    for (at, &byte) in line.iter().enumerate() {
        if byte == b' ' || (byte == b'\t' && before == b';') {
            return Some((&line[..at], &line[at + 1..]));
        }
        before = byte;
    }
    None
}

impl<'a> Facts<'a> {
    /// `None` if the text is not empty but contains no fact. An invalid fact is dropped, but the
    /// entry is kept.
    fn parse(text: &'a [u8]) -> Option<Self> {
        let mut facts = Self::default();
        let mut found = text.is_empty();
        for fact in text.split(|&b| b == b';') {
            let Some(equals) = fact.iter().position(|&b| b == b'=') else { continue };
            let (name, value) = (&fact[..equals], &fact[equals + 1..]);
            if name.is_empty() {
                continue;
            }
            found = true;
            let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
            match name.len() {
                4 if is(b"type") => facts.kind = Type::parse(value),
                // "sizd" is the size of a directory
                4 if is(b"size") || is(b"sizd") => facts.size = field::number(value),
                4 if is(b"perm") => facts.perm = Some(value),
                6 if is(b"modify") => facts.modify = modify(value),
                6 if is(b"unique") => facts.unique = Some(value).filter(|it| !it.is_empty()),
                9 if is(b"unix.mode") => facts.mode = Some(value),
                _ => {}
            }
        }
        found.then_some(facts)
    }

    fn kind(&self) -> Kind {
        match self.kind {
            Type::Own(_) => Kind::Dir,
            Type::Is(kind) => kind,
            Type::Link(_) => Kind::Link,
            // an entry that can be entered, listed or created in is a directory (RFC 3659 section
            // 7.5.5)
            Type::Unknown => {
                let dir = |perm: &[u8]| perm.iter().any(|b| b"celmpCELMP".contains(b));
                if self.perm.is_some_and(dir) { Kind::Dir } else { Kind::File }
            }
        }
    }
}

impl<'a> Type<'a> {
    fn parse(value: &'a [u8]) -> Self {
        let is = |known: &[u8]| value.eq_ignore_ascii_case(known);
        match value.len() {
            0 => Self::Unknown,
            3 if is(b"dir") => Self::Is(Kind::Dir),
            4 if is(b"file") => Self::Is(Kind::File),
            4 if is(b"cdir") => Self::Own(true),
            4 if is(b"pdir") => Self::Own(false),
            _ => Self::special(value),
        }
    }

    /// `OS.name=type`, of which only links are used: `OS.unix=slink:target`, `OS.unix=symlink` (RFC
    /// 3659 section 7.5.1.5).
    fn special(value: &'a [u8]) -> Self {
        let system = value.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"os."));
        let equals = value.iter().position(|&b| b == b'=').filter(|_| system);
        let kind = equals.map_or(value, |at| &value[at + 1..]);
        let colon = kind.iter().position(|&b| b == b':');
        let word = &kind[..colon.unwrap_or(kind.len())];
        let target = colon.map(|at| &kind[at + 1..]).filter(|target| !target.is_empty());
        let is = |known: &[u8]| word.eq_ignore_ascii_case(known);
        if is(b"slink") || is(b"symlink") || is(b"link") {
            Self::Link(target)
        } else {
            Self::Is(Kind::Other)
        }
    }
}

/// Parses `YYYYMMDDHHMMSS`; some servers omit the seconds or the clock time.
fn modify(value: &[u8]) -> Option<Stamp> {
    let mut padded = *b"00000000000000";
    let precision = match value.len() {
        8 => Precision::Day,
        12 => Precision::Minute,
        _ => return Stamp::from_digits(std::str::from_utf8(value).ok()?),
    };
    padded[..value.len()].copy_from_slice(value);
    let stamp = Stamp::from_digits(std::str::from_utf8(&padded).ok()?)?;
    Some(Stamp { precision, ..stamp })
}

#[cfg(test)]
#[path = "mlsd_tests.rs"]
mod tests;
