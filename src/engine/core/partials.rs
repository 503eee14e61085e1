//! Lists and deletes the partial files that are kept at targets.

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
    /// Lists the partial files.
    pub(super) fn partials(&self, answer: Answer<Vec<Partial>>) {
        self.context.options.store.partials().then(move |partials| {
            let failed = |error| failure::of_store("list partial files", &error);
            // the front end may be gone
            let _ = answer.send(partials.map_err(failed));
        });
    }

    /// Deletes a partial file and its record.
    pub(super) fn delete_partial(
        &mut self,
        site: Option<&Arc<Site>>,
        partial: Partial,
        answer: Answer<PartialOutcome>,
    ) {
        let at = |path: &RemotePath| Location::new(site, path.clone());
        let (target, stored_as) = (at(&partial.target), at(&partial.stored_as));
        let key = site.map_or_else(local_key, |site| site.key());
        let refusal = if key != partial.destination {
            Some(failure::usage(STEP, "it is on another site"))
        } else if self.is_target(&target) {
            Some(in_use())
        } else {
            None
        };
        if let Some(failure) = refusal {
            // the front end may be gone
            let _ = answer.send(Err(failure));
            return;
        }
        self.remember_site(&target);
        let context = self.context.clone();
        tokio::spawn(async move {
            // the front end may be gone
            let _ = answer.send(delete_on_site(&context, target, stored_as, &partial).await);
        });
    }
}

impl Engine {
    /// True if a running transfer writes this file.
    fn is_target(&self, target: &Location) -> bool {
        self.running.iter().any(|(id, running)| {
            let item = self.machine.job(running.job).and_then(|job| job.running_item(*id));
            item.is_some_and(|item| item.target.as_ref() == Some(target))
        })
    }
}

fn in_use() -> Failure {
    failure::usage(STEP, "a running copy is writing it")
        .advise("wait until the copy ends, or cancel it")
}

async fn delete_on_site(
    context: &Arc<EngineContext>,
    target: Location,
    stored_as: Location,
    partial: &Partial,
) -> Result<PartialOutcome, Failure> {
    if leftovers::is_written(context, &target).await {
        return Err(in_use());
    }
    let mut end = Endpoint::borrow(context, target.site(), Purpose::Browse).await?;
    let outcome = match end.size(context, &stored_as).await? {
        None => PartialOutcome::Gone,
        // under its final name it is only a partial file while it is smaller than the complete one
        Some(size) if partial.stored_as == partial.target && !is_smaller(size, partial.size) => {
            PartialOutcome::Whole
        }
        Some(_) => {
            end.remove(context, &stored_as, false).await?;
            PartialOutcome::Deleted
        }
    };
    let forgotten =
        context.options.store.delete_partial(&partial.destination, &partial.target).await;
    forgotten.map_err(|error| failure::of_store(STEP, &error))?;
    if let Some(parent) = stored_as.parent() {
        context.send(EngineMsg::DirectoryChanged(parent));
    }
    Ok(outcome)
}

fn is_smaller(size: Option<u64>, whole: Option<u64>) -> bool {
    size.zip(whole).is_some_and(|(size, whole)| size < whole)
}
