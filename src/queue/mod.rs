//! Jobs and items: what the user asked for, and the files and directories it consists of.
//!
//! Rung 8.

pub mod decide;
pub mod job;
pub mod memory;
pub mod store;

pub use decide::{Decision, decide};
pub use job::{Exists, ItemState, JobKind, JobSpec, Rules, Source, Verify, ViaRule};
pub use memory::{Ending, Item, NewItem, Queue, Totals};
pub use store::{Store, StoreError};
