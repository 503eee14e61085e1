//! Names of months as servers print them, in English and in the languages of their operators.

/// English names, which nearly every line has.
const ENGLISH: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// The month of an English short name in any case.
pub(super) fn english(name: &[u8]) -> Option<i8> {
    let [a, b, c] = *name else { return None };
    let name = [a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()];
    ENGLISH.iter().zip(1..).find(|(month, _)| **month == &name).map(|(_, number)| number)
}

/// The month of a name in any language known here.
pub(super) fn any(name: &[u8]) -> Option<i8> {
    english(name)
}
