//! Taking on jobs that are anybody's to run: a screen that is open takes them as they come.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::base::JobId;
use crate::engine::api::{Answer, Failure, Level};
use crate::engine::context::Hub;
use crate::engine::core::actor::Engine;
use crate::engine::core::jobs::fixed;
use crate::engine::core::start::begins_at;
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::engine::recovery::adopt::{self, Taking};
use crate::queue::store::RunId;
use crate::queue::{JobSites, JobSpec};
use crate::site::{PasswordRef, Site, sites_file};

const STEP: &str = "begin the job that was added";

impl Engine {
    /// Adds a job that is anybody's to run.
    pub(in crate::engine) fn offer(&mut self, spec: JobSpec, answer: Answer<JobId>) {
        let checked = self.check(&spec).and_then(|_| fixed(spec));
        match checked {
            Ok(spec) => self.hub.options.store.add_job(&spec, None).then(move |added| {
                let added = added.map_err(|error| failure::of_store("add a job", &error));
                // a front end that is gone wants no number
                let _ = answer.send(added);
            }),
            Err(failure) => drop(answer.send(Err(failure))),
        }
    }

    /// Looks for such jobs, where this engine takes them.
    pub(in crate::engine) fn look_for_offers(&mut self, now: Instant) {
        let takes =
            self.hub.options.bookmarks.is_some() && self.hub.run().is_some() && !self.closing;
        if !takes || !self.offers.look(now) {
            return;
        }
        let hub = self.hub.clone();
        self.hub.options.store.offered().then(move |found| {
            if let Err(error) = &found {
                tracing::warn!(%error, "the queue cannot be looked at");
            }
            hub.inform(EngineMsg::Offered(found.unwrap_or_default()));
        });
    }

    /// There are such jobs.
    pub(in crate::engine) fn offered(&mut self, jobs: Vec<JobId>) {
        let Some(run) = self.hub.run() else { return };
        for job in self.offers.found(jobs) {
            tokio::spawn(take(self.hub.clone(), run, job));
        }
    }
}

/// Takes one of them, and tells the user why not.
async fn take(hub: Arc<Hub>, run: RunId, job: JobId) {
    let taken = async {
        let (ends, start_at) = ends(&hub, job).await?;
        let (answer, taken) = oneshot::channel();
        let taking = Taking { run, job, ends, retry: false };
        adopt::adopt(hub.clone(), taking, None, answer).await;
        // an engine that has ended takes nothing
        taken.await.unwrap_or(Ok(job)).map(|_| start_at)
    };
    match taken.await {
        Ok(start_at) => {
            let when = start_at.filter(|at| *at > Timestamp::now()).map(begins_at);
            let when = when.map_or_else(String::new, |when| format!(" at {when}"));
            hub.notice(Level::Info, format!("job {job} was added, and begins{when}"));
        }
        Err(failure) => {
            hub.notice(Level::Warning, format!("job {job} waits: {failure}"));
            hub.inform(EngineMsg::Refused(job));
        }
    }
}

/// Its sites: bookmarks as they are now, since they may have been added with it.
async fn ends(hub: &Arc<Hub>, job: JobId) -> Result<(JobSites, Option<Timestamp>), Failure> {
    let record = hub.options.store.job(job).await;
    let record = record.map_err(|error| failure::of_store(STEP, &error))?;
    let record = record.ok_or_else(|| failure::usage(STEP, "it is gone"))?;
    let path = hub.options.bookmarks.clone().unwrap_or_default();
    let loaded = tokio::task::spawn_blocking(move || load(&path)).await;
    let sites = loaded.unwrap_or_else(|error| Err(failure::usage(STEP, error.to_string())))?;
    let ends = record
        .find_sites(&sites)
        .map_err(|name| failure::usage(STEP, format!("it names “{name}”, which is no bookmark")))?;
    for site in ends.from.iter().chain(&ends.to) {
        if let Some(missing) = missing(hub, site) {
            let mut failure = failure::usage(STEP, missing);
            failure.site = Some(site.label());
            failure.remedy = Some(format!("open the site, or run “fxpane queue run {job}”"));
            return Err(failure);
        }
    }
    Ok((ends, record.start_at))
}

/// What a login needs that only the user has.
fn missing(hub: &Hub, site: &Site) -> Option<&'static str> {
    let open = || hub.options.vault.as_ref().is_some_and(|vault| vault.is_open());
    match site.password {
        _ if hub.knows_password(site) => None,
        PasswordRef::Ask if !is_anonymous(site) => Some("its password is needed"),
        PasswordRef::Vault(_) if !open() => Some("its password is in the vault, which is locked"),
        _ => None,
    }
}

fn load(path: &Path) -> Result<crate::site::Sites, Failure> {
    let loaded = sites_file::load(path).map_err(|error| failure::usage(STEP, error.to_string()))?;
    Ok(loaded.sites)
}

fn is_anonymous(site: &Site) -> bool {
    matches!(site.user(), "anonymous" | "ftp")
}
