//! Conversion of setting values from TOML to Rust types and back, with descriptions of the valid
//! values.

use std::ops::RangeInclusive;
use std::time::Duration;

pub use toml_edit::Value;

use crate::base::{Patterns, Word};

/// Describes the valid values of a key; completes the sentence “KEY must be …”.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Expected(String);

impl Expected {
    /// Makes a description.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Reads a keyword of a setting with a fixed set of values.
///
/// # Errors
/// [`Expected`] with all keywords.
pub fn choice<C: Word>(value: &Value) -> Result<C, Expected> {
    value.as_str().and_then(C::from_word).ok_or_else(|| {
        let words: Vec<_> = C::WORDS.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        Expected(format!("one of {}", words.join(", ")))
    })
}

/// Reads `true` or `false`.
///
/// # Errors
/// [`Expected`].
pub fn boolean(value: &Value) -> Result<bool, Expected> {
    value.as_bool().ok_or_else(|| Expected::new("true or false"))
}

/// Reads a string.
///
/// # Errors
/// [`Expected`], also for strings with control characters.
pub fn string(value: &Value) -> Result<String, Expected> {
    let text = value.as_str().ok_or_else(|| Expected::new("a string in quotes"))?;
    if text.chars().any(char::is_control) {
        return Err(Expected::new("a string without control characters"));
    }
    Ok(text.to_owned())
}

/// Reads a non-empty string.
///
/// # Errors
/// [`Expected`].
pub fn name(value: &Value) -> Result<String, Expected> {
    string(value)
        .ok()
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| Expected::new("a non-empty string in quotes"))
}

/// Reads a string or a list of strings.
///
/// # Errors
/// [`Expected`].
pub fn strings(value: &Value) -> Result<Vec<String>, Expected> {
    let wrong = || Expected::new("a string in quotes, or a list of strings in brackets");
    match value {
        Value::String(_) => string(value).map(|one| vec![one]).map_err(|_| wrong()),
        Value::Array(list) => {
            list.iter().map(string).collect::<Result<_, _>>().map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

/// Reads name patterns: a string in which they are separated by `/`, or a list.
///
/// # Errors
/// [`Expected`].
pub fn patterns(value: &Value) -> Result<Patterns, Expected> {
    let wrong = || Expected::new("patterns such as \"*.nfo/*.txt\", or a list of patterns");
    let patterns = strings(value).map_err(|_| wrong())?;
    Ok(Patterns::new(&patterns.join("/")))
}

/// Reads an integer within a range.
///
/// # Errors
/// [`Expected`] with the range.
pub fn integer(value: &Value, range: RangeInclusive<i64>) -> Result<i64, Expected> {
    value.as_integer().filter(|number| range.contains(number)).ok_or_else(|| {
        Expected(format!("a whole number from {} to {}", range.start(), range.end()))
    })
}

/// Reads a duration in whole seconds within a range.
///
/// # Errors
/// [`Expected`] with the range.
pub fn seconds(value: &Value, range: RangeInclusive<u32>) -> Result<Duration, Expected> {
    let within = i64::from(*range.start())..=i64::from(*range.end());
    integer(value, within)
        .ok()
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map(Duration::from_secs)
        .ok_or_else(|| {
            Expected(format!("a whole number of seconds, {} to {}", range.start(), range.end()))
        })
}

/// A duration as a value in whole seconds.
#[must_use]
pub fn of_seconds(duration: Duration) -> Value {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).into()
}
