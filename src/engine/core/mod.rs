//! The engine's own task: the state machine of its jobs, and the driver around it.

pub(in crate::engine) mod actor;
mod jobs;
mod links;
mod machine;
mod partials;
mod perform;
mod progress;
mod queue_view;
mod rate;
mod store_polls;
