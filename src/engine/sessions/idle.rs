//! Idle sessions, by site.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::session::Session;
use crate::site::SiteKey;

/// An idle session is closed after this time.
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Debug)]
struct Idle {
    session: Session,
    since: Instant,
    last_command: Instant,
}

/// The idle sessions of all sites.
#[derive(Debug, Default)]
pub(in crate::engine) struct IdleSessions(HashMap<SiteKey, Vec<Idle>>);

impl IdleSessions {
    /// Takes the session that was used last, and how long it has been idle.
    pub(in crate::engine) fn take(&mut self, site: &SiteKey) -> Option<(Session, Duration)> {
        let idle = self.0.get_mut(site)?.pop()?;
        Some((idle.session, idle.since.elapsed()))
    }

    pub(in crate::engine) fn put(&mut self, site: SiteKey, session: Session) {
        let now = Instant::now();
        let idle = Idle { session, since: now, last_command: now };
        self.0.entry(site).or_default().push(idle);
    }

    pub(in crate::engine) fn has(&self, site: &SiteKey) -> bool {
        self.0.get(site).is_some_and(|idle| !idle.is_empty())
    }

    /// Takes the sessions that have been idle for too long and must be closed.
    pub(in crate::engine) fn take_expired(&mut self) -> Vec<(SiteKey, Session)> {
        self.extract(|_, idle| idle.since.elapsed() > LONGEST)
    }

    /// Takes the sessions that need a NOOP (`keepalive` of the site).
    pub(in crate::engine) fn take_stale(&mut self) -> Vec<(SiteKey, Session)> {
        self.extract(|_, idle| {
            let every = idle.session.site().keepalive;
            every.is_some_and(|every| idle.last_command.elapsed() > every)
        })
    }

    /// Takes all idle sessions of a site, or of all sites.
    pub(in crate::engine) fn take_all(
        &mut self,
        site: Option<&SiteKey>,
    ) -> Vec<(SiteKey, Session)> {
        self.extract(|key, _| site.is_none_or(|site| key == site))
    }

    fn extract(&mut self, wanted: impl Fn(&SiteKey, &Idle) -> bool) -> Vec<(SiteKey, Session)> {
        let mut taken = Vec::new();
        for (key, idle) in &mut self.0 {
            let wanted = idle.extract_if(.., |idle| wanted(key, idle));
            taken.extend(wanted.map(|idle| (key.clone(), idle.session)));
        }
        taken
    }
}
