//! The one task that owns all that changes: commands in, events out.
//!
//! Rung 9. [`EngineHandle`] is all that a front end sees of it.

pub mod api;
pub mod handle;

pub use api::{
    Control, Counts, Directory, Event, Failure, FailureKind, Happening, ItemReport, Level,
    Question, Report, Row, RowFilter, SiteState, Speaker, Spoken, Window,
};
pub use handle::{Command, EngineHandle};
