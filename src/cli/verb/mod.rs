//! The commands, one file each: arguments and implementation.

pub mod chmod;
pub mod completions;
pub mod config;
pub mod cp;
pub mod debug;
pub mod demo;
pub mod doctor;
pub mod get;
pub mod ls;
pub mod man;
pub mod mkdir;
pub mod mv;
pub mod open;
pub mod put;
pub mod queue;
pub mod raw;
pub mod rm;
pub mod sites;
pub mod stat;
pub mod sync;
