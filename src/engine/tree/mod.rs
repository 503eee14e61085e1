//! Trees of files: one walk that copies, mirrors and deletes them.

pub(in crate::engine) mod batch;
mod checksum;
mod copy;
pub(in crate::engine) mod delete;
mod mirror;
mod permissions;
mod sink;
mod symlinks;
mod target;
pub(in crate::engine) mod walk;
