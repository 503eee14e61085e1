//! The two ends of one item, each a site or this machine.

use std::sync::Arc;

use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::sessions::route_memory::Route;
use crate::queue::store::local_key;
use crate::session::SessionError;
use crate::site::{Location, Site, Switch};
use crate::transfer::Side;

/// Source and destination of a transfer.
pub(super) struct Ends<'a> {
    /// The source's site; `None` for this machine.
    pub(super) from: Option<&'a Arc<Site>>,
    /// The destination's site; `None` for this machine.
    pub(super) to: Option<&'a Arc<Site>>,
    /// Their keys in the store.
    pub(super) route: Route,
}

impl<'a> Ends<'a> {
    pub(super) fn of(source: &'a Location, target: &'a Location) -> Self {
        let key = |site: Option<&Arc<Site>>| site.map_or_else(local_key, |site| site.key());
        let (from, to) = (source.site(), target.site());
        Self { from, to, route: (key(from), key(to)) }
    }

    pub(super) fn site(&self, side: Side) -> Option<&'a Arc<Site>> {
        match side {
            Side::Source => self.from,
            Side::Destination => self.to,
        }
    }

    /// True when neither site forbids to go on in the middle of a file.
    pub(super) fn allow_resume(&self) -> bool {
        [self.from, self.to].into_iter().flatten().all(|site| site.resume != Switch::No)
    }

    /// What went wrong with the session of one side.
    pub(super) fn failed(&self, side: Side, step: &'static str, error: &SessionError) -> Failure {
        match self.site(side) {
            Some(site) => failure::of_session(site, step, error),
            None => failure::usage(step, error.to_string()),
        }
    }
}
