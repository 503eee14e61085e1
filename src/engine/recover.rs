//! Taking over a job whose owner has ended: what was under way is looked at before anything is
//! sent again (design section 4, rule 2).

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::base::JobId;
use crate::engine::api::Answer;
use crate::engine::api::{Failure, ItemReport, Report};
use crate::engine::ends::{self, End};
use crate::engine::failure;
use crate::engine::hub::Hub;
use crate::engine::inside::{Adopted, Inside, Purpose, Submitted};
use crate::engine::work::{SMALL, takes_temporary};
use crate::queue::store::{Back, BackAs, Intent, JobState, Partial, RunId, Stage};
use crate::queue::{Ending, Ends, Item, ItemState, JobKind, JobSpec, StoreError};
use crate::site::Location;
use crate::transfer::{Verdict, Via, aside_name};

/// Takes a job over and tells the engine, or whoever asked why not.
pub(super) async fn adopt(
    hub: Arc<Hub>,
    run: RunId,
    job: JobId,
    ends: Ends,
    reports: Option<mpsc::UnboundedSender<Report>>,
    answer: Answer<JobId>,
) {
    match take_over(&hub, run, job, &ends).await {
        Ok(taken) => {
            let Taken { spec, found, record, counted } = taken;
            let submitted = Submitted { spec, ends, reports, answer };
            let adopted = Adopted {
                job,
                submitted,
                counted,
                priority: record.priority,
                held: record.held,
                listing: record.stage == Stage::Listing,
                found,
            };
            hub.inform(Inside::Adopted(Box::new(adopted)));
        }
        // a front end that is gone wants no answer
        Err(failure) => drop(answer.send(Err(failure))),
    }
}

struct Taken {
    spec: JobSpec,
    record: crate::queue::store::JobRecord,
    counted: crate::queue::store::Counted,
    /// Items that were found done.
    found: Vec<ItemReport>,
}

const STEP: &str = "run the job";

fn stored(error: &StoreError) -> Failure {
    failure::of_store(STEP, error)
}

async fn take_over(hub: &Arc<Hub>, run: RunId, job: JobId, ends: &Ends) -> Result<Taken, Failure> {
    let store = &hub.options.store;
    let record = store.job(job).await.map_err(|error| stored(&error))?;
    let record = record.ok_or_else(|| failure::usage(STEP, format!("there is no job {job}")))?;
    let seen = record.owner.as_ref().map(|owner| owner.run);
    match record.state() {
        JobState::Running => {
            return Err(failure::usage(STEP, "another fxpane runs it"));
        }
        JobState::Ended => store.reopen(job, run).await.map_err(|error| stored(&error))?,
        JobState::Waiting | JobState::Interrupted => {
            if !store.adopt(job, seen, run).await.map_err(|error| stored(&error))? {
                return Err(failure::usage(STEP, "another fxpane has taken it"));
            }
        }
    }
    let checked = async {
        let spec = store.spec(&record, ends).await.map_err(|error| stored(&error))?;
        let found = check_all(hub, &record, ends).await?;
        let counted = store.count(job).await.map_err(|error| stored(&error))?;
        Ok((spec, found, counted))
    };
    match checked.await {
        Ok((spec, found, counted)) => Ok(Taken { spec, record, counted, found }),
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
    hub: &Arc<Hub>,
    record: &crate::queue::store::JobRecord,
    ends: &Ends,
) -> Result<Vec<ItemReport>, Failure> {
    let store = &hub.options.store;
    let handed_out =
        store.handed_out(record.id, ends.clone()).await.map_err(|error| stored(&error))?;
    if handed_out.is_empty() {
        return Ok(Vec::new());
    }
    let mut target = end_of(hub, ends.to.clone()).await?;
    let mut found = Vec::new();
    let mut backs = Vec::new();
    for (item, intent) in handed_out {
        let what = match &intent {
            Some(intent) => check(hub, &mut target, &item, intent, record).await?,
            None => BackAs::Later(None, None),
        };
        if let BackAs::Ended(state, ending) = &what {
            found.push(ItemReport::of(item.clone(), *state, ending.clone(), None));
        }
        backs.push(Back { item: item.id, job: record.id, tries: item.tries, what });
    }
    drop(target);
    if record.kind == JobKind::Move && !found.is_empty() {
        let mut source = end_of(hub, ends.from.clone()).await?;
        for report in found.iter().filter(|report| report.state == ItemState::Done) {
            if source.stat(hub, &report.source).await?.is_some() {
                source.remove(hub, &report.source, false).await?;
            }
        }
    }
    store.give_back(backs).await.map_err(|error| stored(&error))?;
    Ok(found)
}

async fn end_of(hub: &Arc<Hub>, site: Option<Arc<crate::site::Site>>) -> Result<End, Failure> {
    let Some(site) = site else { return Ok(End::Local) };
    let lease = hub.borrow(vec![site], Purpose::Work).await?.into_iter().next();
    Ok(lease.map_or(End::Local, |lease| End::Remote(Box::new(lease))))
}

/// What became of one item.
async fn check(
    hub: &Arc<Hub>,
    end: &mut End,
    item: &Item,
    intent: &Intent,
    record: &crate::queue::store::JobRecord,
) -> Result<BackAs, Failure> {
    let again = BackAs::Later(None, None);
    let Some(target) = item.target.clone() else { return Ok(again) };
    // its size tells nothing of what arrived, and its beginning is not that of the source
    let text = record.rules.form.is_text();
    let beside = |path: &crate::base::RemotePath| match &target {
        Location::Remote { site, .. } => {
            Location::Remote { site: site.clone(), path: path.clone() }
        }
        Location::Local(_) => ends::parent(&target)
            .and_then(|folder| ends::child(&folder, path.name()))
            .unwrap_or_else(|| target.clone()),
    };
    let aside = match (&target, record.rules.verify) {
        (Location::Remote { site, .. }, verify) => {
            takes_temporary(site, item.replaces, intent.expected, verify)
        }
        (Location::Local(_), _) => true,
    };
    if let Some(temporary) = intent.temporary.as_ref().filter(|_| aside) {
        if intent.replaces {
            give_name_back(hub, end, &beside(&aside_name(temporary)), &target).await?;
        }
        let at = beside(temporary);
        if let Some(size) = size_of(hub, end, &at).await? {
            if size.is_some_and(|size| size > SMALL && !text) {
                keep(hub, intent, temporary, size.unwrap_or(0)).await?;
            } else {
                end.remove(hub, &at, false).await?;
            }
            return Ok(again);
        }
    }
    if intent.replaces {
        // whether it is the old file or the new one cannot be told: once more, safely
        return Ok(again);
    }
    match (size_of(hub, end, &target).await?, intent.expected) {
        (None, _) => Ok(again),
        (Some(Some(size)), Some(expected)) if size == expected && !text => Ok(BackAs::Ended(
            ItemState::Done,
            Ending {
                verdict: Some(Verdict::Complete),
                verified: "size",
                via: match (&item.source, &target) {
                    (_, Location::Local(_)) => Some(Via::Download),
                    (Location::Local(_), _) => Some(Via::Upload),
                    _ => None,
                },
                bytes: size,
                reason: Some("it had arrived when the program ended".to_owned()),
                ..Ending::default()
            },
        )),
        // a line end becomes twice as long at most
        (Some(size), expected)
            if !aside && fits(size, expected.map(|bytes| if text { bytes * 2 } else { bytes })) =>
        {
            // the name was free, and this much of ours is under it
            end.remove(hub, &target, false).await?;
            Ok(again)
        }
        (Some(_), _) => Ok(BackAs::Ended(
            ItemState::Failed,
            Ending {
                verified: "none",
                reason: Some("another file of that name has appeared meanwhile".to_owned()),
                ..Ending::default()
            },
        )),
    }
}

/// The size of a file, when it is there; a server may not tell it even then.
async fn size_of(
    hub: &Arc<Hub>,
    end: &mut End,
    at: &Location,
) -> Result<Option<Option<u64>>, Failure> {
    if let (End::Remote(lease), Location::Remote { site, path }) = (&mut *end, at) {
        let session = lease.session(&**hub).await?;
        let step = format!("look at {path}");
        let size = session.size(path).await;
        if let Some(size) = size.map_err(|error| failure::of_session(site, &step, &error))? {
            return Ok(Some(Some(size)));
        }
    }
    // a refusal may only mean that the server has no SIZE
    Ok(end.stat(hub, at).await?.map(|entry| entry.size))
}

/// Not larger than what was sent.
fn fits(size: Option<u64>, expected: Option<u64>) -> bool {
    match (size, expected) {
        (Some(size), Some(expected)) => size <= expected,
        _ => true,
    }
}

/// An old file that was renamed aside gets its name back, or goes when the new one is there.
async fn give_name_back(
    hub: &Arc<Hub>,
    end: &mut End,
    aside: &Location,
    target: &Location,
) -> Result<(), Failure> {
    if end.stat(hub, aside).await?.is_none() {
        return Ok(());
    }
    if end.stat(hub, target).await?.is_none() {
        return end.rename(hub, aside, target).await;
    }
    end.remove(hub, aside, false).await
}

/// What has arrived of a large file is kept: its next try goes on from there.
async fn keep(
    hub: &Arc<Hub>,
    intent: &Intent,
    stored_as: &crate::base::RemotePath,
    bytes: u64,
) -> Result<(), Failure> {
    let partial = Partial {
        destination: intent.destination.clone(),
        target: intent.target.clone(),
        stored_as: stored_as.clone(),
        source: intent.source.clone(),
        source_path: intent.source_path.clone(),
        size: intent.expected,
        modified: intent.modified,
        bytes,
    };
    hub.options.store.keep_partial(partial).await.map_err(|error| stored(&error))
}
