//! Jobs and items: what the user asked for, and the files and directories it consists of.
//!
//! Rung 8.

pub mod job;

pub use job::{Exists, ItemState, JobKind, JobSpec, Rules, Source, Verify, ViaRule};
