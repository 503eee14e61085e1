//! What an interrupted run left: jobs to adopt, partial files, backups.

pub(in crate::engine) mod adopt;
pub(in crate::engine) mod leftovers;
