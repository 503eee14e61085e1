//! Lines of the FXP.One protocol and its site files: `VERB|KEY=VALUE|KEY=VALUE`.
//!
//! docs/fxp-one.md "Lines": fields are separated by `|`, runs of separators collapse, verb and keys
//! are case-insensitive, a field in quotes may hold a `|`.

use std::fmt;

/// A parsed line: a verb and its key-value pairs.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct FxpOneLine {
    /// The verb in upper case.
    pub verb: String,
    pairs: Vec<(String, String)>,
}

/// Further pairs are ignored, as FXP.One itself does.
const MAX_PAIRS: usize = 1000;

impl FxpOneLine {
    /// A line without pairs.
    #[must_use]
    pub fn new(verb: &str) -> Self {
        Self { verb: verb.to_ascii_uppercase(), pairs: Vec::new() }
    }

    /// Parses a line, with or without its line end; `None` for an empty one.
    ///
    /// A prefix before the verb (`x:AUTH|…`) is ignored, because some clients send one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = fields(text).into_iter();
        let verb = fields.next()?;
        let verb = verb.rsplit_once(':').map_or(verb.as_str(), |(_, verb)| verb);
        if verb.is_empty() || verb.contains(['"', '|', '\r', '\n']) {
            return None; // a prefix without a verb, or a verb that could not be written back
        }
        let mut line = Self::new(verb);
        for field in fields.take(MAX_PAIRS) {
            let (key, value) = field.split_once('=').unwrap_or((&field, ""));
            // FXP.One drops further `=` directly after the first
            line.pairs.push((key.to_owned(), value.trim_start_matches('=').to_owned()));
        }
        Some(line)
    }

    /// The value of a key, ignoring case; the first occurrence counts. A key without a value yields
    /// an empty string.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str())
    }

    /// True when the key is present, with or without a value: presence alone turns a flag on.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// All pairs in order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Adds a pair.
    pub fn push(&mut self, key: &str, value: impl Into<String>) {
        self.pairs.push((key.to_owned(), value.into()));
    }

    /// [`FxpOneLine::push`] as a builder method.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.push(key, value);
        self
    }
}

/// The fields of a line: split at `|` and line ends, without empty ones; a quoted field may contain
/// `|`.
fn fields(text: &str) -> Vec<String> {
    let is_separator = |c: char| matches!(c, '|' | '\r' | '\n');
    let mut fields = Vec::new();
    let mut rest = text.trim_start_matches(is_separator);
    while !rest.is_empty() {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_at(rest.find(is_separator).unwrap_or(rest.len())),
        };
        if !field.is_empty() {
            fields.push(field.to_owned());
        }
        rest = after.trim_start_matches(is_separator);
    }
    fields
}

impl fmt::Display for FxpOneLine {
    /// The line without its line end. Characters that would break the line are replaced: line ends
    /// become spaces, a field with `|` is quoted, and a quote in such a field becomes an
    /// apostrophe.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verb)?;
        for (key, value) in &self.pairs {
            let mut field = if value.is_empty() { key.clone() } else { format!("{key}={value}") };
            if field.contains(['\r', '\n']) {
                field = field.replace(['\r', '\n'], " ");
            }
            if field.contains('|') || field.starts_with('"') {
                field = format!("\"{}\"", field.replace('"', "'"));
            }
            write!(f, "|{field}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for FxpOneLine {
    /// Omits the values because they may be passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.pairs.iter().map(|(key, _)| key).collect();
        write!(f, "FxpOneLine({} {keys:?})", self.verb)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_parsed_as_fxp_one_parses_them() {
        for (text, verb, pairs) in [
            ("AUTH|USER=admin|PASS=admin\r\n", "AUTH", &[("USER", "admin"), ("PASS", "admin")][..]),
            ("x:auth||USER=a||", "AUTH", &[("USER", "a")]),
            ("A|PASS==a=b", "A", &[("PASS", "a=b")]),
            ("A|OK|LOG=", "A", &[("OK", ""), ("LOG", "")]),
            ("A|\"EXTRA=a|b\"|C=d", "A", &[("EXTRA", "a|b"), ("C", "d")]),
            ("A|\"EXTRA=a", "A", &[("EXTRA", "a")]),
        ] {
            let line = FxpOneLine::parse(text).unwrap();
            let expected: Vec<_> =
                pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!((line.verb.as_str(), line.pairs()), (verb, &expected[..]), "{text}");
        }
        assert_eq!(FxpOneLine::parse("||\r\n"), None);
        let line = FxpOneLine::parse("A|Name=x|NAME=y").unwrap();
        assert_eq!(line.get("name"), Some("x"));
        assert!(line.has("NAME") && !line.has("N"));
        assert_eq!(format!("{line:?}"), "FxpOneLine(A [\"Name\", \"NAME\"])");
    }

    #[test]
    fn a_value_cannot_break_the_line() {
        let line = FxpOneLine::new("a").with("MSG", "x\r\nB|OK").with("OK", "");
        assert_eq!(line.to_string(), "A|\"MSG=x  B|OK\"|OK");
        let back = FxpOneLine::parse(&line.to_string()).unwrap();
        assert_eq!(back.get("MSG"), Some("x  B|OK"));
    }

    proptest! {
        #[test]
        fn lines_round_trip(
            verb in "[A-Z]{1,8}",
            pairs in proptest::collection::vec(
                ("[A-Za-z_0-9]{1,8}", "([^\"\r\n=][^\"\r\n]{0,8})?"), 0..5
            )
        ) {
            let line = FxpOneLine::new(&verb);
            let line = pairs.iter().fold(line, |line, (k, v)| line.with(k, v.clone()));
            prop_assert_eq!(FxpOneLine::parse(&line.to_string()), Some(line));
        }

        #[test]
        fn parse_never_panics(text in ".{0,40}") {
            let _ = FxpOneLine::parse(&text);
        }
    }
}
