//! Jobs that were interrupted, as the screen tells them.

use crate::base::size::grouped;
use crate::base::text;
use crate::engine::{EngineHandle, Failure};
use crate::queue::store::{JobRecord, JobState, SiteRef};
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
    let totals = &job.totals;
    let ended = totals.done + totals.skipped + totals.failed;
    let all = ended + totals.waiting + totals.held + totals.running;
    words.push_str(&format!(", {} of {} done", grouped(ended), grouped(all)));
    words
}
