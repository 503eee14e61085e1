//! Settings, the folders that files live in, and how files of settings are read and written.
//!
//! Rung 3. Every setting is one line of a table ([`Field`]): its key, what it means, how it is
//! read and how it is written. From that line come the reading of the file with its messages, the
//! example file, and the commands that show or change a setting.

pub mod error;
pub mod field;
pub mod files;
pub mod folders;
pub mod locale;
pub mod settings;
pub mod value;

pub use error::{ConfigError, Mistake, Problem, Problems};
pub use field::Field;
pub use folders::{FolderOptions, Folders};
pub use settings::{LogLevel, SETTINGS, Screen, Settings};
pub use value::Expected;
