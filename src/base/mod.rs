//! Basic types that every rung uses: remote paths, sizes, ids, text that is safe to show.
//!
//! Rung 0. Nothing here does I/O or knows the FTP protocol.

pub mod entry_filter;
pub mod fxp_one_line;
pub mod id;
pub mod needle;
pub mod network;
pub mod path;
pub mod pattern;
pub mod rules;
pub mod secret;
pub mod size;
pub mod source;
pub mod spelling;
pub mod stamp;
pub mod text;
pub mod word;

pub use entry_filter::{EntryFilter, EntryFilters};
pub use fxp_one_line::FxpOneLine;
pub use id::{ItemId, JobId};
pub use network::Network;
pub use path::RemotePath;
pub use pattern::Patterns;
pub use secret::Secret;
pub use source::SourceText;
pub use stamp::{Precision, Stamp};
pub use word::Word;
pub(crate) use word::words;
