//! Passwords in the `<xor>` form: `<xor>` and the base64 of the bytes, each xored with `_` (as Java
//! application servers write them). It hides nothing. It is accepted on input, and written only for
//! passwords that start with `<xor>` themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::base::Secret;

const MARK: &str = "<xor>";
const KEY: u8 = b'_';

/// The text after `<xor>` is not the base64 of UTF-8 text xored with `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the <xor> password is damaged: the text after <xor> must be the base64 of a xored text")]
pub struct ObscuredError;

/// The password in a text: decoded if it has the `<xor>` form, otherwise the text itself.
///
/// # Errors
/// [`ObscuredError`] when the `<xor>` form is damaged.
pub fn password(text: &str) -> Result<Secret, ObscuredError> {
    let head = text.get(..MARK.len());
    if !head.is_some_and(|head| head.eq_ignore_ascii_case(MARK)) {
        return Ok(Secret::from(text));
    }
    let mut bytes = Zeroizing::new(
        STANDARD.decode(text[MARK.len()..].trim_ascii()).map_err(|_| ObscuredError)?,
    );
    for byte in bytes.iter_mut() {
        *byte ^= KEY;
    }
    str::from_utf8(&bytes).map(Secret::from).map_err(|_| ObscuredError)
}

/// A text that [`password`] decodes to this password.
pub(super) fn encoded(password: &Secret) -> String {
    let text = password.reveal();
    if !text.get(..MARK.len()).is_some_and(|head| head.eq_ignore_ascii_case(MARK)) {
        return text.to_owned();
    }
    let bytes = Zeroizing::new(text.bytes().map(|byte| byte ^ KEY).collect::<Vec<_>>());
    format!("{MARK}{}", STANDARD.encode(&*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_decoded_and_encoded() {
        assert_eq!(password("<xor>MiYvPiwsKG8tOw==").unwrap().reveal(), "mypassw0rd");
        assert_eq!(password("<XOR>MiYvPiwsKG8tOw==").unwrap().reveal(), "mypassw0rd");
        assert_eq!(password("xor").unwrap().reveal(), "xor");
        assert_eq!(password("ü<xor>").unwrap().reveal(), "ü<xor>");
        assert_eq!(password("<xor>").unwrap().reveal(), "");
        for text in ["a", "<xor>", "<XOR>a", "<xor>MiYvPiwsKG8tOw=="] {
            assert_eq!(password(&encoded(&text.into())).unwrap().reveal(), text);
        }
        assert_eq!(password("<xor>%%%"), Err(ObscuredError));
        assert_eq!(password("<xor>oKA="), Err(ObscuredError));
    }
}
