//! Permissions as a server writes them, in little memory: a directory may hold a million.

use std::fmt;
use std::ops::Deref;

/// How many bytes need no memory of their own: `-rwxr-xr-x` and more.
const INLINE: usize = 14;

/// A short text such as `rwxr-xr-x` or `0644`.
#[derive(Clone, PartialEq, Eq)]
pub struct Permissions(Text);

/// Sixteen bytes, with the length of a short text beside its bytes.
#[derive(Clone, PartialEq, Eq)]
enum Text {
    Short(u8, [u8; INLINE]),
    Long(Box<Box<str>>),
}

impl From<&str> for Permissions {
    fn from(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self(Text::Short(length, bytes))
            }
            _ => Self(Text::Long(Box::new(text.into()))),
        }
    }
}

impl Deref for Permissions {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            // the bytes came from a text
            Text::Short(length, bytes) => {
                std::str::from_utf8(&bytes[..usize::from(*length)]).unwrap_or_default()
            }
            Text::Long(text) => text,
        }
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_text_comes_back(text: String) {
            assert_eq!(&*Permissions::from(text.as_str()), text);
        }
    }

    #[test]
    fn they_need_no_more_than_a_pointer_and_a_length() {
        assert_eq!(size_of::<Option<Permissions>>(), 16);
        assert!(size_of::<crate::ftp::Entry>() <= 96);
    }
}
