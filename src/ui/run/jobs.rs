//! Jobs that were interrupted, as the screen tells them.

use crate::base::size::grouped;
use crate::base::text;
use crate::engine::{EngineHandle, Failure};
use crate::queue::store::{JobRecord, JobState, SiteRef, Stage};
use crate::queue::{Ends, JobKind};
use crate::site::Sites;
use crate::ui::model::msg::Interrupted;

/// The jobs of the store that nobody runs and that are not done.
pub(super) async fn interrupted(
    engine: &EngineHandle,
    sites: &Sites,
) -> Result<Vec<Interrupted>, Failure> {
    let jobs = engine.jobs().await?;
    let left = jobs.iter().filter(|job| job.state() == JobState::Interrupted);
    Ok(left.map(|job| told(job, sites)).collect())
}

fn told(job: &JobRecord, sites: &Sites) -> Interrupted {
    let site = |end: &Option<SiteRef>| match end {
        // this machine
        None => Some(None),
        Some(end) => end.site(sites).map(Some),
    };
    let ends = site(&job.from).zip(site(&job.to)).map(|(from, to)| Ends { from, to });
    Interrupted { job: job.id, kind: job.kind, ends, words: words(job) }
}

/// `copy mirror:/pub/x and 3 more to nas:/in, 12 of 2 000 done`.
fn words(job: &JobRecord) -> String {
    let verb = match job.kind {
        JobKind::Copy => "copy",
        JobKind::Move => "move",
        JobKind::Delete => "delete",
        JobKind::Mirror => "mirror",
    };
    let place = |end: &Option<SiteRef>, path: &[u8]| {
        let path = text::visible(path);
        match end {
            Some(end) => format!("{}:{path}", text::visible_str(&end.label())),
            None => path,
        }
    };
    let mut words = format!("{verb} {}", place(&job.from, &job.source));
    if job.sources > 1 {
        words.push_str(&format!(" and {} more", grouped(job.sources - 1)));
    }
    if let Some(target) = &job.target {
        words.push_str(&format!(" to {}", place(&job.to, target)));
    }
    words.push_str(", ");
    words.push_str(&progress(job));
    words
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
    use crate::base::JobId;
    use crate::queue::{Rules, Totals, TreeRules};

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
