//! Sites that are away or full: what needs them waits, everything else goes on.

use std::time::Instant;

use tokio::sync::oneshot;

use crate::base::{JobId, text};
use crate::engine::api::{Failure, FailureKind, Level, Report};
use crate::engine::core::actor::{Engine, JobState};
use crate::engine::core::site_state::Walk;
use crate::engine::failure;
use crate::engine::message::Opened;
use crate::queue::health::AfterFailure;
use crate::queue::{Ending, Item, RetryClass, SiteTrouble};
use crate::site::SiteKey;

impl Engine {
    /// Somebody has logged in to a site, or could not.
    pub(in crate::engine) fn opened(&mut self, site: &SiteKey, opened: Opened) {
        match opened {
            Opened::Well => {
                // its password may be what was missing
                self.offers.again();
                if self.sites.of(site).record_login() {
                    self.tell_site(site, "it is back");
                }
                self.schedule();
            }
            // the others go on with those that there are
            Opened::TooMany(_) if self.pool.lent(site) > 1 => {}
            Opened::Badly(failure) if failure::is_final(&failure.kind) => {}
            Opened::Badly(failure) | Opened::TooMany(failure) => {
                self.in_trouble(site, SiteTrouble::Unreachable, &failure);
            }
        }
    }

    /// Something failed for a reason that concerns a whole site. True when that is waited for.
    fn in_trouble(&mut self, site: &SiteKey, trouble: SiteTrouble, failure: &Failure) -> bool {
        let patience = self.hub.options.patience();
        let next =
            self.sites.of(site).record_failure(trouble, &failure.cause, Instant::now(), &patience);
        self.dirty = true;
        match next {
            AfterFailure::Wait { notify: true } => {
                let Failure { step, cause, .. } = failure;
                let what = match trouble {
                    SiteTrouble::Unreachable => "what needs it waits",
                    SiteTrouble::Full => "what goes there waits for space",
                };
                self.tell_site(site, &format!("cannot {step}: {cause}; {what}"));
                true
            }
            AfterFailure::Wait { notify: false } => true,
            AfterFailure::GiveUp => {
                for job in self.jobs_with(site, trouble) {
                    self.hub.notice(Level::Error, failure.to_string());
                    self.report(job, Report::Error(failure.clone()));
                    self.give_up(job, failure);
                }
                self.wake_walks();
                false
            }
        }
    }

    /// A file has arrived.
    pub(in crate::engine) fn stored(&mut self, item: &Item) {
        let target = item.target.as_ref().and_then(crate::site::Location::remote);
        if let Some((site, _)) = target
            && self.sites.of(&site.key()).record_upload()
        {
            self.tell_site(&site.key(), "it has space again");
        }
    }

    /// What becomes of an item after a try that failed: the time of the next one and its reason,
    /// or `None` when it has failed for good.
    pub(in crate::engine) fn another_try(
        &mut self,
        item: &mut Item,
        retry_class: RetryClass,
        ending: &Ending,
    ) -> Option<(Option<jiff::Timestamp>, String)> {
        let why = ending.reason.clone().unwrap_or_default();
        let target = item.target.as_ref().and_then(crate::site::Location::remote);
        if retry_class == RetryClass::Full
            && let Some((site, _)) = target
        {
            let (key, label) = (site.key(), site.label());
            if self.hub.options.patience().time_limit.is_some_and(|limit| limit.is_zero()) {
                return None;
            }
            if self
                .sites
                .of(&key)
                .trouble()
                .is_some_and(|(trouble, _)| trouble == SiteTrouble::Full)
            {
                // it was the site's turn to be tried, not the file's
                item.tries = item.tries.saturating_sub(1);
            }
            let failure = Failure {
                site: Some(label),
                step: "store files".to_owned(),
                cause: why.clone(),
                remedy: None,
                kind: FailureKind::Refused,
            };
            if !self.in_trouble(&key, SiteTrouble::Full, &failure) {
                return None;
            }
        }
        if retry_class == RetryClass::Unreachable {
            item.tries = item.tries.saturating_sub(1);
        }
        let wait = self.hub.options.tries().next(retry_class, item.tries)?;
        let at = (!wait.is_zero()).then(|| jiff::Timestamp::now().checked_add(wait).ok()).flatten();
        Some((at, format!("{why} (another try follows)")))
    }

    fn jobs_with(&self, site: &SiteKey, trouble: SiteTrouble) -> Vec<JobId> {
        let needs = |state: &JobState| {
            let from = state.ends.from.as_ref().filter(|_| trouble == SiteTrouble::Unreachable);
            from.into_iter().chain(&state.ends.to).any(|end| end.key() == *site)
        };
        let open = self.jobs.iter().filter(|(_, state)| !state.ended && needs(state));
        open.map(|(job, _)| *job).collect()
    }

    /// Tells the user, and the front ends of the jobs that it concerns.
    fn tell_site(&self, site: &SiteKey, text: &str) {
        let label = self.known_sites.get(site).map_or_else(|| site.0.clone(), |site| site.label());
        let shown = text::visible_str(&label);
        self.hub.notice(Level::Warning, format!("{shown}: {text}"));
        for job in self.jobs_with(site, SiteTrouble::Unreachable) {
            self.report(job, Report::Note { site: label.clone(), text: text.to_owned() });
        }
    }

    /// A walk wants to go on when its site may be tried again.
    pub(in crate::engine) fn await_site(
        &mut self,
        job: JobId,
        site: SiteKey,
        answer: oneshot::Sender<bool>,
    ) {
        self.sites.walks.push(Walk { job, site, answer });
        self.wake_walks();
    }

    /// Answers the walks whose waiting is over.
    pub(in crate::engine) fn wake_walks(&mut self) {
        let now = Instant::now();
        for walk in std::mem::take(&mut self.sites.walks) {
            let state = self.jobs.get(&walk.job);
            let alive = state.is_some_and(|state| !state.ended && state.giving_up.is_none());
            let ready = self.sites.is_ready(&walk.site, now);
            if !alive || self.closing || ready {
                // a walk that is gone needs no answer
                let _ = walk.answer.send(alive && !self.closing);
            } else {
                self.sites.walks.push(walk);
            }
        }
    }

    /// A lane could not go on with its sessions.
    pub(in crate::engine) fn lane_failed(&mut self, job: JobId, failure: &Failure) {
        if self.closing {
            return;
        }
        if failure::is_final(&failure.kind) {
            self.hub.notice(Level::Error, failure.to_string());
            self.report(job, Report::Error(failure.clone()));
            return self.give_up(job, failure);
        }
        // how long a site that cannot be reached is left alone, is known by then
        if failure.step != failure::CONNECT
            && let Some(state) = self.jobs.get_mut(&job)
        {
            state.not_before = Some(Instant::now() + crate::queue::schedule::back_off(1));
        }
    }
}
