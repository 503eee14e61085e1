//! The engine's own task: the state machine of jobs, the scheduler, and the driver around them.

pub(in crate::engine) mod actor;
pub(in crate::engine) mod control;
pub(in crate::engine) mod dispatch;
pub(in crate::engine) mod history;
pub(in crate::engine) mod jobs;
pub(in crate::engine) mod partials;
pub(in crate::engine) mod progress;
pub(in crate::engine) mod queue_view;
pub(in crate::engine) mod rate;
pub(in crate::engine) mod scheduler;
pub(in crate::engine) mod shared_jobs;
pub(in crate::engine) mod site_state;
pub(in crate::engine) mod site_trouble;
pub(in crate::engine) mod start;
pub(in crate::engine) mod store_polls;
pub(in crate::engine) mod wishes;
