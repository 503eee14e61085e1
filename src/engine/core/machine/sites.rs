//! Sites that are away or full: what needs them waits, everything else goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{JobId, text};
use crate::engine::api::{Failure, FailureKind, Level, Report};
use crate::engine::core::machine::event::{Effect, Now, Ticket};
use crate::engine::core::machine::{Job, Machine};
use crate::engine::failure;
use crate::engine::message::Opened;
use crate::queue::health::AfterFailure;
use crate::queue::{Item, SiteHealth, SiteTrouble};
use crate::site::{Location, Site, SiteKey};

/// A walk that waits until a site may be tried again.
#[derive(Debug)]
pub(super) struct WaitingWalk {
    pub(super) ticket: Ticket,
    pub(super) job: JobId,
    pub(super) site: SiteKey,
}

impl Machine {
    /// A login ended.
    pub(super) fn opened(&mut self, now: Now, site: &SiteKey, opened: Opened, one_lane: bool) {
        if one_lane {
            self.one_lane.insert(site.clone());
        }
        if matches!(opened, Opened::TooMany(_)) {
            let limit = self.seats.too_many(site);
            let text = format!("{site} takes no more than {limit} connections");
            self.effect(Effect::Notice(Level::Warning, text));
        }
        match opened {
            Opened::LoggedIn => {
                if self.health(site).record_login() {
                    self.site_notice(site, "reachable again".to_owned());
                }
            }
            // the others go on with those that there are
            Opened::TooMany(_) if self.seats.lent(site) > 1 => {}
            Opened::Failed(failure) if failure::is_final(&failure.kind) => {}
            Opened::Failed(failure) | Opened::TooMany(failure) => {
                self.in_trouble(now.instant, site, SiteTrouble::Unreachable, &failure);
            }
        }
    }

    fn health(&mut self, site: &SiteKey) -> &mut SiteHealth {
        self.health.entry(site.clone()).or_default()
    }

    /// True when something that needs these sites may begin.
    pub(super) fn are_ready(&self, sites: &[Arc<Site>], now: Instant) -> bool {
        sites.iter().all(|site| self.is_ready(&site.key(), now))
    }

    fn is_ready(&self, site: &SiteKey, now: Instant) -> bool {
        self.health.get(site).is_none_or(|health| health.is_ready(now))
    }

    /// Why a job waits for one of its sites, for people.
    pub(in crate::engine) fn why_waiting(&self, job: &Job) -> Option<String> {
        job.sites().iter().find_map(|site| {
            let (trouble, why) = self.health.get(&site.key())?.trouble()?;
            let label = text::visible_str(&site.label());
            Some(match trouble {
                SiteTrouble::Unreachable => format!("site “{label}” unreachable, retrying: {why}"),
                SiteTrouble::Full => format!("no space on site “{label}”, retrying: {why}"),
            })
        })
    }

    /// Something failed for a reason that concerns a whole site. True when that is waited for.
    fn in_trouble(
        &mut self,
        now: Instant,
        site: &SiteKey,
        trouble: SiteTrouble,
        failure: &Failure,
    ) -> bool {
        let patience = self.settings.patience;
        match self.health(site).record_failure(trouble, &failure.cause, now, &patience) {
            AfterFailure::Wait { notify } => {
                if notify {
                    let what = match trouble {
                        SiteTrouble::Unreachable => "unreachable",
                        SiteTrouble::Full => "no space left",
                    };
                    let Failure { step, cause, .. } = failure;
                    self.site_notice(site, format!("{what}, retrying: cannot {step}: {cause}"));
                }
                true
            }
            AfterFailure::GiveUp => {
                let away = trouble == SiteTrouble::Unreachable;
                for job in self.jobs_with(|job| job.stores_on(site) || away && job.needs(site)) {
                    self.effect(Effect::Notice(Level::Error, failure.to_string()));
                    self.effect(Effect::Report(job, Report::Error(failure.clone())));
                    self.drain(job, failure.clone());
                }
                false
            }
        }
    }

    /// Gives up copies within a site that bears only one session: they can never begin.
    pub(super) fn drain_impossible_jobs(&mut self) {
        for id in self.open_jobs() {
            let Some(job) = self.jobs.get(&id).filter(|job| job.draining().is_none()) else {
                continue;
            };
            let (Some(from), Some(to)) = (&job.ends.from, &job.ends.to) else { continue };
            if from.key() != to.key() || self.seats.limit(from) >= 2 {
                continue;
            }
            let cause = "it accepts only one connection, and this needs two";
            let failure = Failure::new("copy within the site", cause, FailureKind::Refused)
                .with(from)
                .advise("get the files and put them back, or raise max_sessions");
            self.effect(Effect::Notice(Level::Error, failure.to_string()));
            self.effect(Effect::Report(id, Report::Error(failure.clone())));
            self.drain(id, failure);
        }
    }

    /// A file has arrived: its site has space.
    pub(super) fn stored(&mut self, item: &Item) {
        if let Some((site, _)) = item.target.as_ref().and_then(Location::remote)
            && self.health(&site.key()).record_upload()
        {
            self.site_notice(&site.key(), "has space again".to_owned());
        }
    }

    /// A file could not be stored for want of space. True when that is waited for.
    pub(super) fn target_is_full(&mut self, now: Instant, item: &mut Item, why: &str) -> bool {
        let target = item.target.clone();
        let Some((site, _)) = target.as_ref().and_then(Location::remote) else { return true };
        let key = site.key();
        if self.settings.patience.time_limit == Some(Duration::ZERO) {
            return false;
        }
        if self.health(&key).trouble().is_some_and(|(trouble, _)| trouble == SiteTrouble::Full) {
            // it was the site's turn to be tried, not the file's
            item.tries = item.tries.saturating_sub(1);
        }
        let failure = Failure::new("store files", why, FailureKind::Refused).with(site);
        self.in_trouble(now, &key, SiteTrouble::Full, &failure)
    }

    fn jobs_with(&self, needs: impl Fn(&Job) -> bool) -> Vec<JobId> {
        let open = self.jobs.iter().filter(|(_, job)| !job.is_ended() && needs(job));
        open.map(|(id, _)| *id).collect()
    }

    fn site_notice(&mut self, site: &SiteKey, text: String) {
        let jobs = self.jobs_with(|job| job.needs(site));
        self.effect(Effect::SiteNotice { site: site.clone(), text, jobs });
    }

    /// Answers the walks whose waiting is over.
    pub(super) fn wake_walks(&mut self, now: Now) {
        for walk in std::mem::take(&mut self.waiting_walks) {
            let job = self.jobs.get(&walk.job);
            let go =
                job.is_some_and(|job| !job.is_ended() && job.draining().is_none()) && !self.closing;
            if !go || self.is_ready(&walk.site, now.instant) {
                self.effect(Effect::Wake { ticket: walk.ticket, go });
            } else {
                self.waiting_walks.push(walk);
            }
        }
    }
}
