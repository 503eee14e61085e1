//! Digests of files: how servers are asked for them, what they answer, and computing them here.
//!
//! Servers spell the same digest in many ways (reference quirk 80): `HASH` with `OPTS HASH`
//! (draft-bryan-ftpext-hash), `XSHA512`, `XSHA256`, `XSHA1` and `XSHA`, `XMD5`, `MD5` and `MMD5`
//! (draft-twine-ftpmd5), `XCRC`. [`Digests`] knows which of them one server can, and is the state
//! of its session besides: which algorithm `HASH` was set to, which spellings were refused.

use std::fmt;
use std::time::Duration;

use md5::{Digest as _, Md5};
use ring::digest;

use crate::base::words;
use crate::ftp::{Command, CommandError, Features, Reply};

/// A digest that servers can compute; a stronger one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// CRC-32 as in ZIP: finds damage, no intent.
    Crc32,
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-1 (FIPS 180).
    Sha1,
    /// SHA-256 (FIPS 180).
    Sha256,
    /// SHA-512 (FIPS 180).
    Sha512,
}

words!(Algorithm { Crc32: "crc32", Md5: "md5", Sha1: "sha1", Sha256: "sha256", Sha512: "sha512" });

impl Algorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// Its name for `HASH` (draft-bryan-ftpext-hash section 3).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The algorithm of this name, in any case and with or without its dash.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        let plain = |name: &[u8]| -> Vec<u8> {
            name.iter().filter(|b| **b != b'-').map(u8::to_ascii_uppercase).collect()
        };
        let wanted = plain(name);
        Self::ALL.into_iter().find(|known| plain(known.name().as_bytes()) == wanted)
    }

    /// Digits of the digest in hex.
    #[must_use]
    pub fn digits(self) -> usize {
        match self {
            Self::Crc32 => 8,
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    /// The commands of its own, the most usual one first.
    fn verbs(self) -> &'static [&'static str] {
        match self {
            Self::Crc32 => &["XCRC"],
            Self::Md5 => &["XMD5", "MD5", "MMD5"],
            Self::Sha1 => &["XSHA1", "XSHA"],
            Self::Sha256 => &["XSHA256"],
            Self::Sha512 => &["XSHA512"],
        }
    }
}

/// A digest of a file, or of the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digest {
    /// How it was computed.
    pub algorithm: Algorithm,
    hex: String,
}

impl Digest {
    /// A digest from hex digits in any case; `None` when there are too few, too many or others.
    #[must_use]
    pub fn new(algorithm: Algorithm, hex: &[u8]) -> Option<Self> {
        if hex.len() != algorithm.digits() || !hex.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let hex = hex.iter().map(|b| char::from(b.to_ascii_lowercase())).collect();
        Some(Self { algorithm, hex })
    }

    /// The digits, in small letters.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm.name(), self.hex)
    }
}

enum State {
    Crc32(crc32fast::Hasher),
    Md5(Md5),
    Sha(Box<digest::Context>),
}

/// Computes a digest while the bytes pass.
pub struct Hasher {
    algorithm: Algorithm,
    state: State,
}

impl Hasher {
    /// A digest of nothing so far.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        let sha = |kind| State::Sha(Box::new(digest::Context::new(kind)));
        let state = match algorithm {
            Algorithm::Crc32 => State::Crc32(crc32fast::Hasher::new()),
            Algorithm::Md5 => State::Md5(Md5::new()),
            Algorithm::Sha1 => sha(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Algorithm::Sha256 => sha(&digest::SHA256),
            Algorithm::Sha512 => sha(&digest::SHA512),
        };
        Self { algorithm, state }
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc32(hasher) => hasher.update(bytes),
            State::Md5(hasher) => hasher.update(bytes),
            State::Sha(context) => context.update(bytes),
        }
    }

    /// The digest of all of them.
    #[must_use]
    pub fn finish(self) -> Digest {
        let hex = match self.state {
            State::Crc32(hasher) => format!("{:08x}", hasher.finalize()),
            State::Md5(hasher) => hex(&hasher.finalize()),
            State::Sha(context) => hex(context.finish().as_ref()),
        };
        Digest { algorithm: self.algorithm, hex }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hasher").field(&self.algorithm).finish()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How long a server may compute: 60 s, and 1 s for each 50 MB (reference quirk 79).
#[must_use]
pub fn time_limit(base: Duration, bytes: u64) -> Duration {
    base + Duration::from_secs(bytes / 50_000_000)
}

/// One way of asking a server for a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    algorithm: Algorithm,
    spelling: Spelling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// `HASH`.
    Hash,
    /// A verb of its own, the name in quotes or not.
    Verb { verb: &'static str, quoted: bool },
}

impl Way {
    /// What is asked for.
    #[must_use]
    pub fn algorithm(self) -> Algorithm {
        self.algorithm
    }

    /// The command for the whole file.
    ///
    /// # Errors
    /// [`CommandError`] for a name that no command can carry.
    pub fn command(self, path: &[u8]) -> Result<Command, CommandError> {
        match self.spelling {
            Spelling::Hash => Command::with("HASH", path),
            Spelling::Verb { verb, quoted: true } => Command::with(verb, quote(path)),
            Spelling::Verb { verb, quoted: false } => Command::with(verb, path),
        }
    }

    /// The command for the first `end` bytes; `None` where this way only knows whole files, or
    /// wants `RANG` before it ([`Way::takes_range`]).
    ///
    /// # Errors
    /// As [`Way::command`].
    pub fn prefix_command(self, path: &[u8], end: u64) -> Result<Option<Command>, CommandError> {
        match self.spelling {
            Spelling::Verb { verb, .. } if verb.starts_with('X') => {
                let argument = [&quote(path)[..], format!(" 0 {end}").as_bytes()].concat();
                Command::with(verb, argument).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// True where the range goes ahead in a command of its own (`RANG`, draft-bryan-ftp-range).
    #[must_use]
    pub fn takes_range(self) -> bool {
        self.spelling == Spelling::Hash
    }

    /// The digest in a reply to [`Way::command`] or [`Way::prefix_command`].
    #[must_use]
    pub fn read(self, reply: &Reply, path: &[u8]) -> Option<Digest> {
        read(reply, self.algorithm, path)
    }
}

fn quote(path: &[u8]) -> Vec<u8> {
    [b"\"", path, b"\""].concat()
}

/// The digest in a reply: `250 "name" HEX`, `213 SHA-256 0-49 hex name`, `251 name HEX`, on one
/// line or on several (quirk 79). Only a word of the right length counts, and the name of the
/// file is none.
#[must_use]
pub fn read(reply: &Reply, algorithm: Algorithm, path: &[u8]) -> Option<Digest> {
    if !reply.is_completion() {
        return None;
    }
    reply.lines.iter().rev().find_map(|line| in_line(line, algorithm, path))
}

fn in_line(line: &[u8], algorithm: Algorithm, path: &[u8]) -> Option<Digest> {
    let line = line.trim_ascii();
    let mut words = line.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty());
    // the form of HASH has its digest at a fixed place
    let (name, range, third) = (words.next()?, words.next(), words.next());
    if Algorithm::named(name) == Some(algorithm)
        && range.is_some_and(is_range)
        && let Some(digest) = third.and_then(|third| Digest::new(algorithm, third))
    {
        return Some(digest);
    }
    let rest = without_name(line, path);
    let words = rest.split(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'=' | b','));
    words.rev().find_map(|word| Digest::new(algorithm, word))
}

/// True when a reply to `HASH` says that it is about the first `end` bytes. ProFTPD 1.3.8 accepts
/// `RANG` and computes the whole file all the same, so nothing less is believed. Servers count the
/// last byte or the one behind it.
#[must_use]
pub fn is_of_prefix(reply: &Reply, end: u64) -> bool {
    reply.lines.iter().any(|line| {
        let ranges = line.split(u8::is_ascii_whitespace).filter_map(range_of);
        ranges.take(1).any(|(from, to)| from == 0 && (to == end || to.checked_add(1) == Some(end)))
    })
}

fn is_range(word: &[u8]) -> bool {
    range_of(word).is_some()
}

/// `0-49`.
fn range_of(word: &[u8]) -> Option<(u64, u64)> {
    let (from, to) = std::str::from_utf8(word).ok()?.split_once('-')?;
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse());
    Some((number(from)?.ok()?, number(to)?.ok()?))
}

/// The line without the file's name at its beginning or end, unless nothing would be left.
fn without_name<'a>(line: &'a [u8], path: &[u8]) -> &'a [u8] {
    let quoted = quote(path);
    for name in [&quoted[..], path] {
        if name.is_empty() {
            continue;
        }
        let rest = line.strip_prefix(name).or_else(|| line.strip_suffix(name));
        if let Some(rest) = rest.map(<[u8]>::trim_ascii).filter(|rest| !rest.is_empty()) {
            return rest;
        }
    }
    line
}

/// What one server can compute, and what was found out in its session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests {
    hash: Vec<Algorithm>,
    selected: Option<Algorithm>,
    verbs: Vec<&'static str>,
}

impl Digests {
    /// What the reply to FEAT promises.
    #[must_use]
    pub fn of(features: &Features) -> Self {
        let verbs = Algorithm::ALL
            .into_iter()
            .flat_map(|algorithm| algorithm.verbs().iter().copied())
            .filter(|verb| features.has(verb))
            .collect();
        let mut digests = Self { verbs, ..Self::default() };
        for name in features.parameters("HASH").unwrap_or_default().split([';', ' ', ',']) {
            let (name, selected) = match name.strip_suffix('*') {
                Some(name) => (name, true),
                None => (name, false),
            };
            let Some(algorithm) = Algorithm::named(name.as_bytes()) else { continue };
            digests.hash.push(algorithm);
            if selected {
                digests.selected = Some(algorithm);
            }
        }
        digests
    }

    /// True when this server can compute it in some spelling.
    #[must_use]
    pub fn has(&self, algorithm: Algorithm) -> bool {
        self.hash.contains(&algorithm)
            || algorithm.verbs().iter().any(|verb| self.verbs.contains(verb))
    }

    /// What this server can compute, strongest first.
    pub fn strongest(&self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.into_iter().rev().filter(|algorithm| self.has(*algorithm))
    }

    /// What both servers can compute in any spelling, strongest first.
    #[must_use]
    pub fn common(&self, other: &Self) -> Vec<Algorithm> {
        self.strongest().filter(|algorithm| other.has(*algorithm)).collect()
    }

    /// The ways of asking for the digest of this file, the most reliable one first: the argument
    /// of `HASH` is the name and nothing else; of the others a name with blanks needs quotes, but
    /// not all servers take them (reference/servers.md section 8, 20).
    #[must_use]
    pub fn ways(&self, algorithm: Algorithm, path: &[u8]) -> Vec<Way> {
        let hash = self.hash.contains(&algorithm).then_some(Spelling::Hash);
        let blanks = path.iter().any(u8::is_ascii_whitespace);
        let forms: &[bool] = if blanks { &[true, false] } else { &[false] };
        let verbs = algorithm.verbs().iter().filter(|verb| self.verbs.contains(verb));
        let verbs = verbs
            .flat_map(|verb| forms.iter().map(|quoted| Spelling::Verb { verb, quoted: *quoted }));
        hash.into_iter().chain(verbs).map(|spelling| Way { algorithm, spelling }).collect()
    }

    /// `OPTS HASH` where it has to go before this way is asked; say then whether it was accepted
    /// ([`Digests::selected`]).
    #[must_use]
    pub fn selection(&self, way: Way) -> Option<Command> {
        if way.spelling != Spelling::Hash || self.selected == Some(way.algorithm) {
            return None;
        }
        // the names are our own: no byte of them can be refused
        Command::with("OPTS", format!("HASH {}", way.algorithm.name())).ok()
    }

    /// The answer to [`Digests::selection`] came.
    pub fn selected(&mut self, algorithm: Algorithm, reply: &Reply) {
        if reply.is_completion() {
            self.selected = Some(algorithm);
        } else {
            self.hash.retain(|known| *known != algorithm);
        }
    }

    /// This way was refused. Commands that the server turns out not to know are not sent again.
    pub fn refused(&mut self, way: Way, reply: &Reply) {
        if !matches!(reply.code, 500 | 502) {
            return; // of this file alone
        }
        match way.spelling {
            Spelling::Hash => self.hash.clear(),
            // ProFTPD says 501 to blanks; others may say 500 to quotes
            Spelling::Verb { quoted: true, .. } => {}
            Spelling::Verb { verb, .. } => self.verbs.retain(|known| *known != verb),
        }
    }
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
