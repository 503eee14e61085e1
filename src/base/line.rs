//! The line of the FXP.One protocol and its site files: `VERB|KEY=VALUE|KEY=VALUE`.
//!
//! reference/fxp-one.md section 2: fields are separated by `|`, runs of separators collapse, verb
//! and keys are case-insensitive, a field in quotes may hold a `|`.

use std::fmt;

/// A line in its parts.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// The verb in upper case.
    pub verb: String,
    pairs: Vec<(String, String)>,
}

/// More pairs than this are cut off, as the original does.
const MOST_PAIRS: usize = 1000;

impl Line {
    /// A line without pairs.
    #[must_use]
    pub fn new(verb: &str) -> Self {
        Self { verb: verb.to_ascii_uppercase(), pairs: Vec::new() }
    }

    /// Reads a line, with or without its end; `None` for one that is empty.
    ///
    /// A prefix before the verb (`x:AUTH|…`) is ignored, since clients send such.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = fields(text).into_iter();
        let verb = fields.next()?;
        let verb = verb.rsplit_once(':').map_or(verb.as_str(), |(_, verb)| verb);
        if verb.is_empty() || verb.contains(['"', '|', '\r', '\n']) {
            return None; // a prefix alone says nothing, and no verb could be written so
        }
        let mut line = Self::new(verb);
        for field in fields.take(MOST_PAIRS) {
            let (key, value) = field.split_once('=').unwrap_or((&field, ""));
            // further = directly after the first are swallowed
            line.pairs.push((key.to_owned(), value.trim_start_matches('=').to_owned()));
        }
        Some(line)
    }

    /// The value of a key, without regard to case; the first one counts. A key without a value
    /// has the empty text.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str())
    }

    /// True when the key is there, with or without a value: presence alone switches a flag on.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// All pairs in their order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Adds a pair.
    pub fn push(&mut self, key: &str, value: impl Into<String>) {
        self.pairs.push((key.to_owned(), value.into()));
    }

    /// [`Line::push`] for building a line in one go.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.push(key, value);
        self
    }
}

/// The fields of a line: split at `|` and line ends, empty ones dropped, quoted ones whole.
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

impl fmt::Display for Line {
    /// The line without its end. What would break it does not come through: line ends become
    /// blanks, a field with `|` is quoted, and a quote in such a field becomes an apostrophe.
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

impl fmt::Debug for Line {
    /// Without values: they may be passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.pairs.iter().map(|(key, _)| key).collect();
        write!(f, "Line({} {keys:?})", self.verb)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_read_as_the_original_reads_them() {
        for (text, verb, pairs) in [
            ("AUTH|USER=admin|PASS=admin\r\n", "AUTH", &[("USER", "admin"), ("PASS", "admin")][..]),
            ("x:auth||USER=a||", "AUTH", &[("USER", "a")]),
            ("A|PASS==a=b", "A", &[("PASS", "a=b")]),
            ("A|OK|LOG=", "A", &[("OK", ""), ("LOG", "")]),
            ("A|\"EXTRA=a|b\"|C=d", "A", &[("EXTRA", "a|b"), ("C", "d")]),
            ("A|\"EXTRA=a", "A", &[("EXTRA", "a")]),
        ] {
            let line = Line::parse(text).unwrap();
            let expected: Vec<_> =
                pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!((line.verb.as_str(), line.pairs()), (verb, &expected[..]), "{text}");
        }
        assert_eq!(Line::parse("||\r\n"), None);
        let line = Line::parse("A|Name=x|NAME=y").unwrap();
        assert_eq!(line.get("name"), Some("x"));
        assert!(line.has("NAME") && !line.has("N"));
        assert_eq!(format!("{line:?}"), "Line(A [\"Name\", \"NAME\"])");
    }

    #[test]
    fn nothing_breaks_out_of_a_line() {
        let line = Line::new("a").with("MSG", "x\r\nB|OK").with("OK", "");
        assert_eq!(line.to_string(), "A|\"MSG=x  B|OK\"|OK");
        let back = Line::parse(&line.to_string()).unwrap();
        assert_eq!(back.get("MSG"), Some("x  B|OK"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            verb in "[A-Z]{1,8}",
            pairs in proptest::collection::vec(("[A-Za-z_0-9]{1,8}", "([^\"\r\n=][^\"\r\n]{0,8})?"), 0..5)
        ) {
            let line = pairs.iter().fold(Line::new(&verb), |line, (k, v)| line.with(k, v.clone()));
            prop_assert_eq!(Line::parse(&line.to_string()), Some(line));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = Line::parse(&text);
        }
    }
}
