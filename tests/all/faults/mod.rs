//! Jobs of the real engine between two embedded servers that fail in every known way.
//!
//! Whatever goes wrong: the job ends, the report says why, an old file at the target is as it
//! was, and nothing of ours stays behind.

mod pair;

mod addresses;
mod asked;
mod away;
mod digests;
mod doctor;
#[cfg(unix)]
mod enclosed;
mod jobs;
mod kills;
mod lanes;
mod mirror;
mod names;
mod onward;
mod permissions;
mod quirks;
mod relay;
mod replies;
mod resume;
mod sharing;
mod silence;
mod text;
mod trees;
mod ways;

use pair::{OLD, Pair, content};
