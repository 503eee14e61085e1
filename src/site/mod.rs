//! Bookmarks: one FTP server with login, security and FXP settings, and where a path leads.
//!
//! Rung 4.

pub mod location;
pub mod model;

pub use location::Location;
pub use model::{DataProtection, PasswordRef, Security, Site, SiteKey, Switch, TempNames};
