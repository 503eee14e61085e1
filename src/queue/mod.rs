//! Jobs and items: what the user asked for, and the files and directories it consists of.
//!
//! Rung 8.

pub mod decide;
pub mod export;
pub mod health;
pub mod import;
pub mod item;
pub mod job;
pub mod record;
pub mod retry;
pub mod rules;
pub mod schedule;
pub mod store;
pub mod sync;
pub mod times;

pub use decide::{Decision, decide};
pub use health::{Health, Patience, Trouble};
pub use item::{Ending, Ends, Entry, Item, NewItem, Totals, Turn};
pub use job::{
    Compare, Deletes, Exists, ItemState, JobKind, JobSpec, Links, Rules, Source, TreeRules, Verify,
    ViaRule,
};
pub use retry::{Setback, Tries};
pub use rules::{Caught, Judgement, Owner, Sieve};
pub use store::{Store, StoreError};
