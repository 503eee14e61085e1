//! How many sessions of each site are lent, and who waits for one.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::engine::core::machine::event::Ticket;
use crate::engine::message::Purpose;
use crate::site::{Site, SiteKey};

#[derive(Debug, Default)]
struct Seat {
    lent: usize,
    /// The limit that the server has shown, where it is below the site's setting.
    learned: Option<usize>,
}

/// The sessions of all sites, in numbers.
#[derive(Debug, Default)]
pub(in crate::engine) struct Seats {
    sites: HashMap<SiteKey, Seat>,
    /// Sessions of each site that are kept free for browsing.
    browsing: usize,
}

impl Seats {
    pub(super) fn new(browsing: usize) -> Self {
        Self { sites: HashMap::new(), browsing }
    }

    /// True when one session of each site can be lent for this purpose.
    pub(super) fn can_lend(&self, sites: &[Arc<Site>], purpose: Purpose) -> bool {
        sites.iter().all(|site| self.free(site, purpose) >= count(sites, &site.key()))
    }

    /// True when one session of each of these could be lent if one of each of `returned` came back.
    pub(super) fn could_lend(&self, sites: &[Arc<Site>], returned: &[Arc<Site>]) -> bool {
        sites.iter().all(|site| {
            let key = site.key();
            self.free(site, Purpose::Work) + count(returned, &key) >= count(sites, &key)
        })
    }

    /// How many sessions of a site are lent.
    pub(in crate::engine) fn lent(&self, site: &SiteKey) -> usize {
        self.sites.get(site).map_or(0, |seat| seat.lent)
    }

    /// The most sessions of a site that may be lent at the same time.
    pub(in crate::engine) fn limit(&self, site: &Site) -> usize {
        let learned = self.sites.get(&site.key()).and_then(|seat| seat.learned);
        learned.map_or(site.max_sessions, |learned| learned.min(site.max_sessions)).max(1)
    }

    /// How many more can be lent; below zero when more are lent than the limit has become.
    fn free(&self, site: &Site, purpose: Purpose) -> i64 {
        let limit = self.limit(site);
        let kept = match purpose {
            Purpose::Browse | Purpose::Poll => 0,
            // one that is kept may not be the only pair that a copy within the site needs
            Purpose::Work if limit > 2 => self.browsing,
            Purpose::Work => 0,
        };
        signed(limit) - signed(kept) - signed(self.lent(&site.key()))
    }

    pub(super) fn lend(&mut self, sites: &[Arc<Site>]) {
        for site in sites {
            self.lend_one(&site.key());
        }
    }

    pub(super) fn lend_one(&mut self, site: &SiteKey) {
        self.sites.entry(site.clone()).or_default().lent += 1;
    }

    pub(super) fn give_back(&mut self, site: &SiteKey) {
        let seat = self.sites.entry(site.clone()).or_default();
        seat.lent = seat.lent.saturating_sub(1);
    }

    /// The server has refused one of those that are lent: it takes no more than the others.
    /// Returns the new limit.
    pub(super) fn too_many(&mut self, site: &SiteKey) -> usize {
        let seat = self.sites.entry(site.clone()).or_default();
        let limit = seat.lent.saturating_sub(1).max(1);
        *seat.learned.insert(seat.learned.map_or(limit, |known| known.min(limit)))
    }
}

fn count(sites: &[Arc<Site>], key: &SiteKey) -> i64 {
    signed(sites.iter().filter(|site| site.key() == *key).count())
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A task that waits for sessions.
#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    sites: Vec<Arc<Site>>,
    purpose: Purpose,
}

/// Those who wait for sessions, browsing first.
#[derive(Debug, Default)]
pub(super) struct Waiters(VecDeque<Waiter>);

impl Waiters {
    pub(super) fn push(&mut self, ticket: Ticket, sites: Vec<Arc<Site>>, purpose: Purpose) {
        let first_worker = self.0.iter().position(|other| other.purpose != Purpose::Browse);
        let at = match purpose {
            Purpose::Browse => first_worker.unwrap_or(self.0.len()),
            _ => self.0.len(),
        };
        self.0.insert(at, Waiter { ticket, sites, purpose });
    }

    pub(super) fn remove(&mut self, ticket: Ticket) {
        self.0.retain(|waiter| waiter.ticket != ticket);
    }

    /// True when somebody waits who could go on if one session of each of these came back.
    pub(super) fn want(&self, seats: &Seats, returned: &[Arc<Site>]) -> bool {
        self.0.iter().any(|waiter| {
            waiter.sites.iter().any(|site| count(returned, &site.key()) > 0)
                && !seats.can_lend(&waiter.sites, waiter.purpose)
                && seats.could_lend(&waiter.sites, returned)
        })
    }

    /// The first one whose sessions are free.
    pub(super) fn pop_ready(&mut self, seats: &Seats) -> Option<(Ticket, Vec<Arc<Site>>)> {
        let at = self.0.iter().position(|waiter| seats.can_lend(&waiter.sites, waiter.purpose))?;
        self.0.remove(at).map(|waiter| (waiter.ticket, waiter.sites))
    }
}
