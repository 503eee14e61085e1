//! The sessions of a lane, and what is put right on them after a failed attempt.

use crate::base::RemotePath;
use crate::base::path::local_path;
use crate::engine::api::Failure;
use crate::engine::context::EngineContext;
use crate::engine::failure;
use crate::engine::message::Lease;
use crate::engine::work::attempt::FileCopy;
use crate::engine::work::{Worker, backup};
use crate::session::Session;
use crate::transfer::{Lane, Outcome, Plan, Side, aside_name};

impl Worker {
    /// Logs in to both servers at the same time.
    pub(super) async fn open(&mut self) -> Result<(), Failure> {
        let context = self.context.clone();
        let (from, to) = tokio::join!(
            opened(&mut self.source, &context),
            opened(&mut self.destination, &context)
        );
        from.and(to)
    }

    /// The two sessions together, opened again where one was lost.
    pub(super) async fn pair(&mut self, plan: Plan) -> Result<&mut Lane, Failure> {
        if let Some(pair) = self.pair.take() {
            if pair.is_usable() {
                return Ok(self.pair.insert(pair));
            }
            self.pair = Some(pair);
            self.split();
        }
        let context = self.context.clone();
        let (Some(source), Some(destination)) = (&mut self.source, &mut self.destination) else {
            return Err(failure::usage("copy", "both ends must be sites"));
        };
        let from = source.take(&*context).await?;
        let to = match destination.take(&*context).await {
            Ok(session) => session,
            Err(failure) => {
                source.put(from);
                return Err(failure);
            }
        };
        Ok(self.pair.insert(Lane::new(from, to, plan)))
    }

    /// Takes the two sessions apart, so that each is checked before it is used again.
    pub(super) fn split(&mut self) {
        let Some(pair) = self.pair.take() else { return };
        let (from, to) = pair.into_sessions();
        if let Some(lease) = &mut self.source {
            lease.put(from);
        }
        if let Some(lease) = &mut self.destination {
            lease.put(to);
        }
    }

    /// The session with one side; `None` for this machine.
    pub(super) async fn session_of(&mut self, side: Side) -> Result<Option<&mut Session>, Failure> {
        if let Some(pair) = &mut self.pair {
            return Ok(Some(pair.session(side)));
        }
        let context = self.context.clone();
        let lease = match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        };
        match lease {
            Some(lease) => lease.session(&*context).await.map(Some),
            None => Ok(None),
        }
    }

    /// Deletes a file at one side.
    pub(super) async fn delete(&mut self, side: Side, path: &RemotePath) -> Result<(), String> {
        match self.session_of(side).await {
            Ok(Some(session)) => session.remove_file(path).await.map_err(|error| error.to_string()),
            Ok(None) => {
                let path = local_path(path.as_bytes().to_vec());
                tokio::fs::remove_file(path).await.map_err(|error| error.to_string())
            }
            Err(failure) => Err(failure.to_string()),
        }
    }

    /// Deletes what a failed attempt left at the destination, on a session that works; true when
    /// it is gone.
    pub(super) async fn delete_leftover(&mut self, leftover: &RemotePath) -> bool {
        self.split();
        let deleted = self.delete(Side::Destination, leftover).await;
        if let Err(error) = &deleted {
            tracing::warn!(%leftover, %error, "a partial file could not be deleted");
        }
        deleted.is_ok()
    }

    /// Puts right what an attempt left at the destination, on a session that works.
    pub(super) async fn mend(&mut self, file: &FileCopy<'_>, outcome: &mut Outcome) {
        if let Some(aside) = &outcome.displaced {
            match self.put_back(aside, &file.order.target).await {
                Ok(true) => outcome.displaced = None,
                Ok(false) => tracing::warn!(%aside, "an old file has not got its name back"),
                Err(error) => tracing::warn!(%aside, %error, "an old file has lost its name"),
            }
        }
        if let Some(stranded) = &outcome.stranded
            && outcome.displaced.is_none()
            && self.target_stands(&file.order.target).await
            && self.delete_leftover(stranded).await
        {
            outcome.stranded = None;
        }
        if let Some(leftover) = &outcome.leftover
            && self.delete_leftover(leftover).await
        {
            outcome.leftover = None;
        }
    }

    /// Gives the old file its name back that an earlier attempt had renamed aside, where that
    /// attempt could not do so itself. What an earlier run left was looked at when its job was
    /// taken over.
    pub(super) async fn restore_old_file(&mut self, file: &FileCopy<'_>) -> Result<(), Failure> {
        if file.item.tries <= 1 || !file.item.replaces || file.to.is_none() {
            return Ok(());
        }
        let target = &file.order.target;
        let kept = self.recorded_partial(file).await.map(|partial| partial.stored_as);
        let temporary = kept
            .filter(|stored_as| stored_as != target)
            .unwrap_or_else(|| self.temporary_name(file.item, target));
        self.put_back(&aside_name(&temporary), target).await.map(drop)
    }

    /// True when the old file is proven to have its name.
    async fn target_stands(&mut self, target: &RemotePath) -> bool {
        self.split();
        match self.session_of(Side::Destination).await {
            Ok(Some(session)) => backup::is_there(session, target).await.unwrap_or(false),
            _ => false,
        }
    }

    /// Gives the old file its name back, where the target is missing: it was renamed aside when
    /// the connection was lost.
    async fn put_back(&mut self, aside: &RemotePath, target: &RemotePath) -> Result<bool, Failure> {
        self.split();
        let Some(session) = self.session_of(Side::Destination).await? else { return Ok(false) };
        backup::put_back(session, aside, target).await
    }
}

/// Logs in where there is a site, unless that is done.
async fn opened(lease: &mut Option<Lease>, context: &EngineContext) -> Result<(), Failure> {
    match lease {
        Some(lease) => lease.session(context).await.map(|_| ()),
        None => Ok(()),
    }
}
