//! fxpane.

pub mod base;
pub mod ftp;
