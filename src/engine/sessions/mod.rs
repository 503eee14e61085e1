//! Idle sessions, and what is remembered about routes and servers.

pub(in crate::engine) mod idle;
pub(in crate::engine) mod route_memory;
