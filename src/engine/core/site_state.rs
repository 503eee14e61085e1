//! What is known of the sites: which of them are away or full, and who waits for them.

use std::collections::HashMap;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::base::{JobId, text};
use crate::queue::{SiteHealth, SiteTrouble};
use crate::site::{Site, SiteKey};

/// What is known of all sites, and who waits for them.
#[derive(Debug, Default)]
pub(in crate::engine) struct Sites {
    healths: HashMap<SiteKey, SiteHealth>,
    /// Walks that go on when their site may be tried again.
    pub(in crate::engine) walks: Vec<Walk>,
}

/// A walk that waits for a site.
#[derive(Debug)]
pub(in crate::engine) struct Walk {
    pub(in crate::engine) job: JobId,
    pub(in crate::engine) site: SiteKey,
    pub(in crate::engine) answer: oneshot::Sender<bool>,
}

impl Sites {
    /// True when something that needs the site may be begun.
    pub(in crate::engine) fn is_ready(&self, site: &SiteKey, now: Instant) -> bool {
        self.healths.get(site).is_none_or(|health| health.is_ready(now))
    }

    /// Why what needs one of these sites waits, for people.
    pub(in crate::engine) fn why<'a>(
        &self,
        sites: impl Iterator<Item = &'a Site>,
    ) -> Option<String> {
        let why = |site: &Site| {
            let (trouble, why) = self.healths.get(&site.key())?.trouble()?;
            Some(words(&site.label(), trouble, why))
        };
        sites.into_iter().find_map(why)
    }

    pub(in crate::engine) fn of(&mut self, site: &SiteKey) -> &mut SiteHealth {
        self.healths.entry(site.clone()).or_default()
    }
}

/// What is told of a site in trouble; `why` names the site itself when it is away.
fn words(label: &str, trouble: SiteTrouble, why: &str) -> String {
    match trouble {
        SiteTrouble::Unreachable => format!("waits for {}: {why}", text::visible_str(label)),
        SiteTrouble::Full => format!("waits for space on {}: {why}", text::visible_str(label)),
    }
}
