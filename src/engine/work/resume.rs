//! Resuming a file where an earlier attempt broke off (transfer rule 9): only where what is there
//! is known to be the beginning of the source, and never past its end.

use std::io;

use crate::base::RemotePath;
use crate::base::path::local_path;
use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::work::attempt::FileCopy;
use crate::engine::work::{SMALL, Worker};
use crate::ftp::Algorithm;
use crate::queue::Exists;
use crate::queue::Verify;
use crate::transfer::{Fault, Outcome, Plan, Side, StoreAs, digest_of_beginning};

impl Worker {
    /// Sets the order to resume where an earlier attempt ended, where that is provably right.
    pub(super) async fn resume(&mut self, file: &mut FileCopy<'_>) -> Result<(), Failure> {
        // the bytes of text are not those of the file, and a name that the server chooses is not
        // ours
        if file.order.form.is_text() || file.order.store != StoreAs::Name {
            return Ok(());
        }
        let allowed =
            file.allows_resume() && !self.context.route_memory().mishandles_rest(&file.route);
        let Some(size) = file.order.size.filter(|size| *size > SMALL) else { return Ok(()) };
        file.order.keep =
            allowed && (file.order.source_time.is_some() || self.can_compare(file).await?);
        if let Some(partial) = self.recorded_partial(file).await {
            let order = &file.order;
            let same = partial.source == file.route.0 && partial.source_path == order.source;
            let known = partial.matches_source(order.size, order.source_time.as_ref());
            let have = self.size_at_target(file, &partial.stored_as).await?;
            let right = match have.filter(|have| allowed && same && (1..=size).contains(have)) {
                Some(_) if known => true,
                Some(have) => {
                    self.prefix_agrees(file, &partial.stored_as, have).await? == Some(true)
                }
                None => false,
            };
            if let Some(have) = have.filter(|_| right) {
                let stored_as = Some(partial.stored_as);
                file.order.temporary = stored_as.filter(|name| *name != file.order.target);
                // the last byte again, where only the final replies were missing
                file.order.offset = have.min(size - 1);
            } else {
                self.discard(file, &partial, have.is_some()).await;
            }
        } else if allowed && self.rules.exists == Exists::Resume && file.item.replaces {
            self.resume_final(file, size).await?;
        }
        if file.order.offset > 0 && file.order.verify == Verify::Size {
            // sizes do not show a fault at the seam; where no checksum can be compared, some blocks
            // are read back
            file.order.verify = Verify::Checksum;
        }
        Ok(())
    }

    /// Resumes the file under the final name, which is a partial one according to the user.
    async fn resume_final(&mut self, file: &mut FileCopy<'_>, size: u64) -> Result<(), Failure> {
        let target = file.order.target.clone();
        let have = self.size_at_target(file, &target).await?;
        let Some(have) = have.filter(|have| (1..size).contains(have)) else { return Ok(()) };
        match self.prefix_agrees(file, &target, have).await? {
            Some(true) => {
                file.order.temporary = None;
                file.order.offset = have;
            }
            Some(false) => {}
            None => {
                let site = file.to.or(file.from).map(|site| site.label()).unwrap_or_default();
                let text = "existing files cannot be compared with the source by a checksum, so \
                            files start over"
                    .to_owned();
                self.context.note_once(self.job, site, text);
            }
        }
        Ok(())
    }

    /// True when a server did not resume the file, or resumed it wrongly. Which one is remembered,
    /// so that it is not tried again (transfer rule 9).
    pub(super) fn is_resumed_wrongly(&self, file: &FileCopy<'_>, outcome: &Outcome) -> bool {
        let offset = file.order.offset;
        let Some(fault) = outcome.fault.as_ref().filter(|_| offset > 0) else { return false };
        let stored_at = if file.to.is_some() { Side::Destination } else { Side::Source };
        let side = match fault {
            Fault::RestRefused { side, reply } => reply.is_unknown_command().then_some(*side),
            Fault::NotResumed { .. } | Fault::Unproven(_) | Fault::WrongDigest { .. } => {
                Some(stored_at)
            }
            // the whole file again, or nothing before the offset
            Fault::WrongSize { have, want, .. } if *have == want.saturating_add(offset) => {
                file.from.map(|_| Side::Source)
            }
            Fault::WrongSize { have, want, .. } if *have == want.saturating_sub(offset) => {
                Some(stored_at)
            }
            Fault::WrongSize { .. } => None,
            _ => return false,
        };
        if let Some(site) = side.and_then(|side| file.site(side)) {
            self.context.route_memory().resumed_wrongly(&site.key(), &fault.to_string());
        }
        true
    }

    /// Sets the order to the beginning of the file, because it cannot be resumed.
    pub(super) async fn start_over(&mut self, file: &mut FileCopy<'_>) {
        file.order.offset = 0;
        file.order.verify = self.rules.verify;
        match (file.to, &file.order.temporary) {
            // STOR truncates it, if it is there
            (Some(_), Some(_)) => {}
            (Some(_), None) if file.order.replaces => {
                file.order.temporary = self.temporary(file, file.order.size);
            }
            (Some(_), None) => {}
            (None, Some(temporary)) => {
                let temporary = temporary.clone();
                self.delete_leftover(&temporary).await;
            }
            (None, None) => file.order.temporary = self.temporary(file, file.order.size),
        }
    }

    /// True when the target still has what the order will resume. Asked directly before: servers
    /// make a hole where it has less (docs/servers.md "Offsets past the end").
    pub(super) async fn can_resume(&mut self, file: &FileCopy<'_>) -> Result<bool, Failure> {
        let have = self.size_at_target(file, file.order.stored_as()).await?;
        let size = file.order.size.unwrap_or(u64::MAX);
        Ok(have.is_some_and(|have| (file.order.offset..=size).contains(&have)))
    }

    /// True when checksums can show whether a partial file is the beginning of the source.
    async fn can_compare(&mut self, file: &FileCopy<'_>) -> Result<bool, Failure> {
        if file.is_between_servers() {
            let (source, destination) = self.pair(Plan::plain()).await?.sessions();
            return Ok(!source.digests().common(destination.digests()).is_empty());
        }
        let side = if file.from.is_some() { Side::Source } else { Side::Destination };
        let session = self.session_of(side).await?;
        Ok(session.is_some_and(|session| session.digests().strongest().next().is_some()))
    }

    /// Bytes of a file at the target; `None` when it is not there, or its size is unknown.
    async fn size_at_target(
        &mut self,
        file: &FileCopy<'_>,
        path: &RemotePath,
    ) -> Result<Option<u64>, Failure> {
        match self.session_of(Side::Destination).await? {
            Some(session) => {
                let lost = |error| file.failed(Side::Destination, "ask for the size", &error);
                session.size(path).await.map_err(lost)
            }
            None => {
                let path = local_path(path.as_bytes().to_vec());
                match tokio::fs::symlink_metadata(&path).await {
                    Ok(found) => Ok(found.is_file().then_some(found.len())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failure::of_io("check", &path, &error)),
                }
            }
        }
    }

    /// Whether the `have` bytes at the target are the beginning of the source; `None` where
    /// checksums cannot be compared.
    async fn prefix_agrees(
        &mut self,
        file: &FileCopy<'_>,
        stored_as: &RemotePath,
        have: u64,
    ) -> Result<Option<bool>, Failure> {
        let (step, source) = ("compare the partial file", &file.order.source);
        if file.is_between_servers() {
            let pair = self.pair(Plan::plain()).await?;
            let agrees = pair.prefix_agrees(source, stored_as, have).await;
            return agrees.map_err(|(side, error)| file.failed(side, step, &error));
        }
        let (side, remote, prefix, local) = match file.from {
            Some(_) => (Side::Source, source, Some(have), stored_as),
            None => (Side::Destination, stored_as, None, source),
        };
        let local = local_path(local.as_bytes().to_vec());
        let Some(session) = self.session_of(side).await? else { return Ok(None) };
        let algorithms: Vec<Algorithm> = session.digests().strongest().collect();
        for algorithm in algorithms {
            let asked = session.digest(remote, algorithm, prefix, have).await;
            let Ok(theirs) = asked.map_err(|error| file.failed(side, step, &error))? else {
                continue;
            };
            let ours = digest_of_beginning(&local, have, algorithm).await;
            // a source that has become shorter has another beginning
            return Ok(Some(ours.is_ok_and(|ours| ours == theirs)));
        }
        Ok(None)
    }
}
