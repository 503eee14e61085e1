//! The one task that owns all that changes: commands in, events out.
//!
//! Rung 9. [`EngineHandle`] is all that a front end sees of it.

pub mod api;
mod aside;
mod browse;
mod control;
mod doctor;
mod enclosure;
mod ends;
mod failure;
mod gauge;
pub mod handle;
mod hub;
mod inside;
mod jobs;
mod lanes;
mod learned;
mod leftover;
mod lend;
mod links;
mod look;
mod offers;
mod options;
mod parts;
mod past;
mod permit;
mod pipe;
mod pool;
mod progress;
mod question;
mod record;
mod recover;
mod rows;
mod sites;
mod start;
mod sync;
mod take;
mod task;
mod waits;
mod walk;
mod wishes;
mod work;

pub use api::{
    Control, Counts, Directory, Event, Examination, Failure, FailureKind, Happening, Head,
    ItemReport, KnownRoute, Level, PartEnd, PlanAction, PlanStep, Planned, Question, Report, Row,
    RowFilter, RowQuery, SiteState, Speaker, Spoken, Window,
};
pub use handle::{Command, EngineHandle};
pub use options::EngineOptions;
pub use pipe::{Pipe, Piped};
pub use task::Engine;
