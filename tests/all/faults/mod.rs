//! Jobs of the real engine between two demo servers that fail in every known way.
//!
//! In every case the job ends, the report names the reason, an old file at the target is unchanged,
//! and no partial file is left behind.

mod pair;

mod addresses;
mod checksums;
mod doctor;
mod jobs;
mod kills;
mod lanes;
mod mirror;
mod modes;
mod names;
mod permissions;
mod quirks;
mod relay;
mod replies;
mod requests;
mod resume;
mod resume_local;
#[cfg(unix)]
mod sandbox;
mod sharing;
mod silence;
mod text;
mod trees;
mod unreachable;

use pair::{OLD, Pair, content};
