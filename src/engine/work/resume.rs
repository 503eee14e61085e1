//! Going on where a file broke off (transfer rule 9): only where what is there is known to be the
//! beginning of the source, and never past its end.

use std::io;

use crate::base::{RemotePath, Stamp};
use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::work::sides::Ends;
use crate::engine::work::{SMALL, Worker};
use crate::ftp::Algorithm;
use crate::queue::store::local_path;
use crate::queue::{Exists, Item, Verify};
use crate::session::{Session, SessionError};
use crate::site::Location;
use crate::transfer::{Order, Side, StoreAs, digest_of_beginning};

impl Worker {
    /// Sets the order to go on where an earlier try ended, where that is provably right.
    pub(super) async fn resume(
        &mut self,
        item: &Item,
        order: &mut Order,
        ends: &Ends<'_>,
    ) -> Result<(), Failure> {
        // the bytes of text are not those of the file, and no name of the server's choice is ours
        if self.rules.form.is_text() || self.rules.store != StoreAs::Name {
            return Ok(());
        }
        let allowed = ends.allow_resume();
        let Some(size) = order.size.filter(|size| *size > SMALL) else { return Ok(()) };
        order.keep = allowed && (order.source_time.is_some() || self.can_compare(ends).await?);
        let partial = self.recorded(ends, &order.target).await;
        if let Some(partial) = partial {
            let same = partial.source == ends.route.0 && partial.source_path == order.source;
            let have = self.size_at_target(ends, &partial.stored_as).await?;
            let known = partial.matches_source(order.size, order.source_time.as_ref());
            let right = match have.filter(|have| allowed && same && (1..=size).contains(have)) {
                Some(_) if known => true,
                Some(have) => {
                    self.prefix_agrees(ends, order, &partial.stored_as, have).await? == Some(true)
                }
                None => false,
            };
            if let Some(have) = have.filter(|_| right) {
                order.temporary = (partial.stored_as != order.target).then_some(partial.stored_as);
                // the last byte once more, where only the servers' last words were missing
                order.offset = have.min(size - 1);
            } else {
                self.forget(ends, &partial, have.is_some()).await;
            }
        } else if allowed && self.rules.exists == Exists::Resume && item.replaces {
            self.resume_final(order, ends, size).await?;
        }
        if order.offset > 0 && order.verify == Verify::Size {
            // sizes do not show what became of the seam
            order.verify = Verify::Checksum;
        }
        Ok(())
    }

    /// The part under the final name, which the user says is one.
    async fn resume_final(
        &mut self,
        order: &mut Order,
        ends: &Ends<'_>,
        size: u64,
    ) -> Result<(), Failure> {
        let target = order.target.clone();
        let have = self.size_at_target(ends, &target).await?;
        let Some(have) = have.filter(|have| (1..size).contains(have)) else { return Ok(()) };
        match self.prefix_agrees(ends, order, &target, have).await? {
            Some(true) => {
                order.temporary = None;
                order.offset = have;
            }
            Some(false) => {}
            None => {
                let site = ends.to.or(ends.from).map(|site| site.label()).unwrap_or_default();
                let text = "what is there cannot be compared with the source by a checksum, so \
                            files begin anew"
                    .to_owned();
                self.hub.remark_once(self.job, site, text);
            }
        }
        Ok(())
    }

    /// The order from the beginning, because it cannot go on.
    pub(super) async fn begin_anew(&mut self, item: &Item, order: &mut Order, ends: &Ends<'_>) {
        order.offset = 0;
        order.verify = self.rules.verify;
        match (ends.to, &order.temporary) {
            // STOR makes it empty, if it is there
            (Some(_), Some(_)) => {}
            (Some(to), None) if order.replaces => {
                order.temporary = self.temporary(item, to, &order.target, order.size);
            }
            (Some(_), None) => {}
            (None, Some(temporary)) => {
                let temporary = temporary.clone();
                self.clean(&temporary).await;
            }
            (None, None) => order.temporary = Some(self.temporary_name(item, &order.target)),
        }
    }

    /// True when the target still has what the order is to go on from. Asked directly before:
    /// servers make a hole where it has less (docs/servers.md "Offsets past the end").
    pub(super) async fn is_still_there(
        &mut self,
        order: &Order,
        ends: &Ends<'_>,
    ) -> Result<bool, Failure> {
        let have = self.size_at_target(ends, order.stored_as()).await?;
        let size = order.size.unwrap_or(u64::MAX);
        Ok(have.is_some_and(|have| (order.offset..=size).contains(&have)))
    }

    /// Size and time of the source. What the listing told is good enough for small files; large
    /// ones may change while they are copied, and a try that failed may have failed by a change.
    pub(super) async fn look(
        &mut self,
        item: &Item,
        ends: &Ends<'_>,
    ) -> Result<(Option<u64>, Option<Stamp>), Failure> {
        let small = item.size.is_some_and(|size| size <= SMALL);
        if small && item.tries <= 1 {
            return Ok((item.size, None));
        }
        let path = match &item.source {
            Location::Remote { path, .. } => path,
            Location::Local(path) => {
                // whoever opens it says what is wrong with it
                let found = crate::engine::endpoint::file_here(path).await.ok();
                return Ok(found.map_or((item.size, None), |(size, time)| (Some(size), time)));
            }
        };
        let Some(session) = self.session_of(Side::Source).await? else {
            return Ok((item.size, None));
        };
        let tells_time = session.features().is_empty() || session.features().has("MDTM");
        let asked = async {
            let size = session.size(path).await?;
            let time = if tells_time { session.modified(path).await? } else { None };
            Ok((size, time))
        };
        let lost = |error: SessionError| ends.failed(Side::Source, "ask for the size", &error);
        let (size, time) = asked.await.map_err(lost)?;
        Ok((size.or(item.size), time))
    }

    /// The session with one side; `None` for this machine.
    pub(super) async fn session_of(&mut self, side: Side) -> Result<Option<&mut Session>, Failure> {
        if let Some(pair) = &mut self.pair {
            return Ok(Some(pair.session(side)));
        }
        let hub = self.hub.clone();
        let lease = match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        };
        match lease {
            Some(lease) => lease.session(&*hub).await.map(Some),
            None => Ok(None),
        }
    }

    /// True when digests may tell whether a part is the beginning of the source.
    async fn can_compare(&mut self, ends: &Ends<'_>) -> Result<bool, Failure> {
        if let Some(pair) = &self.pair {
            let (source, destination) = pair.sessions();
            return Ok(!source.digests().common(destination.digests()).is_empty());
        }
        let side = if ends.from.is_some() { Side::Source } else { Side::Destination };
        let session = self.session_of(side).await?;
        Ok(session.is_some_and(|session| session.digests().strongest().next().is_some()))
    }

    /// Bytes of a file at the target; `None` when it is not there, or nobody tells.
    pub(super) async fn size_at_target(
        &mut self,
        ends: &Ends<'_>,
        path: &RemotePath,
    ) -> Result<Option<u64>, Failure> {
        match self.session_of(Side::Destination).await? {
            Some(session) => {
                let lost = |error| ends.failed(Side::Destination, "ask for the size", &error);
                session.size(path).await.map_err(lost)
            }
            None => {
                let here = local_path(path.as_bytes().to_vec());
                match tokio::fs::symlink_metadata(&here).await {
                    Ok(found) => Ok(found.is_file().then_some(found.len())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failure::of_io("look at", &here, &error)),
                }
            }
        }
    }

    /// Whether the `have` bytes at the target are the beginning of the source; `None` where no
    /// digests can be compared.
    async fn prefix_agrees(
        &mut self,
        ends: &Ends<'_>,
        order: &Order,
        stored_as: &RemotePath,
        have: u64,
    ) -> Result<Option<bool>, Failure> {
        let step = "compare what is there";
        if let Some(pair) = &mut self.pair {
            let agrees = pair.prefix_agrees(&order.source, stored_as, have).await;
            return agrees.map_err(|(side, error)| ends.failed(side, step, &error));
        }
        // one of the two is this machine
        let (side, there, part, here) = match ends.from {
            Some(_) => (Side::Source, &order.source, Some(have), stored_as),
            None => (Side::Destination, stored_as, None, &order.source),
        };
        let here = local_path(here.as_bytes().to_vec());
        let Some(session) = self.session_of(side).await? else { return Ok(None) };
        let algorithms: Vec<Algorithm> = session.digests().strongest().collect();
        for algorithm in algorithms {
            let asked = session.digest(there, algorithm, part, have).await;
            let Ok(theirs) = asked.map_err(|error| ends.failed(side, step, &error))? else {
                continue;
            };
            let ours = digest_of_beginning(&here, have, algorithm).await;
            // a source that has become shorter has another beginning
            return Ok(Some(ours.is_ok_and(|ours| ours == theirs)));
        }
        Ok(None)
    }
}
