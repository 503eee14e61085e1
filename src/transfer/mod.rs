//! One file from one location to another: direct (FXP), download, upload.
//!
//! Rung 7. [`Machine`] decides, without clock or socket, what is said to both servers for one
//! file; [`Lane`] owns two sessions and drives it. [`own`] moves files between a server and this
//! machine.

pub mod address;
mod advice;
pub mod cause;
mod causes;
pub mod diagnosis;
pub mod fault;
mod half;
pub mod kind;
pub mod lane;
pub mod machine;
mod order;
pub mod outcome;
pub mod own;
mod place;
pub mod plan;
pub mod side;
mod watch;
pub mod ways;

pub use address::AddressRule;
pub use cause::Cause;
pub use diagnosis::Diagnosis;
pub use fault::{Barrier, Fault};
pub use kind::ServerKind;
pub use lane::Lane;
pub use machine::{Effect, Event, Limit, Machine};
pub use order::Order;
pub use order::{aside_name, temporary_name};
pub use outcome::{Outcome, Verdict, Via};
pub use plan::{PassiveCommand, Plan, PortCommand};
pub use side::{PassiveSide, Side};
pub use watch::{Progress, Watch};
pub use ways::{Search, Server, Ways};
