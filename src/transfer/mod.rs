//! One file from one location to another: direct (FXP), download, upload.
//!
//! Rung 7. [`Machine`] decides, without clock or socket, what is said to both servers for one
//! file; [`Lane`] owns two sessions and drives it. Data that passes through this machine goes
//! through `pump`: [`mod@download`], [`mod@upload`], and [`mod@relay`] between servers that will not
//! talk to each other.

pub mod address;
mod advice;
mod clock;
mod conversation;
pub mod diagnosis;
pub mod doctor;
pub mod download;
pub mod failure_class;
pub mod fault;
mod finish;
pub mod form;
pub mod lane;
pub mod local;
pub mod machine;
pub mod modes;
mod order;
pub mod outcome;
pub mod plan;
mod pump;
pub mod relay;
mod rename;
mod seam;
mod stream;
pub mod upload;
mod watch;

pub use address::AddressRule;
pub use diagnosis::Diagnosis;
pub use download::{LocalTarget, download, fetch};
pub use failure_class::FailureClass;
pub use fault::{Barrier, Fault};
pub use form::{Form, StoreAs};
pub use lane::Lane;
pub use local::{Input, Output, digest_of_beginning};
pub use machine::{Effect, Event, Limit, Machine, PreludeCommands};
pub use modes::{Modes, Search, Server};
pub use order::Order;
pub use order::{aside_name, temporary_name};
pub use outcome::{Evidence, Outcome, Verdict, Via};
pub use plan::{PassiveCommand, PassiveSide, Plan, PortCommand, Side};
pub use relay::relay;
pub use upload::upload;
pub use watch::{Progress, StopRequest, Watch};
