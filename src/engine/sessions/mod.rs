//! Logged-in sessions, lent to one user at a time, and what is known of routes.

pub(in crate::engine) mod idle;
pub(in crate::engine) mod route_memory;
