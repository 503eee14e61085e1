//! Single requests of a front end: listings, file heads, pipes, the FXP doctor.

pub(in crate::engine) mod browse;
pub(in crate::engine) mod doctor;
pub(in crate::engine) mod head;
pub(in crate::engine) mod pipe;
