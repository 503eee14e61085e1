//! Errors in configuration files, with their positions and suggestions.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::source::SourceLocation;
use crate::base::{SourceText, text};
use crate::config::value::Expected;

/// Why a configuration file cannot be used. The file itself is never modified.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Errors in the text; all that were found.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The file exists but cannot be read.
    #[error("cannot read {}: {source}", shown(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file cannot be written; the old one is unchanged.
    #[error("cannot write {}: {source}", shown(.path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The user's directories are unknown.
    #[error(
        "cannot find your configuration directory because HOME is not set; pass --config-dir and \
         --data-dir"
    )]
    NoHome,
}

/// The path in a form that is safe to show.
pub(crate) fn shown(path: &Path) -> String {
    text::visible(path.as_os_str().as_encoded_bytes())
}

/// An error and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, line and column.
    pub place: SourceLocation,
    /// The kind of error.
    pub mistake: Mistake,
}

/// A kind of error in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Invalid TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// An unknown key.
    #[error(
        "unknown key “{}”{}", text::visible_str(.key),
        .nearest.as_ref().map_or_else(String::new, |near| format!("; did you mean “{near}”?"))
    )]
    UnknownKey {
        /// The key with its sections.
        key: String,
        /// A key with a similar name, or with the same name in another section.
        nearest: Option<String>,
    },
    /// An invalid value. It is not repeated, as it may be a secret.
    #[error("“{key}” must be {expected}")]
    Value {
        /// The key with its sections.
        key: String,
        /// The values it can have.
        expected: Expected,
    },
    /// A required key is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A name that is used twice.
    #[error("duplicate name “{}”; names must be unique", text::visible_str(.0))]
    Twice(String),
}

/// All errors of a file, in file order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds an error.
    pub fn push(&mut self, place: SourceLocation, mistake: Mistake) {
        self.0.push(Problem { place, mistake });
    }

    /// The errors.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// Returns the value if there are no errors.
    ///
    /// # Errors
    /// `self`, if there are errors.
    pub fn or<T>(mut self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort_by_key(|problem| problem.place.position);
        Err(self)
    }

    /// The single error of a text that is not valid TOML.
    #[must_use]
    pub fn syntax(source: &SourceText, error: &toml_edit::TomlError) -> Self {
        let place =
            error.span().map_or_else(|| source.file_location(), |span| source.location(span.start));
        let message = error.message().trim().lines().collect::<Vec<_>>().join(", ");
        Self(vec![Problem { place, mistake: Mistake::Syntax(text::visible_str(&message)) }])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.mistake)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
