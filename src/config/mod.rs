//! Settings, paths of the user's files, and reading and writing of configuration files.
//!
//! Rung 3. Every setting is one table entry ([`Field`]): its key, its meaning, how it is read and
//! how it is written. The parser with its error messages, the example file, and the commands that
//! show or change settings are all derived from these entries.

pub mod dirs;
pub mod error;
pub mod field;
pub mod files;
pub mod locale;
pub mod settings;
pub mod value;

pub use dirs::{DirOptions, UserDirs};
pub use error::{ConfigError, Mistake, Problem, Problems};
pub use field::Field;
pub use settings::{LogLevel, SETTINGS, ScreenSettings, Settings};
pub use value::Expected;
