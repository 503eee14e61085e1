//! The doctor: tests which FXP modes work between two servers, and what to change if none does.
//!
//! It connects to both servers, tries every plan in both directions with a small and a large probe
//! file (or only the commands), and reports each result. Probe files have unique hidden names and
//! are deleted afterwards, even after a failure or a cancellation.

mod examine;
mod finding;
mod probe;

pub use examine::{Options, ProbeDir, Sessions, examine};
pub use finding::{Finding, Peer, PlanFinding, PlanResult, ServerFinding, TlsRole};
