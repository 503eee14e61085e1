//! Between a server and this machine.

use std::path::PathBuf;

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::work::{Try, Worker};
use crate::engine::{ends, failure};
use crate::queue::Item;
use crate::site::{Location, Site};
use crate::transfer::upload::Upload;
use crate::transfer::{Download, Fault, Order, Outcome, Via, Watch, download, upload};

impl Worker {
    pub(super) async fn download(
        &mut self,
        item: &Item,
        path: &RemotePath,
        target: PathBuf,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        if let (Some(enclosure), Some(folder)) = (&self.enclosure, target.parent())
            && let Err(fault) = enclosure.admits(folder).await
        {
            let outcome = Outcome::failed(fault, 0);
            return Ok(Try { outcome, via: Via::Download, plan: None, protected: None });
        }
        let hub = self.hub.clone();
        let Some(lease) = &mut self.source else {
            return Err(failure::usage("download", "the source must be a site"));
        };
        let session = lease.session(&*hub).await?;
        let size = match item.size {
            Some(size) => Some(size),
            None => session.size(path).await.ok().flatten(),
        };
        let name = target.file_name().map(|name| name.as_encoded_bytes()).unwrap_or_default();
        let hidden = format!(".{}{}.fxpart", self.tag, item.id);
        let temporary = match ends::child(
            &Location::Local(target.parent().map(PathBuf::from).unwrap_or_default()),
            &[b".", name, hidden.as_bytes()].concat(),
        ) {
            Some(Location::Local(path)) => path,
            _ => target.with_extension("fxpart"),
        };
        let modified = item
            .modified
            .and_then(|stamp| stamp.at.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .map(std::time::SystemTime::from);
        let (verify, form) = (self.rules.verify, self.rules.form);
        if let Some(text) = ends::uncompared(session, &self.rules) {
            hub.remark_once(self.job, session.site().label(), text);
        }
        let source = path.clone();
        let order = Download { source, target, temporary, size, modified, verify, form };
        let (outcome, protected) = download(session, &order, watch).await;
        Ok(Try { outcome, via: Via::Download, plan: None, protected })
    }

    pub(super) async fn upload(
        &mut self,
        item: &Item,
        source: PathBuf,
        site: &Site,
        path: &RemotePath,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        let hub = self.hub.clone();
        let order = Order {
            temporary: self.temporary(item, site, path, item.size),
            replaces: item.replaces,
            size: item.size,
            modified: item.modified,
            verify: self.rules.verify,
            ..Order::new(RemotePath::default(), path.clone())
        };
        let Some(lease) = &mut self.destination else {
            return Err(failure::usage("upload", "the destination must be a site"));
        };
        let session = lease.session(&*hub).await?;
        if let Some(text) = ends::uncompared(session, &self.rules) {
            hub.remark_once(self.job, site.label(), text);
        }
        let opened = match tokio::fs::File::open(&source).await {
            Ok(file) => Ok(file.into_std().await),
            Err(error) => Err(error),
        };
        let (mut outcome, protected) = match opened {
            Ok(file) => {
                let (form, store) = (self.rules.form, self.rules.store);
                let upload_of = Upload { reader: Box::new(file), path: source, form, store };
                upload(session, upload_of, &order, watch).await
            }
            Err(error) => {
                let fault = Fault::Local { path: source, why: error.to_string(), full: false };
                (Outcome::failed(fault, 0), None)
            }
        };
        if let Some(leftover) = outcome.leftover.take() {
            self.clean(&leftover).await;
        }
        Ok(Try { outcome, via: Via::Upload, plan: None, protected })
    }
}
