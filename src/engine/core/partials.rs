//! Partial files that are kept at targets: listed, and deleted when the user wants that.

use std::sync::Arc;

use crate::base::RemotePath;
use crate::engine::api::{Answer, Failure, PartialOutcome};
use crate::engine::context::EngineContext;
use crate::engine::core::actor::Engine;
use crate::engine::endpoint::Endpoint;
use crate::engine::failure;
use crate::engine::message::{EngineMsg, Purpose};
use crate::engine::recovery::leftovers;
use crate::queue::store::{Partial, local_key};
use crate::site::{Location, Site};

const STEP: &str = "delete a partial file";

impl Engine {
    /// Tells which partial files are kept.
    pub(super) fn partials(&self, answer: Answer<Vec<Partial>>) {
        self.context.options.store.partials().then(move |parts| {
            let failed = |error| failure::of_store("list partial files", &error);
            // a front end that is gone wants no answer
            let _ = answer.send(parts.map_err(failed));
        });
    }

    /// Deletes one of them.
    pub(super) fn delete_partial(
        &mut self,
        site: Option<&Arc<Site>>,
        part: Partial,
        answer: Answer<PartialOutcome>,
    ) {
        let at = |path: &RemotePath| Location::new(site, path.clone());
        let (target, stored_as) = (at(&part.target), at(&part.stored_as));
        let key = site.map_or_else(local_key, |site| site.key());
        let refusal = if key != part.destination {
            Some(failure::usage(STEP, "it lies on another site"))
        } else if self.is_target(&target) {
            Some(in_use())
        } else {
            None
        };
        if let Some(failure) = refusal {
            // a front end that is gone wants no answer
            let _ = answer.send(Err(failure));
            return;
        }
        self.know(&target);
        let context = self.context.clone();
        tokio::spawn(async move {
            // a front end that is gone wants no answer
            let _ = answer.send(dropped(&context, target, stored_as, &part).await);
        });
    }
}

impl Engine {
    /// True when a running file goes there.
    fn is_target(&self, target: &Location) -> bool {
        self.running.iter().any(|(id, running)| {
            let item = self.machine.job(running.job).and_then(|job| job.running_item(*id));
            item.is_some_and(|item| item.target.as_ref() == Some(target))
        })
    }
}

fn in_use() -> Failure {
    failure::usage(STEP, "a copy goes on with it at this moment")
        .advise("wait for its end, or cancel it")
}

async fn dropped(
    context: &Arc<EngineContext>,
    target: Location,
    stored_as: Location,
    part: &Partial,
) -> Result<PartialOutcome, Failure> {
    if leftovers::is_written(context, &target).await {
        return Err(in_use());
    }
    let mut end = Endpoint::borrow(context, target.site(), Purpose::Browse).await?;
    let ended = match end.size(context, &stored_as).await? {
        None => PartialOutcome::Gone,
        // under its final name it is only ours while it is smaller than the whole
        Some(size) if part.stored_as == part.target && !is_smaller(size, part.size) => {
            PartialOutcome::Whole
        }
        Some(_) => {
            end.remove(context, &stored_as, false).await?;
            PartialOutcome::Deleted
        }
    };
    let forgotten = context.options.store.delete_partial(&part.destination, &part.target).await;
    forgotten.map_err(|error| failure::of_store(STEP, &error))?;
    if let Some(parent) = stored_as.parent() {
        context.send(EngineMsg::DirectoryChanged(parent));
    }
    Ok(ended)
}

fn is_smaller(size: Option<u64>, whole: Option<u64>) -> bool {
    size.zip(whole).is_some_and(|(size, whole)| size < whole)
}
