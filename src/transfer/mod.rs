//! One file from one location to another: direct (FXP), download, upload.
//!
//! Rung 7.

pub mod outcome;

pub use outcome::{PassiveSide, Verdict, Via};
