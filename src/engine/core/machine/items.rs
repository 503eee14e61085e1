//! Files that the store has handed out: their tries, and their way back.

use std::time::Duration;

use jiff::Timestamp;

use crate::base::{ItemId, JobId};
use crate::engine::api::{Failure, FailureKind, ItemReport, Level, Report, Step};
use crate::engine::core::machine::Machine;
use crate::engine::core::machine::event::{Effect, Now, Tried};
use crate::engine::core::machine::job::HandedOut;
use crate::engine::failure;
use crate::engine::message::LaneId;
use crate::queue::schedule::back_off;
use crate::queue::store::{ClaimedItems, ReturnOutcome, ReturnedItem, VersionedTotals};
use crate::queue::{Ending, Item, ItemState, RetryClass};
use crate::site::Location;
use crate::transfer::StopRequest;

/// How long a job waits after the store could not hand out files.
const STORE_PAUSE: Duration = Duration::from_secs(5);

impl Machine {
    pub(super) fn count(&mut self, id: JobId, counted: VersionedTotals) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.count(counted);
        }
    }

    /// The store has handed out files, or could not.
    pub(super) fn claimed(&mut self, now: Now, id: JobId, claimed: Option<ClaimedItems>) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let missed = job.claim.take().unwrap_or_default().missed;
        let Some(ClaimedItems { items, counted, next_at }) = claimed else {
            job.next_at = Some(now.instant + STORE_PAUSE);
            return;
        };
        job.next_at = next_at.map(|at| {
            let wait = at.duration_since(now.wall).try_into();
            now.instant + wait.unwrap_or(Duration::ZERO)
        });
        job.count(counted);
        job.add_ready(items);
        for (selection, control) in missed {
            self.change(selection, control);
        }
    }

    /// Gives back what no lane has begun of held jobs, and of all when the program ends; fails it
    /// where the job is being given up.
    pub(super) fn empty_stopped_jobs(&mut self) {
        for id in self.open_jobs() {
            let Some(job) = self.jobs.get_mut(&id).filter(|job| !job.ready.is_empty()) else {
                continue;
            };
            let why = job.draining().cloned();
            match why {
                Some(why) => {
                    for item in job.take_ready() {
                        self.fail(item, &why);
                    }
                }
                None if job.held || self.closing => self.restock(id),
                None => {}
            }
        }
    }

    /// Gives back what no lane has begun.
    pub(super) fn restock(&mut self, id: JobId) {
        let ready = self.jobs.get_mut(&id).map(|job| job.take_ready()).unwrap_or_default();
        for item in ready {
            self.put_back(&item, None, None);
        }
    }

    /// A running file has another target than it was planned with.
    pub(super) fn renamed(&mut self, job: JobId, item: ItemId, target: Location) {
        let job = self.jobs.get_mut(&job);
        if let Some(HandedOut::Running { item, .. }) =
            job.and_then(|job| job.handed_out.get_mut(&item))
        {
            item.target = Some(target);
        }
    }

    /// A lane has ended a try.
    pub(super) fn tried(&mut self, now: Now, tried: Tried) {
        let Tried { job: id, item, state, mut ending, mut failure, retry_class } = tried;
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let Some((mut item, stop_request)) = job.take_running(item) else { return };
        let drained = job.draining().cloned();
        let cancelled = stop_request == StopRequest::Cancel;
        if self.closing && state == ItemState::Failed && !cancelled {
            // it can go on when the program is started again
            return self.put_back(&item, None, ending.reason);
        }
        match retry_class {
            Some(retry_class) if !cancelled => {
                if let Some((at, why)) = self.another_try(now, &mut item, retry_class, &ending) {
                    return self.put_back(&item, at, Some(why));
                }
            }
            None if state == ItemState::Done => self.stored(&item),
            Some(_) | None => {}
        }
        if failure == Some(FailureKind::Cancelled)
            && let Some(why) = drained
        {
            // its job could not go on: the user did not cancel it
            ending.reason = Some(why.reason());
            failure = Some(why.kind);
        }
        self.finish(item, state, ending, failure);
    }

    /// A file waits again, not before a time.
    fn put_back(&mut self, item: &Item, at: Option<Timestamp>, reason: Option<String>) {
        self.give_back(item.job, item.id, item.tries, ReturnOutcome::Later(at, reason), None);
    }

    fn fail(&mut self, item: Item, failure: &Failure) {
        let reason = Some(failure.reason());
        let ending = Ending { reason, ..Ending::default() };
        self.finish(item, ItemState::Failed, ending, Some(failure.kind.clone()));
    }

    /// A file has come to its end; its front end is told once that is written down.
    fn finish(
        &mut self,
        item: Item,
        state: ItemState,
        ending: Ending,
        failure: Option<FailureKind>,
    ) {
        let state = failure::end(state, failure.as_ref());
        let (job, id, tries) = (item.job, item.id, item.tries);
        let report = ItemReport { item, state, ending: ending.clone(), failure };
        self.give_back(job, id, tries, ReturnOutcome::Ended(state, ending), Some(Box::new(report)));
    }

    fn give_back(
        &mut self,
        id: JobId,
        item: ItemId,
        tries: u32,
        what: ReturnOutcome,
        report: Option<Box<ItemReport>>,
    ) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.handed_out.insert(item, HandedOut::Settling);
        let batch = !job.ready.is_empty();
        self.effect(Effect::GiveBack {
            back: ReturnedItem { item, job: id, tries, outcome: what },
            report,
            batch,
        });
    }

    /// What came back from a lane is in the store.
    pub(super) fn settled(
        &mut self,
        id: JobId,
        item: ItemId,
        counted: Vec<(JobId, VersionedTotals)>,
    ) {
        for (job, counted) in counted {
            self.count(job, counted);
        }
        // the store may have handed it out again already
        if let Some(job) = self.jobs.get_mut(&id)
            && matches!(job.handed_out.get(&item), Some(HandedOut::Settling))
        {
            job.handed_out.remove(&item);
        }
    }

    /// A lane has ended.
    pub(super) fn lane_over(&mut self, now: Now, id: LaneId, failure: Option<Failure>) {
        let Some(lane) = self.lanes.remove(&id) else { return };
        let Some(job) = self.jobs.get_mut(&lane.job) else { return };
        let lost = job.handed_out.iter().filter_map(|(item, state)| match state {
            HandedOut::Running { lane, .. } if *lane == id => Some(*item),
            _ => None,
        });
        for item in lost.collect::<Vec<_>>() {
            // the lane ended without a word about it
            job.unbegin(item);
        }
        let Some(failure) = failure.filter(|_| !self.closing) else { return };
        if failure::is_final(&failure.kind) {
            self.effect(Effect::Notice(Level::Error, failure.to_string()));
            self.effect(Effect::Report(lane.job, Report::Error(failure.clone())));
            self.drain(lane.job, failure);
        } else if failure.step != Step::Connect {
            // for a site that cannot be reached, the site's own waiting time counts
            job.not_before = Some(now.instant + back_off(1));
        }
    }

    /// What becomes of a file after a try that failed: the time of the next one and its reason,
    /// or `None` when it has failed for good.
    fn another_try(
        &mut self,
        now: Now,
        item: &mut Item,
        retry_class: RetryClass,
        ending: &Ending,
    ) -> Option<(Option<Timestamp>, String)> {
        let why = ending.reason.clone().unwrap_or_default();
        if retry_class == RetryClass::Full && !self.target_is_full(now.instant, item, &why) {
            return None;
        }
        if retry_class == RetryClass::Unreachable {
            item.tries = item.tries.saturating_sub(1);
        }
        let wait = self.settings.tries.next(retry_class, item.tries)?;
        let at = (!wait.is_zero()).then(|| now.wall.checked_add(wait).ok()).flatten();
        Some((at, format!("{why} (will be retried)")))
    }
}
