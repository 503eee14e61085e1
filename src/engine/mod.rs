//! The engine: one task that owns all mutable state, receives commands and sends events.
//!
//! Rung 9. Front ends only use [`EngineHandle`].

pub mod api;
mod context;
mod core;
mod endpoint;
mod failure;
pub mod handle;
mod message;
mod options;
mod question;
mod recovery;
mod requests;
mod sandbox;
mod sessions;
mod tally;
mod tree;
mod work;

pub use api::{
    Control, Counts, Directory, Event, EventKind, Examination, Failure, FailureKind, Head,
    ItemReport, KnownRoute, Level, LineKind, LogLine, PartialOutcome, PlanAction, PlanStep,
    Planned, Question, Report, Row, RowEnd, RowFilter, RowQuery, SiteState, Step, Window,
};
pub use core::actor::Engine;
pub use handle::{Command, EngineHandle};
pub use options::EngineOptions;
pub use requests::pipe::{Pipe, Piped};
pub use tally::{PlanTally, Tally};
