//! What a run of this program that ended suddenly left at a target: it is looked at before anything
//! is sent there again (transfer rule 2).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::base::{JobId, RemotePath};
use crate::engine::api::Failure;
use crate::engine::context::EngineContext;
use crate::engine::endpoint::Endpoint;
use crate::engine::failure;
use crate::engine::work::backup;
use crate::engine::work::{SMALL, takes_temporary};
use crate::queue::store::{
    Intent, IntentState, OwnedIntent, Partial, ReturnOutcome, ReturnedItem, local_key,
};
use crate::queue::{Ending, ItemState, JobKind, Verify};
use crate::site::Location;
use crate::transfer::{Evidence, Form, Verdict, Via, aside_name};

/// What was found at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Found {
    /// Nothing that is in the way: what was ours is deleted, or kept as a partial file (transfer
    /// rule 9).
    Nothing,
    /// The whole file, of so many bytes.
    Whole(u64),
    /// Something that is not ours, or cannot be told from it.
    Other(&'static str),
}

const FOREIGN: &str = "another file of that name has appeared meanwhile";
const UNPROVEN: &str = "a file of that name is there: the beginning of this one, cut off when the \
                        program ended, or somebody else's; delete it, or copy again with \
                        --exists overwrite";

/// Looks at what became of one file, and clears away what is ours.
pub(in crate::engine) async fn examine(
    context: &Arc<EngineContext>,
    end: &mut Endpoint,
    target: &Location,
    intent: &Intent,
    form: Form,
) -> Result<Found, Failure> {
    // the size of text tells nothing of what arrived, and its beginning is not that of the source
    let text = form.is_text();
    let aside = match target {
        // a rule of the job may only have made it so where something was to be replaced
        Location::Remote { site, .. } => {
            takes_temporary(site, intent.replaces, intent.expected, Verify::Checksum)
        }
        Location::Local(_) => true,
    };
    if let Some(temporary) = intent.temporary.as_ref().filter(|_| aside) {
        // while an old file is not proven to stand, nothing of the new one is deleted
        let stands = !intent.replaces
            || give_name_back(context, end, &aside_name(temporary), target).await?;
        let at = target.at(temporary.clone());
        if let Some(size) = end.size(context, &at).await? {
            let large = intent.expected.is_some_and(|expected| expected > SMALL && !text);
            if (large && size != Some(0)) || !stands {
                keep(context, intent, temporary, size.unwrap_or(0)).await?;
            } else {
                end.remove(context, &at, false).await?;
            }
            return Ok(Found::Nothing);
        }
    }
    if intent.replaces {
        // whether it is the old file or the new one cannot be told: once more, safely
        return Ok(Found::Nothing);
    }
    match (end.size(context, target).await?, intent.expected) {
        (None, _) => Ok(Found::Nothing),
        (Some(Some(size)), Some(expected)) if size == expected && !text => Ok(Found::Whole(size)),
        // a line end becomes twice as long at most
        (Some(size), expected)
            if !aside && fits(size, expected.map(|bytes| if text { bytes * 2 } else { bytes })) =>
        {
            // the name was free, and no more is under it than was sent: ours, if the destination
            // had begun; and in an empty file there is nothing to lose
            if intent.state == IntentState::Recorded && size != Some(0) {
                return Ok(Found::Other(UNPROVEN));
            }
            end.remove(context, target, false).await?;
            Ok(Found::Nothing)
        }
        (Some(_), _) => Ok(Found::Other(FOREIGN)),
    }
}

/// How an item ended that was found whole.
pub(in crate::engine) fn whole(bytes: u64, via: Option<Via>) -> ReturnOutcome {
    ReturnOutcome::Ended(
        ItemState::Done,
        Ending {
            verdict: Some(Verdict::Complete),
            verified: Evidence::Size,
            via,
            bytes,
            reason: Some("it had arrived when the program ended".to_owned()),
            ..Ending::default()
        },
    )
}

/// What runs that have ended had under way to the site of `target`, or to this machine.
pub(in crate::engine) async fn of_ended_runs(
    context: &Arc<EngineContext>,
    target: &Location,
) -> Vec<OwnedIntent> {
    let Some(run) = context.run() else { return Vec::new() };
    let destination = target.key().unwrap_or_else(local_key);
    match context.options.store.unfinished_intents(&destination, run).await {
        Ok(mut left) => {
            left.retain(|left| !left.owner.as_ref().is_some_and(|owner| owner.is_alive()));
            left
        }
        Err(error) => {
            tracing::warn!(%error, "the store cannot be asked for what was under way");
            Vec::new()
        }
    }
}

/// True when another process that lives has this file under way.
pub(in crate::engine) async fn is_written(context: &Arc<EngineContext>, target: &Location) -> bool {
    let Some(run) = context.run() else { return false };
    let destination = target.key().unwrap_or_else(local_key);
    let under_way =
        context.options.store.unfinished_intents(&destination, run).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the store cannot be asked for what is under way");
            Vec::new()
        });
    let path = target.path_bytes();
    under_way.iter().any(|at| {
        at.intent.target.as_bytes() == path && at.owner.as_ref().is_some_and(|own| own.is_alive())
    })
}

/// The partial files that are kept there, and what `left` may have left: under which name, and of
/// which target.
pub(in crate::engine) async fn partials(
    context: &Arc<EngineContext>,
    target: &Location,
    left: &[OwnedIntent],
) -> HashMap<RemotePath, RemotePath> {
    let destination = target.key().unwrap_or_else(local_key);
    let kept = context.options.store.partials().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the store cannot be asked for partial files");
        Vec::new()
    });
    let kept = kept.into_iter().filter(|part| part.destination == destination);
    let left = left.iter().map(|left| &left.intent);
    let left = left.filter_map(|at| Some((at.temporary.clone()?, at.target.clone())));
    kept.map(|part| (part.stored_as, part.target)).chain(left).collect()
}

/// Clears away what of that lies at these places or below them, so that what is copied there next
/// meets nothing half, and goes on from what was kept.
pub(in crate::engine) async fn sweep(
    context: &Arc<EngineContext>,
    job: JobId,
    end: &mut Endpoint,
    left: Vec<OwnedIntent>,
    places: &[Location],
) -> Result<(), Failure> {
    let (Some(run), Some(first)) = (context.run(), places.first()) else { return Ok(()) };
    let store = &context.options.store;
    let places: HashSet<Vec<u8>> = places.iter().map(|at| at.path_bytes().to_vec()).collect();
    let mut jobs: BTreeMap<Option<JobId>, Vec<OwnedIntent>> = BTreeMap::new();
    for left in left.into_iter().filter(|left| lies_in(&left.intent.target, &places)) {
        jobs.entry(left.job.map(|(job, _)| job)).or_default().push(left);
    }
    let failed = |error| failure::of_store("look at what was under way", &error);
    for (of, left) in jobs {
        let Some(of) = of else {
            for left in left {
                look(context, job, end, first, &left, Form::Binary).await?;
                store.delete_intents(vec![left.intent.item]).await.map_err(failed)?;
            }
            continue;
        };
        let Some(record) = store.job(of).await.map_err(failed)? else { continue };
        // nobody else may begin with it meanwhile
        let Some(seen) = record.owner.map(|owner| owner.run) else { continue };
        if !store.adopt(of, Some(seen), run).await.map_err(failed)? {
            continue;
        }
        let mut backs = Vec::new();
        let mut looked = Ok(());
        for left in left {
            let tries = left.job.map_or(0, |(_, tries)| tries);
            let outcome = match look(context, job, end, first, &left, record.rules.form).await {
                // its source is to be deleted, too: whoever runs the job does that
                Ok(Found::Whole(_)) if record.kind == JobKind::Move => continue,
                Ok(Found::Whole(bytes)) => whole(bytes, None),
                Ok(Found::Nothing) => ReturnOutcome::Later(None, None),
                Ok(Found::Other(_)) => continue,
                Err(failure) => {
                    looked = Err(failure);
                    break;
                }
            };
            backs.push(ReturnedItem { item: left.intent.item, job: of, tries, outcome });
        }
        store.give_back(backs).await.map_err(failed)?;
        // it stays interrupted, for whoever goes on with it
        store.adopt(of, Some(run), seen).await.map_err(failed)?;
        looked?;
    }
    Ok(())
}

/// Looks at one of them; what is in the way is told.
async fn look(
    context: &Arc<EngineContext>,
    job: JobId,
    end: &mut Endpoint,
    place: &Location,
    left: &OwnedIntent,
    form: Form,
) -> Result<Found, Failure> {
    let target = place.at(left.intent.target.clone());
    let found = examine(context, end, &target, &left.intent, form).await?;
    if let Found::Other(why) = found {
        context.note_once(job, place.label(), format!("{target}: {why}"));
    }
    Ok(found)
}

/// True for one of the places, or what lies below one.
fn lies_in(path: &RemotePath, places: &HashSet<Vec<u8>>) -> bool {
    let mut at = Some(path.clone());
    while let Some(path) = at {
        if places.contains(path.as_bytes()) {
            return true;
        }
        at = path.parent();
    }
    false
}

/// Not larger than what was sent.
fn fits(size: Option<u64>, expected: Option<u64>) -> bool {
    match (size, expected) {
        (Some(size), Some(expected)) => size <= expected,
        _ => true,
    }
}

/// An old file that was renamed aside gets its name back, or goes when the new one is there; true
/// when a file has the name of the target. On this machine none is ever aside.
async fn give_name_back(
    context: &Arc<EngineContext>,
    end: &mut Endpoint,
    old: &RemotePath,
    target: &Location,
) -> Result<bool, Failure> {
    match end {
        Endpoint::Remote(lease) => {
            let session = lease.session(&**context).await?;
            backup::put_back(session, old, &target.to_remote_path()).await
        }
        Endpoint::Local => Ok(true),
    }
}

/// What has arrived of a large file is kept: its next try goes on from there.
async fn keep(
    context: &Arc<EngineContext>,
    intent: &Intent,
    stored_as: &RemotePath,
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
    let kept = context.options.store.save_partial(partial).await;
    kept.map_err(|error| failure::of_store("keep what has arrived", &error))
}
