//! The view of the queue for front ends: totals and windows.

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
    /// The bytes transferred of running items, by job.
    pub(super) fn arrived(&self) -> HashMap<JobId, u64> {
        let mut arrived = HashMap::new();
        for running in self.running.values() {
            let bytes = running.progress.bytes().unwrap_or(0);
            *arrived.entry(running.job).or_default() += bytes;
        }
        arrived
    }

    /// Lists all jobs in the store, with the progress of files that are running here.
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
                let current = |job: &StoredJob| {
                    current_totals(&job.totals, job.state() == JobStatus::Interrupted)
                };
                let sum = others.fold(Totals::default(), |sum, job| sum.plus(&current(job)));
                context.send(EngineMsg::OtherTotals(sum));
            }
            // the front end may be gone
            let _ = answer.send(jobs);
        });
    }

    /// A window of the queue: running files from memory, then rows of the store.
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
        let wait_reasons = jobs().filter_map(|(id, job)| {
            let why = match job.start_at() {
                Some(at) => format!("waits until {}", local_time(at)),
                None => self.machine.why_waiting(job)?,
            };
            Some((id, why))
        });
        let wait_reasons = wait_reasons.collect();
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
            wait_reasons,
            offset,
            limit,
            items: item_query(&query),
            query,
        };
        let context = self.context.clone();
        tokio::spawn(async move {
            match request.rows(&context.options.store, scope).await {
                Ok((window, others)) => {
                    if let Some(others) = others {
                        context.send(EngineMsg::OtherTotals(others));
                    }
                    // the front end may be gone
                    let _ = answer.send(window);
                }
                Err(error) => context.notice(Level::Error, error.to_string()),
            }
        });
    }

    /// The row of a running file.
    pub(super) fn live_row(&self, id: ItemId, running: &Running) -> Option<Row> {
        let job = self.machine.job(running.job)?;
        let item = job.running_item(id)?;
        let details = &running.details;
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
            via: details.via,
            protected: details.protected,
            bytes: running.progress.bytes(),
            size: item.size,
            rate: running.rate.rate(),
            elapsed: running.started.elapsed(),
            reason: details.reason.clone(),
            verdict: None,
        })
    }
}

/// The columns of a row that belong to its job.
#[derive(Debug, Clone, Default)]
struct Labels {
    /// The labels of its sites; `None` for this machine.
    from: Option<String>,
    to: Option<String>,
    /// True when nothing of it is to be begun.
    held: bool,
    /// True if its owner has ended.
    interrupted: bool,
}

/// A request for a window.
struct Request {
    counts: Counts,
    /// Items whose result is being written to the store.
    hidden: Vec<ItemId>,
    live: Vec<Row>,
    /// The columns for this engine's jobs.
    labels: HashMap<JobId, Labels>,
    /// Why jobs wait, for example for an unreachable site.
    wait_reasons: HashMap<JobId, String>,
    offset: u64,
    limit: usize,
    query: RowQuery,
    items: ItemQuery,
}

/// The sections of the queue that a filter shows.
pub(super) fn sections(filter: RowFilter) -> Vec<Section> {
    match filter {
        RowFilter::All => Section::ALL.to_vec(),
        RowFilter::Open => vec![Section::Claimed, Section::Open],
        RowFilter::Failed => vec![Section::Failed],
        RowFilter::Ended => vec![Section::Failed, Section::Ended],
        RowFilter::Running => vec![Section::Claimed],
        // items that are claimed in advance for a lane still wait
        RowFilter::Waiting | RowFilter::Held => vec![Section::Claimed, Section::Open],
        RowFilter::Done | RowFilter::Skipped | RowFilter::Cancelled => vec![Section::Ended],
    }
}

/// The search in the store for a query.
pub(super) fn item_query(query: &RowQuery) -> ItemQuery {
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
    /// The window, and the totals of other engines' jobs if the query covers all jobs.
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
        fill(&mut rows, &mut skip, self.limit, shown.into_iter());
        let mut rest = sections(self.query.filter);
        let live: Vec<ItemId> = self.live.iter().map(|row| row.item).collect();
        if rest.first() == Some(&Section::Claimed) {
            rest.remove(0);
            // claimed items are in memory here or run elsewhere, so there are only few
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
            fill(&mut rows, &mut skip, self.limit, shown.into_iter());
        }
        let left = self.limit - rows.len();
        let stored = match self.items.is_all() {
            true => store.rows(scope, rest, skip, left).await?,
            false => store.search(scope, rest, self.items.clone(), skip, left).await?,
        };
        total += stored.total;
        rows.extend(stored.rows.into_iter().map(|row| self.row(row, &stored.jobs)));
        let others = stored
            .jobs
            .iter()
            .filter(|head| !self.labels.contains_key(&head.id))
            .fold(Totals::default(), |sum, head| {
                sum.plus(&current_totals(&head.totals, head.interrupted))
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
        // a claimed item of this engine that is not live, or of an interrupted job, is not running
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
            reason: match self.wait_reasons.get(&item.job) {
                Some(why) if state == ItemState::Waiting => Some(why.clone()),
                _ => shown.ending.reason,
            },
            verdict: if ended { shown.ending.verdict } else { None },
        }
    }
}

/// The totals of a job; the running items of an interrupted job count as waiting.
fn current_totals(totals: &Totals, interrupted: bool) -> Totals {
    let running = if interrupted { totals.running } else { 0 };
    let Totals { waiting, running: all, .. } = *totals;
    Totals { waiting: waiting + running, running: all - running, ..*totals }
}

/// Adds rows to a window until it is full, after skipping `skip` rows.
fn fill(
    rows: &mut Vec<Row>,
    skip: &mut u64,
    limit: usize,
    more: impl ExactSizeIterator<Item = Row>,
) {
    let here = usize::try_from(*skip).unwrap_or(usize::MAX).min(more.len());
    *skip -= here as u64;
    rows.extend(more.skip(here).take(limit - rows.len()));
}
