//! Digests of files: the commands that request them from servers, their replies, and local
//! computation.
//!
//! Servers use many commands for the same digest (quirk 80): `HASH` with `OPTS HASH`
//! (draft-bryan-ftpext-hash), `XSHA512`, `XSHA256`, `XSHA1` and `XSHA`, `XMD5`, `MD5` and `MMD5`
//! (draft-twine-ftpmd5), `XCRC`. [`Digests`] records which of them a server supports, and the state
//! of its session: the algorithm that `HASH` is set to, and the commands that were refused.

use std::fmt;
use std::time::Duration;

use md5::{Digest as _, Md5};
use ring::digest;

use crate::base::words;
use crate::ftp::{Command, CommandError, Features, Reply};

/// A digest algorithm, ordered by strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// CRC-32 as in ZIP: detects corruption, but not manipulation.
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
    /// All algorithms, weakest first.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The name in `HASH` (draft-bryan-ftpext-hash section 3).
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

    /// Finds an algorithm by name, ignoring case and dashes.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let plain = |name: &[u8]| -> Vec<u8> {
            name.iter().filter(|b| **b != b'-').map(u8::to_ascii_uppercase).collect()
        };
        let wanted = plain(name);
        Self::ALL.into_iter().find(|known| plain(known.name().as_bytes()) == wanted)
    }

    /// The number of hex digits of the digest.
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

    /// The commands other than `HASH`, the most common one first.
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

/// The digest of a file or of a prefix of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digest {
    /// The algorithm.
    pub algorithm: Algorithm,
    hex: String,
}

impl Digest {
    /// A digest from hex digits in any case; `None` if the number of digits is wrong or a character
    /// is not a hex digit.
    #[must_use]
    pub fn new(algorithm: Algorithm, hex: &[u8]) -> Option<Self> {
        if hex.len() != algorithm.digits() || !hex.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let hex = hex.iter().map(|b| char::from(b.to_ascii_lowercase())).collect();
        Some(Self { algorithm, hex })
    }

    /// The hex digits, in lower case.
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

/// Computes a digest incrementally.
pub struct Hasher {
    algorithm: Algorithm,
    state: State,
}

impl Hasher {
    /// A hasher without input.
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

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc32(hasher) => hasher.update(bytes),
            State::Md5(hasher) => hasher.update(bytes),
            State::Sha(context) => context.update(bytes),
        }
    }

    /// The digest of all bytes.
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

/// The time limit for a server to compute a digest: `base`, plus 1 s per 50 MB (quirk 79).
#[must_use]
pub fn time_limit(base: Duration, bytes: u64) -> Duration {
    base + Duration::from_secs(bytes / 50_000_000)
}

/// One method of requesting a digest from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestMethod {
    algorithm: Algorithm,
    spelling: Spelling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// `HASH`, with `OPTS HASH` before it.
    Hash,
    /// A verb for this algorithm, with or without quotes around the name.
    Verb { verb: &'static str, quoted: bool },
}

impl DigestMethod {
    /// The requested algorithm.
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

    /// The command for the first `end` bytes; `None` if the method supports only whole files, or
    /// needs `RANG` first ([`DigestMethod::needs_rang`]).
    ///
    /// # Errors
    /// As [`DigestMethod::command`].
    pub fn prefix_command(self, path: &[u8], end: u64) -> Result<Option<Command>, CommandError> {
        match self.spelling {
            Spelling::Verb { verb, .. } if verb.starts_with('X') => {
                let argument = [&quote(path)[..], format!(" 0 {end}").as_bytes()].concat();
                Command::with(verb, argument).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// True if the range must be set with a separate command (`RANG`, draft-bryan-ftp-range).
    #[must_use]
    pub fn needs_rang(self) -> bool {
        self.spelling == Spelling::Hash
    }

    /// Parses the reply to [`DigestMethod::command`] or [`DigestMethod::prefix_command`] about a
    /// file, or the beginning of one, of so many bytes.
    #[must_use]
    pub fn read(self, reply: &Reply, path: &[u8], bytes: Option<u64>) -> Option<Digest> {
        read(reply, self.algorithm, path, bytes)
    }
}

fn quote(path: &[u8]) -> Vec<u8> {
    [b"\"", path, b"\""].concat()
}

/// The digest in a reply: `250 "name" HEX`, `213 SHA-256 0-49 hex name`, `251 name HEX`, on one
/// line or on several (quirk 79). Only a word of the right length counts, unless it is the name of
/// the file. A digest of another file, of another range than the `bytes` from the beginning, or by
/// another algorithm does not count.
#[must_use]
pub fn read(
    reply: &Reply,
    algorithm: Algorithm,
    path: &[u8],
    bytes: Option<u64>,
) -> Option<Digest> {
    if !reply.is_completion() {
        return None;
    }
    reply.lines.iter().rev().find_map(|line| parse_line(line, algorithm, path, bytes))
}

fn parse_line(
    line: &[u8],
    algorithm: Algorithm,
    path: &[u8],
    bytes: Option<u64>,
) -> Option<Digest> {
    let line = line.trim_ascii();
    // the reply to HASH has the digest at a fixed position
    let mut words = line.splitn(4, u8::is_ascii_whitespace);
    let (name, range, digest) = (words.next()?, words.next(), words.next());
    if let (Some(named), Some(range)) = (Algorithm::from_name(name), range.and_then(range_of)) {
        let whole = bytes.is_none_or(|bytes| covers(range, bytes));
        let ours = words.next().is_none_or(|name| is_same_file(name, path));
        let right = named == algorithm && whole && ours;
        return digest.filter(|_| right).and_then(|digits| Digest::new(algorithm, digits));
    }
    let rest = without_name(line, path);
    if quoted_name(rest).is_some_and(|name| !is_same_file(name, path)) {
        return None;
    }
    let words = rest.split(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'=' | b','));
    words.rev().find_map(|word| Digest::new(algorithm, word))
}

/// True if a name in a reply may be that of the file: servers reply with a path, a name or nothing.
fn is_same_file(name: &[u8], path: &[u8]) -> bool {
    let last = |path: &[u8]| path.rsplit(|b| matches!(b, b'/' | b'\\')).next().map(<[u8]>::to_vec);
    let name = name.trim_ascii();
    let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
    name.is_empty() || last(name) == last(path)
}

/// The text in the first pair of quotes, unless it is a digest itself.
fn quoted_name(line: &[u8]) -> Option<&[u8]> {
    let text = line.split(|b| *b == b'"').nth(1)?;
    let is_digest = Algorithm::ALL.iter().any(|known| Digest::new(*known, text).is_some());
    (line.iter().filter(|b| **b == b'"').count() > 1 && !is_digest).then_some(text)
}

/// True if a reply to `HASH` states that it covers exactly the first `end` bytes. This must be
/// checked because ProFTPD 1.3.8 accepts `RANG` and hashes the whole file anyway.
#[must_use]
pub fn covers_prefix(reply: &Reply, end: u64) -> bool {
    reply.lines.iter().any(|line| {
        let ranges = line.split(u8::is_ascii_whitespace).filter_map(range_of);
        ranges.take(1).any(|range| covers(range, end))
    })
}

/// True for the range of the first `end` bytes: servers report the last byte or the one after it.
fn covers((from, to): (u64, u64), end: u64) -> bool {
    from == 0 && (to == end || to.checked_add(1) == Some(end))
}

/// Parses a range such as `0-49`.
fn range_of(word: &[u8]) -> Option<(u64, u64)> {
    let (from, to) = std::str::from_utf8(word).ok()?.split_once('-')?;
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse());
    Some((number(from)?.ok()?, number(to)?.ok()?))
}

/// The line without the file name at its start or end, unless nothing would be left.
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

/// The digests that a server supports, and the state of its session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests {
    hash: Vec<Algorithm>,
    selected: Option<Algorithm>,
    verbs: Vec<&'static str>,
}

impl Digests {
    /// The digests that the reply to FEAT announces.
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
            let Some(algorithm) = Algorithm::from_name(name.as_bytes()) else { continue };
            digests.hash.push(algorithm);
            if selected {
                digests.selected = Some(algorithm);
            }
        }
        digests
    }

    /// True if the server supports the algorithm by any command.
    #[must_use]
    pub fn has(&self, algorithm: Algorithm) -> bool {
        self.hash.contains(&algorithm)
            || algorithm.verbs().iter().any(|verb| self.verbs.contains(verb))
    }

    /// The algorithms that the server supports, strongest first.
    pub fn strongest(&self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.into_iter().rev().filter(|algorithm| self.has(*algorithm))
    }

    /// The algorithms that both servers support, strongest first.
    #[must_use]
    pub fn common(&self, other: &Self) -> Vec<Algorithm> {
        self.strongest().filter(|algorithm| other.has(*algorithm)).collect()
    }

    /// The methods of requesting the digest of a file, the most reliable one first: the argument of
    /// `HASH` is only the name. For the other commands a name with spaces needs quotes, but not all
    /// servers accept them (docs/servers.md "Commands and features").
    #[must_use]
    pub fn methods(&self, algorithm: Algorithm, path: &[u8]) -> Vec<DigestMethod> {
        let hash = self.hash.contains(&algorithm).then_some(Spelling::Hash);
        let has_spaces = path.iter().any(u8::is_ascii_whitespace);
        let forms: &[bool] = if has_spaces { &[true, false] } else { &[false] };
        let verbs = algorithm.verbs().iter().filter(|verb| self.verbs.contains(verb));
        let verbs = verbs
            .flat_map(|verb| forms.iter().map(|quoted| Spelling::Verb { verb, quoted: *quoted }));
        hash.into_iter().chain(verbs).map(|spelling| DigestMethod { algorithm, spelling }).collect()
    }

    /// The `OPTS HASH` command that must precede this method, if any. Pass the reply to
    /// [`Digests::select_answered`].
    #[must_use]
    pub fn select_command(&self, method: DigestMethod) -> Option<Command> {
        if method.spelling != Spelling::Hash || self.selected == Some(method.algorithm) {
            return None;
        }
        // the name of an algorithm is always a valid argument
        Command::with("OPTS", format!("HASH {}", method.algorithm.name())).ok()
    }

    /// Records the reply to [`Digests::select_command`].
    pub fn select_answered(&mut self, algorithm: Algorithm, reply: &Reply) {
        if reply.is_completion() {
            self.selected = Some(algorithm);
        } else {
            self.hash.retain(|known| *known != algorithm);
        }
    }

    /// Records that the server refused a method. Commands that it does not support are not sent
    /// again.
    pub fn mark_refused(&mut self, method: DigestMethod, reply: &Reply) {
        if !matches!(reply.code, 500 | 502) {
            return; // refused only for this file
        }
        match method.spelling {
            Spelling::Hash => self.hash.clear(),
            // ProFTPD replies 501 to spaces; others may reply 500 to quotes
            Spelling::Verb { quoted: true, .. } => {}
            Spelling::Verb { verb, .. } => self.verbs.retain(|known| *known != verb),
        }
    }
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
