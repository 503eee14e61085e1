//! Taking over a job whose owner has ended: what was under way is looked at before anything is sent
//! again (transfer rule 2).

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::base::{JobId, RemotePath};
use crate::engine::api::Answer;
use crate::engine::api::{Failure, ItemReport, Report};
use crate::engine::context::EngineContext;
use crate::engine::endpoint::Endpoint;
use crate::engine::failure;
use crate::engine::message::{Adopted, EngineMsg, Purpose, Submitted};
use crate::engine::recovery::leftovers::{self, Found};
use crate::queue::store::{
    Intent, IntentState, ItemChange, ItemSelection, JobStatus, ReturnOutcome, ReturnedItem, RunId,
    Section, Stage, StoredJob, VersionedTotals, local_key,
};
use crate::queue::{Ending, Exists, Item, ItemState, JobKind, JobSites, JobSpec, StoreError};
use crate::site::Location;
use crate::transfer::Via;

/// A job that will be taken over.
#[derive(Debug)]
pub(in crate::engine) struct Taking {
    /// The run that will own it.
    pub(in crate::engine) run: RunId,
    pub(in crate::engine) job: JobId,
    /// Its sites.
    pub(in crate::engine) ends: JobSites,
    /// True to retry what failed.
    pub(in crate::engine) retry: bool,
}

/// Takes a job over and tells the engine, or whoever asked why not.
pub(in crate::engine) async fn adopt(
    context: Arc<EngineContext>,
    taking: Taking,
    reports: Option<mpsc::UnboundedSender<Report>>,
    answer: Answer<JobId>,
) {
    match take_over(&context, &taking).await {
        Ok(taken) => {
            let Taking { job, ends, retry, .. } = taking;
            let Taken { spec, found, record, counted, listing } = taken;
            let given_up = record.cancelled && record.state() != JobStatus::Ended && !retry;
            let submitted = Submitted { spec, ends, reports, answer };
            let adopted = Adopted {
                job,
                submitted,
                counted,
                priority: record.priority,
                held: record.held,
                cancelled: given_up,
                listing,
                found,
            };
            context.send(EngineMsg::Adopted(Box::new(adopted)));
        }
        // a front end that is gone wants no answer
        Err(failure) => drop(answer.send(Err(failure))),
    }
}

struct Taken {
    spec: JobSpec,
    record: StoredJob,
    counted: VersionedTotals,
    /// True if its trees must be walked again.
    listing: bool,
    /// Items that were found done.
    found: Vec<ItemReport>,
}

const STEP: &str = "run the job";

fn stored(error: &StoreError) -> Failure {
    failure::of_store(STEP, error)
}

async fn take_over(context: &Arc<EngineContext>, taking: &Taking) -> Result<Taken, Failure> {
    let Taking { run, job, ends, retry } = taking;
    let (run, job) = (*run, *job);
    let store = &context.options.store;
    let record = store.job(job).await.map_err(|error| stored(&error))?;
    let record = record.ok_or_else(|| failure::usage(STEP, format!("there is no job {job}")))?;
    let seen = record.owner.as_ref().map(|owner| owner.run);
    let taken = match record.state() {
        JobStatus::Running => {
            return Err(failure::elsewhere(STEP));
        }
        JobStatus::Ended => store.reopen(job, run).await,
        JobStatus::Waiting | JobStatus::Interrupted => store.adopt(job, seen, run).await,
    };
    if !taken.map_err(|error| stored(&error))? {
        return Err(failure::elsewhere(STEP));
    }
    let checked = async {
        let spec = store.spec(&record, ends).await.map_err(|error| stored(&error))?;
        let found = check_all(context, &record, ends).await?;
        let mut listing = record.stage == Stage::Listing;
        if *retry {
            listing |= store.relist_failed_dirs(job).await.map_err(|error| stored(&error))?;
            let all = ItemSelection::Jobs(vec![job], Section::ALL.to_vec());
            store.change(all, ItemChange::Retry).await.map_err(|error| stored(&error))?;
        }
        let counted = store.count(job).await.map_err(|error| stored(&error))?;
        Ok(Taken { spec, found, counted, listing, record })
    };
    match checked.await {
        Ok(taken) => Ok(taken),
        Err(failure) => {
            // it stays interrupted, for another try
            if let Some(seen) = seen {
                store.adopt(job, Some(run), seen).await.map_err(|error| stored(&error))?;
            }
            Err(failure)
        }
    }
}

/// Looks at everything that was handed out when the earlier owner ended.
async fn check_all(
    context: &Arc<EngineContext>,
    record: &StoredJob,
    ends: &JobSites,
) -> Result<Vec<ItemReport>, Failure> {
    let store = &context.options.store;
    let handed_out =
        store.claimed_items(record.id, ends.clone()).await.map_err(|error| stored(&error))?;
    if handed_out.is_empty() {
        return Ok(Vec::new());
    }
    let mut target = Endpoint::borrow(context, ends.to.as_ref(), Purpose::Work).await?;
    let mut found = Vec::new();
    let mut backs = Vec::new();
    for (item, intent) in handed_out {
        let what = check(context, &mut target, &item, intent, record).await?;
        if let ReturnOutcome::Ended(state, ending) = &what {
            found.push(ItemReport {
                item: item.clone(),
                state: *state,
                ending: ending.clone(),
                failure: None,
            });
        }
        backs.push(ReturnedItem {
            item: item.id,
            job: record.id,
            tries: item.tries,
            outcome: what,
        });
    }
    drop(target);
    if record.kind == JobKind::Move && !found.is_empty() {
        let mut source = Endpoint::borrow(context, ends.from.as_ref(), Purpose::Work).await?;
        for report in found.iter().filter(|report| report.state == ItemState::Done) {
            if source.stat(context, &report.item.source).await?.is_some() {
                source.remove(context, &report.item.source, false).await?;
            }
        }
    }
    store.give_back(backs).await.map_err(|error| stored(&error))?;
    Ok(found)
}

/// What became of one item.
async fn check(
    context: &Arc<EngineContext>,
    end: &mut Endpoint,
    item: &Item,
    intent: Option<Intent>,
    record: &StoredJob,
) -> Result<ReturnOutcome, Failure> {
    let again = ReturnOutcome::Later(None, None);
    let Some(target) = item.target.as_ref().filter(|_| !item.dir) else { return Ok(again) };
    // an intent is forgotten when the file is in its place, right before the item has ended
    let intent = intent.unwrap_or_else(|| Intent {
        item: item.id,
        source: local_key(),
        source_path: RemotePath::default(),
        destination: local_key(),
        target: target.to_remote_path(),
        temporary: None,
        expected: item.size,
        modified: item.modified,
        replaces: item.replaces,
        state: IntentState::Recorded,
        bytes: 0,
    });
    let via = match (&item.source, target) {
        (_, Location::Local(_)) => Some(Via::Download),
        (Location::Local(_), _) => Some(Via::Upload),
        _ => None,
    };
    Ok(match leftovers::examine(context, end, target, &intent, record.rules.form).await? {
        Found::Nothing => again,
        Found::Whole(bytes) => leftovers::whole(bytes, via),
        // the rule lets it be replaced
        Found::Other(_)
            if matches!(
                record.rules.exists,
                Exists::Overwrite | Exists::Newer | Exists::Resume
            ) =>
        {
            again
        }
        Found::Other(reason) => ReturnOutcome::Ended(
            ItemState::Failed,
            Ending { reason: Some(reason.to_owned()), ..Ending::default() },
        ),
    })
}
