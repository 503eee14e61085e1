//! One file from one location to another: direct (FXP), download, upload.
//!
//! Rung 7. [`Machine`] decides, without clock or socket, what is said to both servers for one
//! file; [`Lane`] owns two sessions and drives it. Data that passes through this machine goes
//! through `pump`: [`mod@download`], [`mod@upload`], and [`mod@relay`] between servers that will not
//! talk to each other.

pub mod address;
mod advice;
pub mod cause;
mod causes;
mod clock;
pub mod diagnosis;
pub mod doctor;
pub mod download;
pub mod fault;
pub mod form;
mod half;
mod landing;
pub mod lane;
pub mod machine;
mod order;
pub mod outcome;
mod own;
mod place;
pub mod plan;
mod pump;
pub mod relay;
pub mod side;
mod text;
pub mod upload;
mod watch;
pub mod ways;

pub use address::AddressRule;
pub use cause::Cause;
pub use diagnosis::Diagnosis;
pub use download::{Download, download};
pub use fault::{Barrier, Fault};
pub use form::{Form, StoreAs};
pub use lane::Lane;
pub use machine::{Effect, Event, Limit, Machine, Manners};
pub use order::Order;
pub use order::{aside_name, temporary_name};
pub use outcome::{Evidence, Outcome, Verdict, Via};
pub use own::digest_of_beginning;
pub use plan::{PassiveCommand, Plan, PortCommand};
pub use relay::relay;
pub use side::{PassiveSide, Side};
pub use upload::upload;
pub use watch::{Progress, Watch, Wish};
pub use ways::{Search, Server, Ways};
