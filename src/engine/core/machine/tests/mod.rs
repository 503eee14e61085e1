//! The engine's machine, tested by tables of events and the effects that follow.

mod jobs;
mod lanes;
mod play;
mod random;
mod trouble;
