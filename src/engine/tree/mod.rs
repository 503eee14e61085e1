//! Trees of files: walking, mirroring and deleting them.

pub(in crate::engine) mod ask;
pub(in crate::engine) mod batch;
pub(in crate::engine) mod checksum;
pub(in crate::engine) mod delete;
pub(in crate::engine) mod mirror;
pub(in crate::engine) mod permissions;
pub(in crate::engine) mod prune;
pub(in crate::engine) mod symlinks;
pub(in crate::engine) mod target;
pub(in crate::engine) mod walk;
