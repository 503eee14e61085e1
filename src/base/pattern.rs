//! Lists of name patterns such as `*.dat/*readme.txt*`, matched as fnmatch(3) does.
//!
//! As in FXP.One (docs/fxp-one.md "Path filters"), patterns are separated by `/` and match the
//! whole name without its directory, ignoring case. `*` is any run of characters (a leading dot
//! included), `?` one character, `[a-z]` one of a set, `[!x]` or `[^x]` one outside it, and `\`
//! escapes the next character. `{}` has no special meaning.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list of patterns; the empty list matches nothing.
#[derive(Clone, Default)]
pub struct Patterns {
    text: String,
    patterns: Vec<Vec<Token>>,
}

/// One unit of a name: a character in lower case, or a byte that is not valid UTF-8.
type Unit = u32;

/// Bytes that are not valid UTF-8 map to units above all characters, so that only wildcards and
/// negated sets match them.
const RAW: Unit = 0x11_0000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    One(Unit),
    Any,
    Star,
    Set { negated: bool, ranges: Vec<(Unit, Unit)> },
}

impl Patterns {
    /// Parses a list; every text is a valid list.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let patterns = text.split('/').filter(|pattern| !pattern.is_empty()).map(compile).collect();
        Self { text: text.to_owned(), patterns }
    }

    /// True when the list has no pattern.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// True when one of the patterns matches the whole name.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        self.matching(name).is_some()
    }

    /// The pattern that matches, as it was written; used to explain why a name was skipped.
    #[must_use]
    pub fn matching(&self, name: &[u8]) -> Option<&str> {
        if self.patterns.is_empty() {
            return None;
        }
        let units = units(name);
        let at = self.patterns.iter().position(|pattern| matches_whole(pattern, &units))?;
        self.text.split('/').filter(|pattern| !pattern.is_empty()).nth(at)
    }

    /// The list as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Patterns {}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Patterns({:?})", self.text)
    }
}

impl fmt::Display for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Patterns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Patterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

impl FromStr for Patterns {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

/// The lower case of a character, if that is a single character.
fn fold(c: char) -> Unit {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one as Unit,
        _ => c as Unit,
    }
}

fn units(name: &[u8]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        units.extend(chunk.valid().chars().map(fold));
        units.extend(chunk.invalid().iter().map(|&byte| RAW + Unit::from(byte)));
    }
    units
}

fn compile(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let chars: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        at += 1;
        let token = match c {
            '*' if tokens.last() == Some(&Token::Star) => continue,
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' if at < chars.len() => {
                at += 1;
                Token::One(fold(chars[at - 1]))
            }
            '[' => match compile_set(&chars[at..]) {
                Some((set, used)) => {
                    at += used;
                    set
                }
                // an unclosed bracket is a literal, as in a shell
                None => Token::One('[' as Unit),
            },
            _ => Token::One(fold(c)),
        };
        tokens.push(token);
    }
    tokens
}

/// The set after a `[`, and how many characters it consumed, including the `]`.
fn compile_set(chars: &[char]) -> Option<(Token, usize)> {
    let negated = matches!(chars.first(), Some('!' | '^'));
    let first = usize::from(negated);
    let mut at = first;
    let mut ranges = Vec::new();
    let one = |at: &mut usize| -> Option<char> {
        if chars.get(*at) == Some(&'\\') && *at + 1 < chars.len() {
            *at += 1;
        }
        let c = *chars.get(*at)?;
        *at += 1;
        Some(c)
    };
    loop {
        // a `]` in first position is a member of the set
        if chars.get(at)? == &']' && at > first {
            return Some((Token::Set { negated, ranges }, at + 1));
        }
        let low = one(&mut at)?;
        let is_range = chars.get(at) == Some(&'-') && chars.get(at + 1).is_some_and(|&c| c != ']');
        let high = if is_range {
            at += 1;
            one(&mut at)?
        } else {
            low
        };
        // both cases of both bounds: [A-Z] and [a-z] are the same set
        ranges.push((low as Unit, high as Unit));
        ranges.push((fold(low), fold(high)));
    }
}

fn matches_one(token: &Token, unit: Unit) -> bool {
    match token {
        Token::One(one) => *one == unit,
        Token::Any => true,
        Token::Star => false,
        Token::Set { negated, ranges } => {
            let upper = char::from_u32(unit)
                .map(|c| c.to_uppercase())
                .filter(|upper| upper.len() == 1)
                .and_then(|mut upper| upper.next())
                .map_or(unit, |c| c as Unit);
            let within = |(low, high): &(Unit, Unit)| {
                (*low..=*high).contains(&unit) || (*low..=*high).contains(&upper)
            };
            ranges.iter().any(within) != *negated
        }
    }
}

/// Matches without recursion: after a mismatch only the last star consumes one more unit, so the
/// time is at most pattern length times name length, even for a hostile name.
fn matches_whole(tokens: &[Token], units: &[Unit]) -> bool {
    let (mut token, mut unit) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while unit < units.len() {
        match tokens.get(token) {
            Some(Token::Star) => {
                star = Some((token, unit));
                token += 1;
            }
            Some(one) if matches_one(one, units[unit]) => {
                token += 1;
                unit += 1;
            }
            _ => {
                let Some((star_token, taken)) = star else { return false };
                star = Some((star_token, taken + 1));
                token = star_token + 1;
                unit = taken + 1;
            }
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Star)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn matching_returns_the_first_matching_pattern() {
        let patterns = Patterns::new("*.dat/*readme.txt*");
        for (name, matched) in [
            ("x.dat", Some("*.dat")),
            ("X.DAT", Some("*.dat")),
            (".dat", Some("*.dat")),
            ("my-README.TXT.gz", Some("*readme.txt*")),
            ("x.dat2", None),
            ("", None),
        ] {
            assert_eq!(patterns.matching(name.as_bytes()), matched, "{name}");
        }
    }

    #[test]
    fn every_syntax_element() {
        for (pattern, yes, no) in [
            ("a", &["a", "A"][..], &["", "ab", "ba"][..]),
            ("?", &["a", "ü", "/", "日"], &["", "ab"]),
            ("*", &["", ".x", "ab"], &[]),
            ("a*b*c", &["abc", "aXbXc", "abbc"], &["ab", "abcd"]),
            ("[a-c]x", &["ax", "Bx", "CX"], &["dx", "x"]),
            ("[A-C]x", &["ax", "Bx"], &["dx"]),
            ("[!a-c]", &["d", "ü"], &["a", "B", ""]),
            ("[^0-9]", &["a"], &["5"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[!]a]", &["b"], &["]", "a"]),
            ("[a-]", &["a", "-"], &["b"]),
            (r"[\]]", &["]"], &["\\"]),
            (r"\*", &["*"], &["a", "\\*"]),
            (r"a\", &[r"a\"], &["a"]),
            ("[abc", &["[abc"], &["a"]),
            ("ÜBER*", &["überall"], &["uber"]),
            ("{a,b}", &["{a,b}"], &["a"]),
        ] {
            let patterns = Patterns::new(pattern);
            for name in yes {
                assert!(patterns.matches(name.as_bytes()), "{pattern} should match {name}");
            }
            for name in no {
                assert!(!patterns.matches(name.as_bytes()), "{pattern} should not match {name}");
            }
        }
    }

    #[test]
    fn empty_lists_match_nothing_and_raw_bytes_are_one_character() {
        for text in ["", "/", "//"] {
            assert!(Patterns::new(text).is_empty());
            assert!(!Patterns::new(text).matches(b"a"));
        }
        assert!(Patterns::new("caf?").matches(b"caf\xe9"));
        assert!(Patterns::new("caf[!a]").matches(b"caf\xe9"));
        assert!(!Patterns::new("caf[a-z]").matches(b"caf\xe9"));
        assert!(!Patterns::new("café").matches(b"caf\xe9"));
    }

    #[test]
    fn a_hostile_name_is_matched_quickly() {
        let patterns = Patterns::new("*a*a*a*a*a*a*a*a*a*a*b");
        let name = vec![b'a'; 20_000];
        assert!(!patterns.matches(&name));
    }

    /// A recursive reference implementation.
    fn naive(tokens: &[Token], units: &[Unit]) -> bool {
        match (tokens.split_first(), units.split_first()) {
            (None, None) => true,
            (Some((Token::Star, rest)), _) if naive(rest, units) => true,
            (Some((Token::Star, _)), Some((_, units))) => naive(tokens, units),
            (Some((token, rest)), Some((unit, units))) => {
                matches_one(token, *unit) && naive(rest, units)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference_implementation(
            pattern in "[ab*?\\[\\]!\\\\-]{0,10}",
            name in "[abAB\\[\\]-]{0,10}",
        ) {
            let expected = !pattern.is_empty() && naive(&compile(&pattern), &units(name.as_bytes()));
            prop_assert_eq!(Patterns::new(&pattern).matches(name.as_bytes()), expected);
        }

        #[test]
        fn matching_never_panics(
            pattern in ".{0,20}", name in proptest::collection::vec(any::<u8>(), 0..20)
        ) {
            let _ = Patterns::new(&pattern).matches(&name);
        }
    }
}
