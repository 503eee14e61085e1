//! Spellings of one name: file systems that fold case or normalise Unicode, and servers that replace
//! characters, take different names for one.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

/// The name without differences of case and of Unicode normalisation (Unicode 3.13, canonical
/// caseless matching). Bytes that are not UTF-8 stay as they are.
#[must_use]
pub fn folded(name: &[u8]) -> Vec<u8> {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let mut folded = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        let text: String = chunk.valid().nfd().default_case_fold().nfd().collect();
        folded.extend_from_slice(text.as_bytes());
        folded.extend_from_slice(chunk.invalid());
    }
    folded
}

/// The name without what servers replace or remove when they store it: all but ASCII letters and
/// digits. Pure-FTPd stores `a ` as `a_`, and Windows as `a`.
#[must_use]
pub fn simplified(name: &[u8]) -> Vec<u8> {
    folded(name).into_iter().filter(u8::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name() {
        for (one, other) in [
            ("README", "readme"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "cafe\u{301}"),
            ("STRASSE", "stra\u{df}e"),
            ("\u{3a3}", "\u{3c2}"),
        ] {
            assert_eq!(folded(one.as_bytes()), folded(other.as_bytes()), "{one} {other}");
        }
        assert_ne!(folded(b"a b"), folded(b"a_b"));
        assert_ne!(folded(b"\xe9"), folded(b"\xe8"));
        assert_eq!(simplified(b"file1 "), simplified(b"file1_"));
        assert_eq!(simplified(b"File1."), simplified(b"file1"));
        assert_ne!(simplified(b"file1"), simplified(b"file2"));
    }

    proptest! {
        #[test]
        fn normalised_names_fold_to_one(name in "\\PC{0,12}") {
            let (nfc, nfd): (String, String) = (name.nfc().collect(), name.nfd().collect());
            prop_assert_eq!(folded(nfc.as_bytes()), folded(nfd.as_bytes()));
            prop_assert_eq!(folded(&folded(name.as_bytes())), folded(name.as_bytes()));
        }

        #[test]
        fn any_bytes_fold(name in proptest::collection::vec(any::<u8>(), 0..16)) {
            let lower = name.to_ascii_lowercase();
            prop_assert_eq!(folded(&name), folded(&lower));
        }
    }
}
