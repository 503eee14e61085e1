//! One attempt at a file, whatever moves its bytes: resume or start over, record the intent, move,
//! record what came of it.

use std::sync::Arc;

use crate::base::{Precision, RemotePath, Stamp};
use crate::engine::api::Failure;
use crate::engine::sessions::route_memory::Route;
use crate::engine::work::{SMALL, Worker};
use crate::engine::{endpoint, failure};
use crate::ftp::Reply;
use crate::queue::store::local_key;
use crate::queue::{Item, Verify};
use crate::session::SessionError;
use crate::site::{Location, Site, Switch, TempNames};
use crate::transfer::{Fault, Order, Outcome, Plan, Side, Via, Watch};

/// What moves the bytes of one attempt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mover {
    /// Directly from server to server, in this mode.
    Fxp(Plan),
    /// From server to server through this machine.
    Relay,
    /// From a server to this machine.
    Download,
    /// From this machine to a server.
    Upload,
}

/// One file of a job: where it comes from and goes to, and what the next attempt will do.
pub(super) struct FileCopy<'a> {
    pub(super) item: &'a Item,
    pub(super) target: &'a Location,
    /// The source's site; `None` for this machine.
    pub(super) from: Option<&'a Arc<Site>>,
    /// The destination's site; `None` for this machine.
    pub(super) to: Option<&'a Arc<Site>>,
    /// Their keys in the store.
    pub(super) route: Route,
    pub(super) order: Order,
}

impl<'a> FileCopy<'a> {
    fn new(item: &'a Item, target: &'a Location) -> Self {
        let key = |at: &Location| at.key().unwrap_or_else(local_key);
        let route = (key(&item.source), key(target));
        let order = Order {
            replaces: item.replaces,
            mode: item.mode,
            ..Order::new(item.source.to_remote_path(), target.to_remote_path())
        };
        Self { item, target, from: item.source.site(), to: target.site(), route, order }
    }

    pub(super) fn site(&self, side: Side) -> Option<&'a Arc<Site>> {
        match side {
            Side::Source => self.from,
            Side::Destination => self.to,
        }
    }

    /// True when neither end is this machine.
    pub(super) fn is_between_servers(&self) -> bool {
        self.from.is_some() && self.to.is_some()
    }

    /// True when neither site forbids to resume files.
    pub(super) fn allows_resume(&self) -> bool {
        [self.from, self.to].into_iter().flatten().all(|site| site.resume != Switch::No)
    }

    /// What went wrong with the session of one side.
    pub(super) fn failed(&self, side: Side, step: &'static str, error: &SessionError) -> Failure {
        match self.site(side) {
            Some(site) => failure::of_session(site, step, error),
            None => failure::usage(step, error.to_string()),
        }
    }
}

/// Which way a file takes unless it has to be relayed.
pub(super) fn usual_way(source: &Location, target: &Location) -> Via {
    match (source, target) {
        (Location::Remote { .. }, Location::Local(_)) => Via::Download,
        (Location::Local(_), Location::Remote { .. }) => Via::Upload,
        _ => Via::Direct,
    }
}

impl Worker {
    /// Copies one file, with as many attempts as there are ways to transfer it.
    pub(super) async fn copy(
        &mut self,
        item: &Item,
        target: &Location,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let via = usual_way(&item.source, target);
        match (&item.source, target) {
            (Location::Local(_), Location::Local(_)) => {
                return Err(failure::usage("copy", "both are on this machine: use cp(1)"));
            }
            (_, Location::Local(path)) => {
                if let (Some(sandbox), Some(folder)) = (&self.sandbox, path.parent())
                    && let Err(fault) = sandbox.admits(folder).await
                {
                    return Ok(Outcome::failed(via, fault, 0));
                }
            }
            (_, Location::Remote { path, .. }) => {
                if !item.replaces && self.duplicates.contains(path) {
                    let fault = Fault::Duplicate(Reply::new(553, "X-DUPE"));
                    return Ok(Outcome::failed(via, fault, 0));
                }
            }
        }
        let mut file = self.prepare(item, target).await?;
        match via {
            Via::Download => self.attempt(&mut file, Mover::Download, watch).await,
            Via::Upload => self.attempt(&mut file, Mover::Upload, watch).await,
            Via::Direct | Via::Relay => self.copy_between_servers(&mut file, watch).await,
        }
    }

    /// Finds out what the first attempt at a file has to do.
    async fn prepare<'a>(
        &mut self,
        item: &'a Item,
        target: &'a Location,
    ) -> Result<FileCopy<'a>, Failure> {
        let mut file = FileCopy::new(item, target);
        self.restore_old_file(&file).await?;
        if file.is_between_servers() {
            self.pair(Plan::plain()).await?;
        }
        let (size, source_time) = self.look_at_source(&file).await?;
        let temporary = self.temporary(&file, size);
        file.order = Order {
            size,
            // MDTM has it to the second and in UTC, a listing perhaps not
            modified: source_time.or(item.modified),
            source_time,
            temporary,
            verify: self.rules.verify,
            form: self.rules.form,
            store: self.rules.store,
            ..file.order
        };
        self.resume(&mut file).await?;
        Ok(file)
    }

    /// Moves a file once; from its beginning where a server does not resume it, or not rightly.
    pub(super) async fn attempt(
        &mut self,
        file: &mut FileCopy<'_>,
        mover: Mover,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let outcome = self.attempt_once(file, mover, watch).await?;
        if !self.is_resumed_wrongly(file, &outcome) {
            return Ok(outcome);
        }
        self.start_over(file).await;
        self.attempt_once(file, mover, watch).await
    }

    async fn attempt_once(
        &mut self,
        file: &mut FileCopy<'_>,
        mover: Mover,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        if file.order.offset > 0 && !self.can_resume(file).await? {
            self.start_over(file).await;
        }
        self.record_intent(file).await;
        self.record_begin(file, watch);
        let mut outcome = match mover {
            Mover::Fxp(plan) => self.fxp(file, plan, watch).await?,
            Mover::Relay => self.relay(file, watch).await?,
            Mover::Download => self.download(file, watch).await?,
            Mover::Upload => self.upload(file, watch).await?,
        };
        self.mend(file, &mut outcome).await;
        self.record_outcome(file, &outcome).await;
        Ok(outcome)
    }

    /// Size and time of the source. What the listing reported is good enough for small files; large
    /// ones may change while they are copied, and an attempt may have failed because of a change.
    async fn look_at_source(
        &mut self,
        file: &FileCopy<'_>,
    ) -> Result<(Option<u64>, Option<Stamp>), Failure> {
        let item = file.item;
        let small = item.size.is_some_and(|size| size <= SMALL);
        let is_enough = small && item.tries <= 1;
        // the times of a `LIST` have no seconds, and a named source has none
        let is_exact = item.modified.is_some_and(|stamp| stamp.precision == Precision::Second);
        if is_enough && (is_exact || !self.can_set_times(file).await?) {
            return Ok((item.size, None));
        }
        if let Location::Local(path) = &item.source {
            // whoever opens it reports what is wrong with it
            let found = endpoint::local_size_and_time(path).await.ok();
            return Ok(found.map_or((item.size, None), |(size, time)| (Some(size), time)));
        }
        let Some(session) = self.session_of(Side::Source).await? else {
            return Ok((item.size, None));
        };
        let has_mdtm = session.features().is_empty() || session.features().has("MDTM");
        let asked = async {
            let size = match item.size {
                Some(size) if is_enough => Some(size),
                _ => session.size(&file.order.source).await?,
            };
            let time = if has_mdtm { session.modified(&file.order.source).await? } else { None };
            Ok((size, time))
        };
        let lost = |error: SessionError| file.failed(Side::Source, "ask for the size", &error);
        let (size, time) = asked.await.map_err(lost)?;
        Ok((size.or(item.size), time))
    }

    /// True where the copy can get the time of its source.
    async fn can_set_times(&mut self, file: &FileCopy<'_>) -> Result<bool, Failure> {
        if file.to.is_none() {
            return Ok(true);
        }
        let session = self.session_of(Side::Destination).await?;
        Ok(session.is_some_and(|session| !session.time_setters().is_empty()))
    }

    /// The temporary name that the file arrives under, where it needs one.
    pub(super) fn temporary(&self, file: &FileCopy<'_>, size: Option<u64>) -> Option<RemotePath> {
        let needs_one = file
            .to
            .is_none_or(|to| takes_temporary(to, file.item.replaces, size, self.rules.verify));
        needs_one.then(|| self.temporary_name(file.item, &file.order.target))
    }

    /// Reports once per job that checksums were requested and cannot be compared with what passes
    /// through this machine.
    pub(super) async fn remark_uncompared(&mut self, side: Side) -> Result<(), Failure> {
        let rules = self.rules;
        let Some(session) = self.session_of(side).await? else { return Ok(()) };
        let (label, text) =
            (session.site().label(), endpoint::checksum_unavailable(session, &rules));
        if let Some(text) = text {
            self.context.note_once(self.job, label, text);
        }
        Ok(())
    }
}

/// True for files that arrive under a temporary name (transfer rule 2).
pub(in crate::engine) fn takes_temporary(
    to: &Site,
    replaces: bool,
    size: Option<u64>,
    verify: Verify,
) -> bool {
    match to.use_temp_name {
        TempNames::Always => true,
        // a checksum that differs must not cost the old file
        TempNames::Never => replaces && verify == Verify::Checksum,
        TempNames::Auto => replaces || size.is_none_or(|size| size > SMALL),
    }
}
