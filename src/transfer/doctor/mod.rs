//! The doctor: which ways of FXP work between two servers, and what to change where none does.
//!
//! It connects to both, tries every plan in both directions with a small and a large probe file
//! (or only asks), and says what came of each. Probes have hidden names of their own and are
//! deleted afterwards, also after a failure or a cancellation.

mod examine;
mod finding;
mod probe;

pub use examine::{Options, ProbeDir, Sessions, examine};
pub use finding::{Finding, Peer, PlanFinding, PlanResult, ServerFinding, TlsRole};
