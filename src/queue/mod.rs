//! Jobs and items: what the user asked for, and the files and directories it consists of.
//!
//! Rung 8.

pub mod decide;
pub mod export;
pub mod import;
pub mod job;
pub mod memory;
pub mod record;
pub mod rules;
pub mod store;
pub mod sync;
pub mod times;

pub use decide::{Decision, decide};
pub use job::{
    Compare, Deletes, Exists, ItemState, JobKind, JobSpec, Links, Rules, Source, TreeRules, Verify,
    ViaRule,
};
pub use memory::{Ending, Item, NewItem, Queue, Totals, Turn};
pub use rules::{Caught, Judgement, Owner, Sieve};
pub use store::{Store, StoreError};
