//! The queue: jobs that the user submits, and items, the files and directories of a job.
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
pub use health::{SiteHealth, SiteRetryLimits, SiteTrouble};
pub use item::{Ending, Item, JobSites, NewItem, Precedence, QueueEntry, Totals};
pub use job::{
    Compare, Deletes, Exists, ItemState, JobKind, JobRules, JobSpec, Links, Source, TreeRules,
    Verify, ViaRule,
};
pub use retry::{RetryClass, RetryPolicy};
pub use rules::{ExcludedBy, FilterVerdict, PathFilter, RuleOwner};
pub use store::{Store, StoreError};
