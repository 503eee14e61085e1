//! Jobs that were interrupted, as the screen tells them.

use crate::base::size::grouped;
use crate::base::{JobId, Word, text};
use crate::engine::{EngineHandle, Failure};
use crate::queue::store::{JobRecord, JobState, SiteRef, Stage};
use crate::site::Sites;
use crate::ui::model::jobs::JobLine;
use crate::ui::model::msg::Interrupted;

/// How many jobs that have ended are listed.
const ENDED: usize = 500;

/// The jobs of the store that nobody runs and that are not done.
pub(super) async fn interrupted(
    engine: &EngineHandle,
    sites: &Sites,
) -> Result<Vec<Interrupted>, Failure> {
    let jobs = engine.jobs().await?;
    let left = jobs.iter().filter(|job| job.state() == JobState::Interrupted);
    Ok(left.map(|job| told(job, sites)).collect())
}

/// All jobs of the store, for the list of jobs: what is open, and what has ended last.
pub(super) async fn lines(engine: &EngineHandle, sites: &Sites) -> Result<Vec<JobLine>, Failure> {
    let jobs = engine.jobs().await?;
    let ended = jobs.iter().filter(|job| job.ended_at.is_some()).count();
    let mut old = ended.saturating_sub(ENDED);
    let lately = |job: &&JobRecord| {
        let left_out = job.ended_at.is_some() && old > 0;
        old -= usize::from(left_out);
        !left_out
    };
    Ok(jobs.iter().filter(lately).map(|job| line(job, sites)).collect())
}

/// Takes a job out of the store; tells what of its files is kept where it was copying to.
pub(super) async fn forget(engine: &EngineHandle, job: JobId) -> Result<Vec<String>, Failure> {
    let record = engine.jobs().await?.into_iter().find(|record| record.id == job);
    engine.discard(job).await?;
    let parts = engine.parts().await?;
    let kept = record.iter().flat_map(|job| parts.iter().filter(|part| part.lies_below(job)));
    Ok(kept.map(ToString::to_string).collect())
}

fn line(job: &JobRecord, sites: &Sites) -> JobLine {
    let owner = job.owner.as_ref();
    JobLine {
        job: job.id,
        kind: job.kind,
        ends: job.ends(sites).ok(),
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

fn told(job: &JobRecord, sites: &Sites) -> Interrupted {
    Interrupted { job: job.id, kind: job.kind, ends: job.ends(sites).ok(), words: words(job) }
}

fn place(end: &Option<SiteRef>, path: &[u8]) -> String {
    let path = text::visible(path);
    match end {
        Some(end) => format!("{}:{path}", text::visible_str(&end.label())),
        None => path,
    }
}

/// `mirror:/pub/x and 3 more`.
fn from(job: &JobRecord) -> String {
    let first = place(&job.from, &job.source);
    match job.sources {
        0 | 1 => first,
        more => format!("{first} and {} more", grouped(more - 1)),
    }
}

/// `nas:/in`; nothing for deletions.
fn to(job: &JobRecord) -> String {
    job.target.as_ref().map_or_else(String::new, |target| place(&job.to, target))
}

/// `copy mirror:/pub/x and 3 more to nas:/in, 12 of 2 000 done`.
fn words(job: &JobRecord) -> String {
    let to = match to(job) {
        to if to.is_empty() => to,
        to => format!(" to {to}"),
    };
    format!("{} {}{to}, {}", job.kind.word(), from(job), progress(job))
}

/// How far it came. While its trees were being listed nobody knew how much there is.
fn progress(job: &JobRecord) -> String {
    let ended = grouped(job.totals.ended());
    let all = job.totals.ended() + job.totals.open();
    match (job.stage, all) {
        (Stage::Listing, 0) => "not begun".to_owned(),
        (Stage::Listing, all) => {
            format!("{ended} of {} done, and more still to be listed", grouped(all))
        }
        (Stage::Listed, 0) => "nothing left to do".to_owned(),
        (Stage::Listed, all) => format!("{ended} of {} done", grouped(all)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::queue::{JobKind, Rules, Totals, TreeRules};

    fn job(stage: Stage, totals: Totals) -> JobRecord {
        JobRecord {
            id: JobId(3),
            kind: JobKind::Copy,
            rules: Rules::default(),
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
    fn how_far_a_job_came_is_never_said_of_what_nobody_knows() {
        let none = Totals::default();
        let some = Totals { done: 11, skipped: 1, waiting: 1988, ..none };
        for (stage, totals, told) in [
            (Stage::Listing, none, "not begun"),
            (Stage::Listing, some, "12 of 2 000 done, and more still to be listed"),
            (Stage::Listed, none, "nothing left to do"),
            (Stage::Listed, some, "12 of 2 000 done"),
        ] {
            let words = words(&job(stage, totals));
            assert_eq!(words, format!("copy /pub/x and 2 more to /in, {told}"));
        }
    }
}
