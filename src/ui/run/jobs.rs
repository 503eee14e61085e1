//! Reads jobs from the store for the screen.

use crate::base::size::grouped;
use crate::base::{JobId, Word, text};
use crate::engine::{EngineHandle, Failure};
use crate::queue::store::{JobStatus, SiteRef, Stage, StoredJob};
use crate::site::Sites;
use crate::ui::model::job_line::JobLine;
use crate::ui::model::msg::Interrupted;

/// The most finished jobs that are listed.
const MAX_ENDED: usize = 500;

/// The unfinished jobs of the store that no process runs.
pub(super) async fn interrupted(
    engine: &EngineHandle,
    sites: &Sites,
) -> Result<Vec<Interrupted>, Failure> {
    let jobs = engine.jobs().await?;
    let left = jobs.iter().filter(|job| job.state() == JobStatus::Interrupted);
    Ok(left.map(|job| interrupted_job(job, sites)).collect())
}

/// The jobs for the list of jobs: all open jobs and the last finished ones.
pub(super) async fn lines(engine: &EngineHandle, sites: &Sites) -> Result<Vec<JobLine>, Failure> {
    let jobs = engine.jobs().await?;
    let ended = jobs.iter().filter(|job| job.ended_at.is_some()).count();
    let mut old = ended.saturating_sub(MAX_ENDED);
    let lately = |job: &&StoredJob| {
        let left_out = job.ended_at.is_some() && old > 0;
        old -= usize::from(left_out);
        !left_out
    };
    Ok(jobs.iter().filter(lately).map(|job| line(job, sites)).collect())
}

/// Removes a job from the store; returns a message for each partial file kept at the target.
pub(super) async fn remove(engine: &EngineHandle, job: JobId) -> Result<Vec<String>, Failure> {
    let record = engine.jobs().await?.into_iter().find(|record| record.id == job);
    engine.discard(job).await?;
    let parts = engine.partials().await?;
    let kept = record.iter().flat_map(|job| parts.iter().filter(|part| part.belongs_to(job)));
    Ok(kept.map(ToString::to_string).collect())
}

fn line(job: &StoredJob, sites: &Sites) -> JobLine {
    let owner = job.owner.as_ref();
    JobLine {
        job: job.id,
        kind: job.kind,
        ends: job.find_sites(sites).ok(),
        from: from(job),
        to: to(job),
        state: job.state(),
        ours: owner.is_some_and(|owner| owner.pid == std::process::id()),
        held: job.held,
        cancelled: job.cancelled,
        listing: job.stage == Stage::Listing,
        lanes: job.rules.parallel,
        priority: job.priority,
        start_at: job.start_at,
        totals: job.totals,
    }
}

fn interrupted_job(job: &StoredJob, sites: &Sites) -> Interrupted {
    Interrupted {
        job: job.id,
        kind: job.kind,
        ends: job.find_sites(sites).ok(),
        summary: summary(job),
    }
}

fn location_text(site: &Option<SiteRef>, path: &[u8]) -> String {
    let path = text::visible(path);
    match site {
        Some(site) => format!("{}:{path}", text::visible_str(&site.label())),
        None => path,
    }
}

/// `mirror:/pub/x and 3 more`.
fn from(job: &StoredJob) -> String {
    let first = location_text(&job.from, &job.source);
    match job.sources {
        0 | 1 => first,
        more => format!("{first} and {} more", grouped(more - 1)),
    }
}

/// `nas:/in`; empty for deletions.
fn to(job: &StoredJob) -> String {
    job.target.as_ref().map_or_else(String::new, |target| location_text(&job.to, target))
}

/// `copy mirror:/pub/x and 3 more to nas:/in, 12 of 2 000 done`.
fn summary(job: &StoredJob) -> String {
    let to = match to(job) {
        to if to.is_empty() => to,
        to => format!(" to {to}"),
    };
    format!("{} {}{to}, {}", job.kind.word(), from(job), progress(job))
}

/// The progress of a job. The total is unknown while directories are still being listed.
fn progress(job: &StoredJob) -> String {
    let ended = grouped(job.totals.ended());
    let all = job.totals.ended() + job.totals.open();
    match (job.stage, all) {
        (Stage::Listing, 0) => "not started".to_owned(),
        (Stage::Listing, all) => {
            format!("{ended} of {} done, still listing", grouped(all))
        }
        (Stage::Listed, 0) => "nothing left to do".to_owned(),
        (Stage::Listed, all) => format!("{ended} of {} done", grouped(all)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::queue::{JobKind, JobRules, Totals, TreeRules};

    fn job(stage: Stage, totals: Totals) -> StoredJob {
        StoredJob {
            id: JobId(3),
            kind: JobKind::Copy,
            rules: JobRules::default(),
            tree: TreeRules::default(),
            from: None,
            to: None,
            source: b"/pub/x".to_vec(),
            sources: 3,
            target: Some(b"/in".to_vec()),
            rename_to: false,
            priority: 0,
            held: false,
            cancelled: false,
            stage,
            created_at: Timestamp::UNIX_EPOCH,
            start_at: None,
            ended_at: None,
            owner: None,
            totals,
        }
    }

    #[test]
    fn the_progress_of_a_job_while_its_total_is_unknown() {
        let none = Totals::default();
        let some = Totals { done: 11, skipped: 1, waiting: 1988, ..none };
        for (stage, totals, expected) in [
            (Stage::Listing, none, "not started"),
            (Stage::Listing, some, "12 of 2 000 done, still listing"),
            (Stage::Listed, none, "nothing left to do"),
            (Stage::Listed, some, "12 of 2 000 done"),
        ] {
            let summary = summary(&job(stage, totals));
            assert_eq!(summary, format!("copy /pub/x and 2 more to /in, {expected}"));
        }
    }
}
