//! What front ends see of the queue: counts and windows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::base::needle::Needle;
use crate::base::{ItemId, JobId, text};
use crate::engine::api::{Answer, Counts, Level, Row, RowEnd, RowFilter, RowQuery, Window};
use crate::engine::core::actor::Engine;
use crate::engine::core::jobs::local_time;
use crate::engine::core::links::Running;
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::queue::store::{
    ItemQuery, ItemRow, JobQuery, JobStatus, JobSummary, Scope, Section, StoredJob,
};
use crate::queue::{ItemState, JobKind, Totals};
use crate::site::{Site, SiteKey};

impl Engine {
    /// The bytes of running items that have arrived, job by job.
    pub(super) fn arrived(&self) -> HashMap<JobId, u64> {
        let mut arrived = HashMap::new();
        for running in self.running.values() {
            let bytes = running.progress.bytes().unwrap_or(0);
            *arrived.entry(running.job).or_default() += bytes;
        }
        arrived
    }

    /// All jobs of the store, with what has arrived of files that are under way here.
    pub(super) fn list_jobs(&self, answer: Answer<Vec<StoredJob>>) {
        let arrived = self.arrived();
        let own: HashSet<JobId> = self.machine.jobs().map(|(id, _)| id).collect();
        let (context, shows_others) = (self.context.clone(), self.context.options.browsing > 0);
        self.context.options.store.jobs(JobQuery::All).then(move |jobs| {
            let failed = |error| failure::of_store("list the jobs", &error);
            let mut jobs = jobs.map_err(failed);
            for job in jobs.iter_mut().flatten() {
                job.totals.add_arrived(arrived.get(&job.id).copied().unwrap_or(0));
            }
            if let Ok(jobs) = &jobs
                && shows_others
            {
                let others =
                    jobs.iter().filter(|job| job.ended_at.is_none() && !own.contains(&job.id));
                let standing =
                    |job: &StoredJob| standing(&job.totals, job.state() == JobStatus::Interrupted);
                let sum = others.fold(Totals::default(), |sum, job| sum.plus(&standing(job)));
                context.send(EngineMsg::OtherTotals(sum));
            }
            // a front end that is gone wants no answer
            let _ = answer.send(jobs);
        });
    }

    /// A piece of the queue: what runs as it is known here, then rows of the store.
    pub(super) fn window(
        &self,
        offset: u64,
        limit: usize,
        query: RowQuery,
        answer: oneshot::Sender<Window>,
    ) {
        let mut live: Vec<Row> =
            self.running.iter().filter_map(|(id, running)| self.live_row(*id, running)).collect();
        live.sort_unstable_by_key(|row| row.item);
        let jobs = || self.machine.jobs();
        let scope = match query.job {
            Some(job) => Scope { open: false, jobs: vec![job] },
            None => Scope {
                open: self.context.options.browsing > 0,
                jobs: jobs().map(|(id, _)| id).collect(),
            },
        };
        let waits = jobs().filter_map(|(id, job)| {
            let why = match job.start_at() {
                Some(at) => format!("waits until {}", local_time(at)),
                None => self.machine.why_waiting(job)?,
            };
            Some((id, why))
        });
        let waits = waits.collect();
        let labels = jobs().map(|(id, job)| {
            let ends = job.ends();
            let label = |site: &Option<Arc<Site>>| site.as_ref().map(|site| site.label());
            let labels = Labels {
                from: label(&ends.from),
                to: label(&ends.to),
                held: job.is_held(),
                interrupted: false,
            };
            (id, labels)
        });
        let labels = labels.collect();
        let request = Request {
            counts: self.counts(),
            hidden: jobs().flat_map(|(_, job)| job.settling()).collect(),
            live,
            labels,
            waits,
            offset,
            limit,
            sought: sought(&query),
            query,
        };
        let context = self.context.clone();
        tokio::spawn(async move {
            match request.rows(&context.options.store, scope).await {
                Ok((window, others)) => {
                    if let Some(others) = others {
                        context.send(EngineMsg::OtherTotals(others));
                    }
                    // a front end that is gone draws nothing
                    let _ = answer.send(window);
                }
                Err(error) => context.notice(Level::Error, error.to_string()),
            }
        });
    }

    /// The row of a file that is being copied.
    pub(super) fn live_row(&self, id: ItemId, running: &Running) -> Option<Row> {
        let job = self.machine.job(running.job)?;
        let item = job.running_item(id)?;
        let way = &running.way;
        Some(Row {
            item: id,
            job: item.job,
            kind: job.kind(),
            name: item.label.to_string(),
            dir: item.dir,
            from: (&item.source).into(),
            to: item.target.as_ref().map(RowEnd::from),
            // what runs is not held back by that
            job_held: false,
            interrupted: false,
            state: ItemState::Running,
            via: way.via,
            protected: way.protected,
            bytes: running.progress.bytes(),
            size: item.size,
            rate: running.rate.rate(),
            elapsed: running.begun.elapsed(),
            reason: way.reason.clone(),
            verdict: None,
        })
    }
}

/// What a row says of its job.
#[derive(Debug, Clone, Default)]
struct Labels {
    /// The labels of its sites; `None` for this machine.
    from: Option<String>,
    to: Option<String>,
    /// True when nothing of it is to be begun.
    held: bool,
    /// True when nobody works on it any more.
    interrupted: bool,
}

/// A window that is asked for.
struct Request {
    counts: Counts,
    /// Items on their way back into the store.
    hidden: Vec<ItemId>,
    live: Vec<Row>,
    /// What is known of this engine's jobs.
    labels: HashMap<JobId, Labels>,
    /// Why jobs wait whose site is away or full.
    waits: HashMap<JobId, String>,
    offset: u64,
    limit: usize,
    query: RowQuery,
    sought: ItemQuery,
}

/// The parts of the queue that a filter shows.
pub(super) fn parts(filter: RowFilter) -> Vec<Section> {
    match filter {
        RowFilter::All => Section::ALL.to_vec(),
        RowFilter::Open => vec![Section::Claimed, Section::Open],
        RowFilter::Failed => vec![Section::Failed],
        RowFilter::Ended => vec![Section::Failed, Section::Ended],
        RowFilter::Running => vec![Section::Claimed],
        // what is at hand for a lane waits, too
        RowFilter::Waiting | RowFilter::Held => vec![Section::Claimed, Section::Open],
        RowFilter::Done | RowFilter::Skipped | RowFilter::Cancelled => vec![Section::Ended],
    }
}

/// What the store is to look for.
pub(super) fn sought(query: &RowQuery) -> ItemQuery {
    let state = match query.filter {
        RowFilter::All | RowFilter::Open | RowFilter::Ended | RowFilter::Failed => None,
        RowFilter::Running => Some(ItemState::Running),
        RowFilter::Waiting => Some(ItemState::Waiting),
        RowFilter::Held => Some(ItemState::Held),
        RowFilter::Done => Some(ItemState::Done),
        RowFilter::Skipped => Some(ItemState::Skipped),
        RowFilter::Cancelled => Some(ItemState::Cancelled),
    };
    ItemQuery { state, name: Needle::new(&query.text) }
}

impl Request {
    /// The window, and the items of other engines in numbers when all of them were looked at.
    async fn rows(
        self,
        store: &crate::queue::Store,
        scope: Scope,
    ) -> Result<(Window, Option<Totals>), crate::queue::StoreError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut skip = self.offset;
        let shown: Vec<Row> =
            self.live.iter().filter(|row| self.query.shows(row)).cloned().collect();
        let mut total = shown.len() as u64;
        take(&mut rows, &mut skip, self.limit, shown.into_iter());
        let mut rest = parts(self.query.filter);
        let live: Vec<ItemId> = self.live.iter().map(|row| row.item).collect();
        if rest.first() == Some(&Section::Claimed) {
            rest.remove(0);
            // what is handed out is at hand here, or runs elsewhere: never many
            let given =
                store.rows(scope.clone(), vec![Section::Claimed], 0, usize::MAX / 2).await?;
            let heads = given.jobs;
            let shown = given
                .rows
                .into_iter()
                .filter(|row| !live.contains(&row.item.id) && !self.hidden.contains(&row.item.id));
            let shown = shown.map(|row| self.row(row, &heads));
            let shown: Vec<Row> = shown.filter(|row| self.query.shows(row)).collect();
            total += shown.len() as u64;
            take(&mut rows, &mut skip, self.limit, shown.into_iter());
        }
        let left = self.limit - rows.len();
        let stored = match self.sought.is_all() {
            true => store.rows(scope, rest, skip, left).await?,
            false => store.search(scope, rest, self.sought.clone(), skip, left).await?,
        };
        total += stored.total;
        rows.extend(stored.rows.into_iter().map(|row| self.row(row, &stored.jobs)));
        let others = stored
            .jobs
            .iter()
            .filter(|head| !self.labels.contains_key(&head.id))
            .fold(Totals::default(), |sum, head| {
                sum.plus(&standing(&head.totals, head.interrupted))
            });
        let others = self.query.job.is_none().then_some(others);
        let window = Window { total, offset: self.offset, rows, counts: self.counts };
        Ok((window, others))
    }

    fn row(&self, shown: ItemRow, heads: &[JobSummary]) -> Row {
        let item = shown.item;
        let own = self.labels.get(&item.job);
        let head = heads.iter().find(|head| head.id == item.job);
        let named = |key: &SiteKey| (!key.0.is_empty()).then(|| key.0.clone());
        let labels = match (own, head) {
            (Some(labels), _) => labels.clone(),
            (None, Some(head)) => {
                let (held, interrupted) = (head.held, head.interrupted);
                Labels { from: named(&head.from), to: named(&head.to), held, interrupted }
            }
            (None, None) => Labels::default(),
        };
        let ended = shown.state.is_ended();
        // what is at hand here has not begun, and what was under way when its process ended stands
        let state = match shown.state {
            ItemState::Running if own.is_some() || labels.interrupted => ItemState::Waiting,
            state => state,
        };
        let kind = head.map_or(JobKind::Copy, |head| head.kind);
        let target = item.target.as_deref().map(text::visible).unwrap_or_default();
        Row {
            item: item.id,
            job: item.job,
            kind,
            name: item.label.into(),
            dir: item.dir,
            from: RowEnd { site: labels.from, path: text::visible(&item.source) },
            to: (kind != JobKind::Delete).then_some(RowEnd { site: labels.to, path: target }),
            interrupted: labels.interrupted && !ended,
            job_held: labels.held && !ended && state != ItemState::Running,
            state,
            via: shown.ending.via,
            protected: shown.ending.protected,
            bytes: (state == ItemState::Done).then_some(shown.ending.bytes),
            size: item.size,
            rate: None,
            elapsed: shown.ending.elapsed,
            reason: match self.waits.get(&item.job) {
                Some(why) if state == ItemState::Waiting => Some(why.clone()),
                _ => shown.ending.reason,
            },
            verdict: if ended { shown.ending.verdict } else { None },
        }
    }
}

/// The items of a job in numbers: of one that nobody works on any more, none are running.
fn standing(totals: &Totals, interrupted: bool) -> Totals {
    let running = if interrupted { totals.running } else { 0 };
    let Totals { waiting, running: all, .. } = *totals;
    Totals { waiting: waiting + running, running: all - running, ..*totals }
}

/// Takes rows into a window until it is full.
fn take(
    rows: &mut Vec<Row>,
    skip: &mut u64,
    limit: usize,
    more: impl ExactSizeIterator<Item = Row>,
) {
    let here = usize::try_from(*skip).unwrap_or(usize::MAX).min(more.len());
    *skip -= here as u64;
    rows.extend(more.skip(here).take(limit - rows.len()));
}
