//! Permissions in the notation of the server, stored compactly because a directory may have a
//! million entries; and the command that sets them.

use std::fmt;
use std::ops::Deref;

use crate::ftp::{Command, CommandError};

/// The longest text that is stored inline, in bytes; enough for `-rwxr-xr-x`.
const INLINE: usize = 14;

/// Permissions as a short text such as `rwxr-xr-x` or `0644`.
#[derive(Clone, PartialEq, Eq)]
pub struct Permissions(Text);

/// 16 bytes: a short text with its length, or a pointer to a long one.
#[derive(Clone, PartialEq, Eq)]
enum Text {
    Short(u8, [u8; INLINE]),
    Long(Box<Box<str>>),
}

impl From<&str> for Permissions {
    fn from(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(target), Ok(length)) => {
                target.copy_from_slice(text.as_bytes());
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
            // the bytes come from a `str`, so they are valid UTF-8
            Text::Short(length, bytes) => {
                std::str::from_utf8(&bytes[..usize::from(*length)]).unwrap_or_default()
            }
            Text::Long(text) => text,
        }
    }
}

impl Permissions {
    /// The numeric mode, at most `0o7777`; `None` if the text is in another notation. Letters yield
    /// only the nine bits of owner, group and others; marks for set-id bits and access lists are
    /// ignored.
    #[must_use]
    pub fn mode(&self) -> Option<u32> {
        if let Ok(mode) = u32::from_str_radix(self, 8) {
            return (mode <= 0o7777).then_some(mode);
        }
        let marks: &[_] = &['+', '.', '@'];
        let letters = self.trim_end_matches(marks).as_bytes().last_chunk::<9>()?;
        let mut mode = 0;
        for (letter, full) in letters.iter().zip(b"rwxrwxrwx") {
            let known = letter == full || matches!(letter, b'-' | b'S' | b's' | b'T' | b't');
            if !known {
                return None;
            }
            mode = mode << 1 | u32::from(!matches!(letter, b'-' | b'S' | b'T'));
        }
        Some(mode)
    }
}

/// `SITE CHMOD 644 path`: not standardized, but supported by many servers (quirk 85).
///
/// # Errors
/// [`CommandError`] for a name that no command can carry.
pub fn chmod(path: &[u8], mode: u32) -> Result<Command, CommandError> {
    Command::with("SITE", [format!("CHMOD {mode:03o} ").as_bytes(), path].concat())
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
        fn texts_round_trip(text: String) {
            assert_eq!(&*Permissions::from(text.as_str()), text);
        }
    }

    #[test]
    fn modes_are_parsed_in_both_notations() {
        for (text, mode) in [
            ("rwxr-xr-x", Some(0o755)),
            ("drw-r--r--", Some(0o644)),
            ("-rw-r-----+", Some(0o640)),
            ("-rwsr-Sr-t", Some(0o745)),
            ("0640", Some(0o640)),
            ("644", Some(0o644)),
            ("2755", Some(0o2755)),
            ("el", None),
            ("99999", None),
            ("[RWCEAFMS]", None),
            ("", None),
        ] {
            assert_eq!(Permissions::from(text).mode(), mode, "{text}");
        }
        assert_eq!(chmod(b"/a b", 0o7).unwrap().shown(), "SITE CHMOD 007 /a b");
    }

    #[test]
    fn permissions_are_small() {
        assert_eq!(size_of::<Option<Permissions>>(), 16);
        assert!(size_of::<crate::ftp::Entry>() <= 96);
    }
}
