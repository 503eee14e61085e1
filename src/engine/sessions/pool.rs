//! Sessions by site: how many there may be, who has one, who waits for one.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::engine::api::Failure;
use crate::engine::message::{Lease, Purpose};
use crate::session::Session;
use crate::site::{Site, SiteKey};

/// An idle session is closed after this time.
const IDLE: Duration = Duration::from_secs(300);

/// Somebody who waits for sessions.
pub(in crate::engine) struct Waiter {
    pub(in crate::engine) sites: Vec<Arc<Site>>,
    pub(in crate::engine) purpose: Purpose,
    pub(in crate::engine) answer: oneshot::Sender<Result<Vec<Lease>, Failure>>,
}

#[derive(Debug, Default)]
struct Place {
    idle: Vec<(Session, Instant, Instant)>,
    out: usize,
    /// What the server bears, when it is less than the site's setting.
    learned: Option<usize>,
}

/// The sessions of all sites.
#[derive(Debug, Default)]
pub(in crate::engine) struct Pool {
    places: HashMap<SiteKey, Place>,
    /// Sessions of each site that are kept for browsing.
    browsing: usize,
}

impl Pool {
    pub(in crate::engine) fn new(browsing: usize) -> Self {
        Self { places: HashMap::new(), browsing }
    }

    /// True when one session of each site can be lent for this purpose.
    pub(in crate::engine) fn can_lend(&self, sites: &[Arc<Site>], purpose: Purpose) -> bool {
        sites.iter().all(|site| {
            let key = site.key();
            let wanted = sites.iter().filter(|other| other.key() == key).count();
            self.free(site, purpose) >= wanted
        })
    }

    /// True when one session of each of these could be lent if one of each of `returned` came back.
    pub(in crate::engine) fn could_lend(
        &self,
        sites: &[Arc<Site>],
        returned: &[Arc<Site>],
    ) -> bool {
        let count = |of: &[Arc<Site>], key: &SiteKey| of.iter().filter(|s| s.key() == *key).count();
        sites.iter().all(|site| {
            let key = site.key();
            let free = self.spare(site, Purpose::Work) + signed(count(returned, &key));
            free >= signed(count(sites, &key))
        })
    }

    /// How many sessions of a site are lent.
    pub(in crate::engine) fn lent(&self, site: &SiteKey) -> usize {
        self.places.get(site).map_or(0, |place| place.out)
    }

    /// True when so many sessions of a site could ever be lent at the same time.
    pub(in crate::engine) fn could_ever(&self, site: &Site, wanted: usize) -> bool {
        self.limit(site) >= wanted
    }

    fn limit(&self, site: &Site) -> usize {
        let learned = self.places.get(&site.key()).and_then(|place| place.learned);
        learned.map_or(site.max_sessions, |learned| learned.min(site.max_sessions)).max(1)
    }

    /// How many more can be lent.
    pub(in crate::engine) fn free(&self, site: &Site, purpose: Purpose) -> usize {
        usize::try_from(self.spare(site, purpose)).unwrap_or(0)
    }

    /// The same; below zero when more are lent than there may be by now.
    fn spare(&self, site: &Site, purpose: Purpose) -> i64 {
        let limit = self.limit(site);
        let out = self.places.get(&site.key()).map_or(0, |place| place.out);
        let kept = match purpose {
            Purpose::Browse | Purpose::Poll => 0,
            // one that is kept may not be the only pair that a copy within the site needs
            Purpose::Work if limit > 2 => self.browsing,
            Purpose::Work => 0,
        };
        signed(limit) - signed(kept) - signed(out)
    }

    /// Lends one session of a site: an idle one, or the right to open one.
    pub(in crate::engine) fn lend(&mut self, site: &Site) -> Option<(Session, Duration)> {
        let place = self.places.entry(site.key()).or_default();
        place.out += 1;
        place.idle.pop().map(|(session, since, _)| (session, since.elapsed()))
    }

    /// A session comes back, or its place becomes free.
    pub(in crate::engine) fn give_back(
        &mut self,
        site: &SiteKey,
        session: Option<Session>,
    ) -> usize {
        let now = Instant::now();
        let place = self.places.entry(site.clone()).or_default();
        place.out = place.out.saturating_sub(1);
        place.idle.extend(session.map(|session| (session, now, now)));
        place.out + place.idle.len()
    }

    /// The server takes no more than what is out now, without the one that was refused.
    pub(in crate::engine) fn too_many(&mut self, site: &SiteKey) -> usize {
        let place = self.places.entry(site.clone()).or_default();
        let limit = place.out.saturating_sub(1).max(1);
        place.learned = Some(place.learned.map_or(limit, |known| known.min(limit)));
        limit
    }

    /// Sessions that are to be closed by now.
    pub(in crate::engine) fn expired(&mut self) -> Vec<Session> {
        let mut expired = Vec::new();
        for place in self.places.values_mut() {
            let (old, fresh) =
                place.idle.drain(..).partition(|(_, since, _)| since.elapsed() > IDLE);
            let old: Vec<(Session, Instant, Instant)> = old;
            place.idle = fresh;
            expired.extend(old.into_iter().map(|(session, ..)| session));
        }
        expired
    }

    /// Idle sessions that need a sign of life; they are lent for it.
    pub(in crate::engine) fn drowsy(&mut self) -> Vec<(SiteKey, Session)> {
        let mut drowsy = Vec::new();
        for (key, place) in &mut self.places {
            let mut at = 0;
            while at < place.idle.len() {
                let (session, _, spoken) = &place.idle[at];
                let due = session.site().keepalive.is_some_and(|every| spoken.elapsed() > every);
                if due {
                    let (session, ..) = place.idle.remove(at);
                    place.out += 1;
                    drowsy.push((key.clone(), session));
                } else {
                    at += 1;
                }
            }
        }
        drowsy
    }

    /// All idle sessions of a site, or of all sites.
    pub(in crate::engine) fn take_idle(&mut self, site: Option<&SiteKey>) -> Vec<Session> {
        let mut taken = Vec::new();
        for (key, place) in &mut self.places {
            if site.is_none_or(|site| site == key) {
                taken.extend(place.idle.drain(..).map(|(session, ..)| session));
            }
        }
        taken
    }
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Those who wait for sessions, the browsing ones first.
#[derive(Default)]
pub(in crate::engine) struct Waiters(VecDeque<Waiter>);

impl Waiters {
    pub(in crate::engine) fn push(&mut self, waiter: Waiter) {
        if waiter.purpose == Purpose::Browse {
            let at = self.0.iter().position(|other| other.purpose != Purpose::Browse);
            self.0.insert(at.unwrap_or(self.0.len()), waiter);
        } else {
            self.0.push_back(waiter);
        }
    }

    /// True when somebody waits who could go on if one session of each of these came back.
    pub(in crate::engine) fn want(&self, pool: &Pool, returned: &[Arc<Site>]) -> bool {
        let shares = |wanted: &[Arc<Site>]| {
            wanted.iter().any(|site| returned.iter().any(|own| own.key() == site.key()))
        };
        self.0.iter().filter(|waiter| !waiter.answer.is_closed()).any(|waiter| {
            shares(&waiter.sites)
                && !pool.can_lend(&waiter.sites, waiter.purpose)
                && pool.could_lend(&waiter.sites, returned)
        })
    }

    /// The first one whose sessions are free.
    pub(in crate::engine) fn pop_ready(&mut self, pool: &Pool) -> Option<Waiter> {
        self.0.retain(|waiter| !waiter.answer.is_closed());
        let at = self.0.iter().position(|waiter| pool.can_lend(&waiter.sites, waiter.purpose))?;
        self.0.remove(at)
    }
}
