//! Whether the terminal's encoding is UTF-8, according to the locale.

use std::env;

/// The variables that set the character encoding; the first that is set counts (POSIX.1-2017, Base
/// Definitions, section 8.2).
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// True unless the locale sets an encoding other than UTF-8. Without a locale, as in most
/// containers, the terminal is assumed to support UTF-8.
#[must_use]
pub fn is_utf8() -> bool {
    let named = VARIABLES.iter().filter_map(env::var_os).find(|value| !value.is_empty());
    named.is_none_or(|value| names_utf8(&value.to_string_lossy()))
}

/// True for `de_DE.UTF-8` and `C.utf8`, false for `C`, `POSIX` and `de_DE@euro`.
fn names_utf8(locale: &str) -> bool {
    let encoding = locale.split_once('.').map_or("", |(_, encoding)| encoding);
    let encoding = encoding.split('@').next().unwrap_or_default();
    let plain: String = encoding.chars().filter(|c| *c != '-').collect();
    plain.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_utf8_locales() {
        for (locale, utf8) in [
            ("en_US.UTF-8", true),
            ("C.utf8", true),
            ("ca_ES.UTF-8@valencia", true),
            ("C", false),
            ("POSIX", false),
            ("de_DE@euro", false),
            ("ru_RU.KOI8-R", false),
        ] {
            assert_eq!(names_utf8(locale), utf8, "{locale}");
        }
    }
}
