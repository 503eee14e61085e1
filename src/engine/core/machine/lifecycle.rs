//! The phases of a job, from when it is taken on to its end.

use crate::base::JobId;
use crate::engine::api::{Failure, FailureKind, Level, Report};
use crate::engine::core::machine::Machine;
use crate::engine::core::machine::event::{Effect, NewJob, Note, Now};
use crate::engine::core::machine::job::{Job, Phase};
use crate::queue::JobKind;
use crate::transfer::StopRequest;

impl Machine {
    /// A job is in the store and runs here from now on.
    pub(super) fn job_taken(&mut self, now: Now, new: NewJob) {
        let NewJob { job: id, walk, start_at, .. } = new;
        self.one_lane.extend(new.one_lane);
        let phase = match start_at.filter(|at| *at > now.wall) {
            Some(at) => Phase::Scheduled { at, walk },
            None => Phase::Running,
        };
        let scheduled = matches!(phase, Phase::Scheduled { .. });
        let job = Job {
            kind: new.kind,
            rules: new.rules,
            ends: new.ends,
            priority: new.priority,
            held: new.held,
            stale: new.stale,
            phase,
            counted: new.counted,
            handed_out: Default::default(),
            ready: Default::default(),
            claim: None,
            next_at: None,
            not_before: None,
            last_lane: 0,
        };
        self.jobs.insert(id, job);
        if walk && !scheduled {
            self.begin(id, true);
        }
        if new.cancelled {
            self.cancel_job(id);
        }
    }

    fn begin(&mut self, id: JobId, walk: bool) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.phase = if walk { Phase::Walking { files_expected: false } } else { Phase::Running };
        if walk {
            self.effect(Effect::Walk(id));
        }
    }

    /// Begins the jobs whose time has come.
    pub(super) fn begin_scheduled(&mut self, now: Now) {
        let due = |job: &Job| match job.phase {
            Phase::Scheduled { at, walk } if at <= now.wall => Some(walk),
            _ => None,
        };
        let due: Vec<_> =
            self.jobs.iter().filter_map(|(id, job)| due(job).map(|walk| (*id, walk))).collect();
        for (id, walk) in due {
            self.begin(id, walk);
        }
    }

    /// Begins a job before its time.
    pub(super) fn start_now(&mut self, id: JobId) {
        self.effect(Effect::Note(Note::StartNow(id)));
        if let Some(Phase::Scheduled { walk, .. }) = self.jobs.get(&id).map(|job| &job.phase) {
            self.begin(id, *walk);
        }
    }

    /// The walk of a job has met a directory; lanes that the user has asked for log in meanwhile.
    pub(super) fn directory_found(&mut self, id: JobId) {
        if let Some(Phase::Walking { files_expected }) =
            self.jobs.get_mut(&id).map(|job| &mut job.phase)
        {
            *files_expected = true;
        }
    }

    /// The trees of a job were listed, or could not be; or the emptied source directories of a
    /// move are gone.
    pub(super) fn walked(&mut self, id: JobId, failure: Option<Failure>) {
        let Some(job) = self.jobs.get(&id) else { return };
        let emptied = matches!(job.phase, Phase::Emptying);
        // a walk that was cut short by the end of the program is repeated at the next start
        if !(emptied || self.closing && failure.is_some()) {
            self.effect(Effect::Note(Note::Listed(id)));
        }
        match failure {
            Some(failure) => self.walk_failed(id, failure),
            None => self.walk_ended(id),
        }
    }

    /// A tree that could not be listed to its end is a failed file of its own, so that it can be
    /// seen in the queue.
    fn walk_failed(&mut self, id: JobId, failure: Failure) {
        if failure.kind != FailureKind::Cancelled {
            self.effect(Effect::Notice(Level::Error, failure.to_string()));
        }
        self.effect(Effect::Report(id, Report::Error(failure.clone())));
        if self.closing {
            self.walk_ended(id);
        } else {
            self.effect(Effect::RecordFailedWalk { job: id, failure });
        }
    }

    fn walk_ended(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        match &mut job.phase {
            Phase::Walking { .. } => job.phase = Phase::Running,
            Phase::Draining { walking, .. } => *walking = false,
            // retried files go on before the job can end
            Phase::Emptying if job.counted.totals.open() > 0 => job.phase = Phase::Running,
            Phase::Emptying => self.end_job(id),
            Phase::Scheduled { .. } | Phase::Running | Phase::Ended => {}
        }
    }

    /// Gives a job up: what waits is failed for this reason, what runs is cancelled.
    pub(super) fn drain(&mut self, id: JobId, why: Failure) {
        self.signal_all(Some(id), StopRequest::Cancel);
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let (walking, unwalked) = match job.phase {
            Phase::Ended => return,
            Phase::Scheduled { walk, .. } => (walk, walk),
            Phase::Walking { .. } | Phase::Emptying | Phase::Draining { walking: true, .. } => {
                (true, false)
            }
            Phase::Running | Phase::Draining { walking: false, .. } => (false, false),
        };
        job.phase = Phase::Draining { why: why.clone(), walking };
        if unwalked {
            // its walk has never begun
            self.walked(id, Some(why));
        }
    }

    /// Tells running files of one job, or of all, to stop.
    pub(super) fn signal_all(&mut self, only: Option<JobId>, stop_request: StopRequest) {
        for (id, job) in &mut self.jobs {
            if only.is_some_and(|only| only != *id) {
                continue;
            }
            let running: Vec<_> = job.running().collect();
            for (item, present) in running {
                // what was cancelled stays cancelled
                if present != StopRequest::Cancel && job.set_stop_request(item, stop_request) {
                    self.effects.push(Effect::Signal { item, stop_request });
                }
            }
        }
    }

    /// Ends the jobs that have nothing left to do.
    pub(super) fn end_jobs(&mut self) {
        if self.closing {
            return;
        }
        for id in self.open_jobs() {
            let Some(job) = self.jobs.get_mut(&id) else { continue };
            let open =
                job.counted.totals.open() > 0 || !job.handed_out.is_empty() || job.claim.is_some();
            if open || job.is_listing() || matches!(job.phase, Phase::Scheduled { .. }) {
                continue;
            }
            if job.kind == JobKind::Move {
                job.phase = Phase::Emptying;
                self.effect(Effect::RemoveEmptied(id));
            } else {
                self.end_job(id);
            }
        }
    }

    fn end_job(&mut self, id: JobId) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.phase = Phase::Ended;
            self.effect(Effect::EndJob(id));
        }
    }

    /// A job goes on with files that are retried.
    pub(super) fn revive(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        match job.phase {
            Phase::Draining { walking: true, .. } => {
                job.phase = Phase::Walking { files_expected: false };
            }
            Phase::Ended | Phase::Draining { .. } => job.phase = Phase::Running,
            Phase::Scheduled { .. } | Phase::Walking { .. } | Phase::Running | Phase::Emptying => {}
        }
        job.not_before = None;
        // its targets may have changed since its end
        job.stale = true;
        self.effect(Effect::StopWalk(id, false));
    }
}
