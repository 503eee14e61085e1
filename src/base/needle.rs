//! Search terms that users type to find, filter and select names.

/// A search term for names, case-insensitive.
///
/// With `*` or `?` it is a pattern for the whole name, otherwise a substring. The empty term
/// matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needle {
    /// In lower case.
    text: String,
    pattern: bool,
}

impl Needle {
    /// A term from what the user typed.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        Self { text: typed.to_lowercase(), pattern: typed.contains(['*', '?']) }
    }

    /// A pattern for the whole name, even without `*` and `?`.
    #[must_use]
    pub fn whole(typed: &str) -> Self {
        Self { text: typed.to_lowercase(), pattern: true }
    }

    /// True when nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// True when the name matches.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        if self.text.is_empty() {
            return true;
        }
        if self.text.is_ascii() {
            // the fast path: a directory may have 100,000 names, and this runs on every key press
            return self.matches_bytes(name);
        }
        let name = String::from_utf8_lossy(name).to_lowercase();
        self.matches_bytes(name.as_bytes())
    }

    /// True when a displayed path matches, or its last component alone: `*.iso` also matches
    /// `2026/image.iso`.
    #[must_use]
    pub fn matches_path(&self, path: &str) -> bool {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
        self.matches(path.as_bytes()) || (self.pattern && self.matches(last.as_bytes()))
    }

    fn matches_bytes(&self, name: &[u8]) -> bool {
        let needle = self.text.as_bytes();
        if self.pattern {
            return glob(needle, name);
        }
        name.windows(needle.len()).any(|piece| piece.eq_ignore_ascii_case(needle))
    }
}

/// `*` matches anything, `?` one byte or one UTF-8 character. Linear in practice because only the
/// last `*` is ever retried.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(b'?') => {
                p += 1;
                n += 1;
                while name.get(n).is_some_and(|b| b & 0xc0 == 0x80) {
                    n += 1;
                }
            }
            Some(byte) if byte.eq_ignore_ascii_case(&name[n]) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((after, from)) = retry else { return false };
                retry = Some((after, from + 1));
                (p, n) = (after, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substrings_and_patterns() {
        for (typed, name, yes) in [
            ("", "x", true),
            ("ISO", "image.iso", true),
            ("*.iso", "Image.ISO", true),
            ("*.iso", "image.iso.md5", false),
            ("i?age*", "image.iso", true),
            ("?", "日", true),
            ("?", "ab", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("ÄPFEL", "äpfel.txt", true),
        ] {
            assert_eq!(Needle::new(typed).matches(name.as_bytes()), yes, "{typed} {name}");
        }
        assert!(Needle::new("i*.iso").matches_path("2026/image.iso"));
        assert!(Needle::new("2026/*.iso").matches_path("2026/image.iso"));
        assert!(!Needle::new("i*.iso").matches_path("image.iso/x"));
        assert!(Needle::new("*.iso").matches(b"\xff.iso"));
        assert!(!Needle::whole("iso").matches(b"a.iso"));
        assert!(Needle::whole("A.iso").matches(b"a.iso"));
    }
}
