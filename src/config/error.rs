//! What can be wrong with a file of settings: each mistake with its place and its remedy.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::source::Place;
use crate::base::{SourceText, text};
use crate::config::value::Expected;

/// Why a file of settings cannot be used. The file itself is never touched.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Mistakes in the text, all that were found.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The file is there but cannot be read.
    #[error("cannot read {}: {source}", shown(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file cannot be written; what was there is still there.
    #[error("cannot write {}: {source}", shown(.path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system does not say where the user's files belong.
    #[error(
        "cannot tell where your settings belong, because HOME is not set; name the folders with \
         --config-dir and --data-dir"
    )]
    NoHome,
}

/// A path that is safe to show.
pub(crate) fn shown(path: &Path) -> String {
    text::visible(path.as_os_str().as_encoded_bytes())
}

/// One mistake and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, line and column.
    pub place: Place,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The text is no TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// A key that nobody knows.
    #[error(
        "unknown key “{}”{}", text::visible_str(.key),
        .nearest.as_ref().map_or_else(String::new, |near| format!("; did you mean “{near}”?"))
    )]
    UnknownKey {
        /// The key with its sections.
        key: String,
        /// A key that is nearly the same, or has the same name elsewhere.
        nearest: Option<String>,
    },
    /// A value that the key cannot have. The value is not repeated: it may be a secret.
    #[error("“{key}” must be {expected}")]
    Value {
        /// The key with its sections.
        key: String,
        /// What it can be.
        expected: Expected,
    },
    /// Something is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A name that is given twice.
    #[error("the name “{}” is given twice; give each its own", text::visible_str(.0))]
    Twice(String),
}

/// All mistakes of a file, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a mistake.
    pub fn push(&mut self, place: Place, mistake: Mistake) {
        self.0.push(Problem { place, mistake });
    }

    /// The mistakes.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// The value, if there was no mistake.
    ///
    /// # Errors
    /// Itself, if there was one.
    pub fn or<T>(mut self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort_by_key(|problem| problem.place.position);
        Err(self)
    }

    /// The one mistake of a text that is no TOML.
    #[must_use]
    pub fn syntax(source: &SourceText, error: &toml_edit::TomlError) -> Self {
        let place = error.span().map_or_else(|| source.whole(), |span| source.place(span.start));
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
