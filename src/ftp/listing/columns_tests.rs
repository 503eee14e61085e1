//! Tests of sizes.

use super::*;

#[test]
fn exact_sizes() {
    for (word, expected) in [
        ("0", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("1,024", Some(1024)),
        ("1,02", None),
        ("1.234.567", Some(1_234_567)),
        ("1.234,567", None),
        ("1.5", None),
        ("group2048", Some(2048)),
        ("ftp-users2048", Some(2048)),
        ("-1", None),
        ("12k", None),
    ] {
        assert_eq!(size(word.as_bytes()), expected, "{word}");
    }
}

#[test]
fn rounded_sizes() {
    for (word, expected) in [
        ("12k", Some(12 << 10)),
        ("1.5M", Some(3 << 19)),
        ("2,5G", Some(5 << 29)),
        ("9T", Some(9 << 40)),
        ("99999999999999999999P", None),
        ("99999999999P", None),
        ("k", None),
        ("1.55M", None),
        ("1.5.5M", None),
        ("x5M", None),
    ] {
        assert_eq!(rounded_size(word.as_bytes()), expected, "{word}");
    }
}
