//! Between a server and this machine.

use std::io::{Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::work::sides::Ends;
use crate::engine::work::{Try, Worker};
use crate::engine::{endpoint, failure};
use crate::queue::Item;
use crate::queue::store::local_path;
use crate::site::Location;
use crate::transfer::upload::Upload;
use crate::transfer::{Download, Fault, Order, Outcome, Side, Via, Watch, download, upload};

impl Worker {
    /// A download or an upload: where one broke off, it goes on.
    pub(super) async fn carry(
        &mut self,
        item: &Item,
        target: &Location,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        if let (Some(sandbox), Location::Local(here)) = (&self.sandbox, target)
            && let Some(folder) = here.parent()
            && let Err(fault) = sandbox.admits(folder).await
        {
            let outcome = Outcome::failed(fault, 0);
            return Ok(Try { outcome, via: Via::Download, plan: None, protected: None });
        }
        let ends = Ends::of(&item.source, target);
        let path = |at: &Location| at.to_remote_path();
        let (source, target) = (path(&item.source), path(target));
        self.recover(item, &target, &ends).await?;
        let (size, source_time) = self.look(item, &ends).await?;
        let temporary = match ends.to {
            Some(to) => self.temporary(item, to, &target, size),
            None => Some(self.temporary_name(item, &target)),
        };
        let mut order = Order {
            temporary,
            replaces: item.replaces,
            size,
            modified: source_time.or(item.modified),
            mode: item.mode,
            source_time,
            verify: self.rules.verify,
            ..Order::new(source, target)
        };
        self.resume(item, &mut order, &ends).await?;
        let mut tried = self.carry_once(item, &mut order, &ends, watch).await?;
        if matches!(tried.outcome.fault, Some(Fault::RestRefused { .. })) {
            self.begin_anew(item, &mut order, &ends).await;
            tried = self.carry_once(item, &mut order, &ends, watch).await?;
        }
        Ok(tried)
    }

    async fn carry_once(
        &mut self,
        item: &Item,
        order: &mut Order,
        ends: &Ends<'_>,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        if order.offset > 0 && !self.is_still_there(order, ends).await? {
            self.begin_anew(item, order, ends).await;
        }
        self.intend(item, order, ends).await;
        self.note_begun(item, order, watch);
        let mut tried = match ends.from {
            Some(_) => self.download(order, watch).await?,
            None => self.upload(order, watch).await?,
        };
        self.conclude(item, order, &mut tried.outcome, ends).await;
        Ok(tried)
    }

    async fn download(&mut self, order: &Order, watch: &mut Watch) -> Result<Try, Failure> {
        let here = |path: &RemotePath| local_path(path.as_bytes().to_vec());
        let download_of = Download {
            source: order.source.clone(),
            target: here(&order.target),
            temporary: order.temporary.as_ref().map(here),
            offset: order.offset,
            keep: order.keep,
            size: order.size,
            modified: order
                .modified
                .and_then(|stamp| stamp.at.to_zoned(jiff::tz::TimeZone::UTC).ok())
                .map(SystemTime::from),
            mode: order.mode,
            verify: order.verify,
            form: self.rules.form,
        };
        self.remark_uncompared(Side::Source).await?;
        let Some(session) = self.session_of(Side::Source).await? else {
            return Err(failure::usage("download", "the source must be a site"));
        };
        let (outcome, protected) = download(session, &download_of, watch).await;
        Ok(Try { outcome, via: Via::Download, plan: None, protected })
    }

    /// Says once a job that a checksum was asked for and cannot be had.
    async fn remark_uncompared(&mut self, side: Side) -> Result<(), Failure> {
        let rules = self.rules;
        let Some(session) = self.session_of(side).await? else { return Ok(()) };
        let (label, text) = (session.site().label(), endpoint::uncompared(session, &rules));
        if let Some(text) = text {
            self.hub.remark_once(self.job, label, text);
        }
        Ok(())
    }

    async fn upload(&mut self, order: &Order, watch: &mut Watch) -> Result<Try, Failure> {
        let (form, store) = (self.rules.form, self.rules.store);
        let path = local_path(order.source.as_bytes().to_vec());
        self.remark_uncompared(Side::Destination).await?;
        let Some(session) = self.session_of(Side::Destination).await? else {
            return Err(failure::usage("upload", "the destination must be a site"));
        };
        let (outcome, protected) = match open_at(&path, order.offset).await {
            Ok(file) => {
                let upload_of = Upload { reader: Box::new(file), path, form, store };
                upload(session, upload_of, order, watch).await
            }
            Err(error) => (unreadable(path, &error), None),
        };
        Ok(Try { outcome, via: Via::Upload, plan: None, protected })
    }
}

/// A file of this machine, to be read from this byte on.
async fn open_at(path: &Path, offset: u64) -> std::io::Result<std::fs::File> {
    let mut file = tokio::fs::File::open(path).await?.into_std().await;
    if offset > 0 {
        file.seek(SeekFrom::Start(offset))?;
    }
    Ok(file)
}

fn unreadable(path: PathBuf, error: &std::io::Error) -> Outcome {
    let fault = Fault::Local { path, why: error.to_string(), full: false };
    Outcome::failed(fault, 0)
}
