//! Words that every rung uses: remote paths, sizes, ids, text that is safe to show.
//!
//! Rung 0. Nothing here does I/O or knows the FTP protocol.

pub mod id;
pub mod line;
pub mod needle;
pub mod network;
pub mod path;
pub mod pattern;
pub mod rules;
pub mod secret;
pub mod selection;
pub mod size;
pub mod source;
pub mod stamp;
pub mod text;
pub mod word;

pub use id::{ItemId, JobId};
pub use line::Line;
pub use network::Network;
pub use path::RemotePath;
pub use pattern::Patterns;
pub use secret::Secret;
pub use selection::{Selection, Selections};
pub use source::SourceText;
pub use stamp::{Precision, Stamp};
pub use word::Word;
pub(crate) use word::words;
