//! From server to server through this machine, where the two will not talk to each other.
//!
//! The source is told to send first, and `STOR` follows once it has agreed, so a source that
//! refuses never touches the target (transfer rule 2). Each side has a data connection of its own,
//! protected as the stricter of the two sites demands; nothing touches the disk.

use crate::base::rules::Verify;
use crate::ftp::Digest;
use crate::session::{
    LocalTransfer, PendingReply, Session, SessionError, TransferRequest, TransferVerb,
};
use crate::site::DataProtection;
use crate::transfer::fault::Fault;
use crate::transfer::landing::{Sent, Stranded, give_up, land};
use crate::transfer::order::Order;
use crate::transfer::outcome::Outcome;
use crate::transfer::own::{
    begin, broke_off, conclude, hasher_for, last_words, may_have_stored, of_data, of_session,
};
use crate::transfer::pump::{Broken, Drain, Feed, Flow, Pumped, pump};
use crate::transfer::side::Side;
use crate::transfer::text;
use crate::transfer::watch::Watch;

/// Moves one file. The flag says whether both data connections were encrypted; `None` when there
/// were none.
pub async fn relay(
    source: &mut Session,
    destination: &mut Session,
    order: &Order,
    watch: &mut Watch,
) -> (Outcome, Option<bool>) {
    let mut relay = Relay { source, destination, order, accepted: false, protected: None };
    let landed = match relay.carry(watch).await {
        Ok(sent) => land(relay.destination, order, sent).await,
        Err(fault) => Err(fault.into()),
    };
    let outcome = match landed {
        Ok(mut outcome) => {
            if order.text {
                text::compare(relay.source, relay.destination, order, &mut outcome).await;
            }
            outcome
        }
        Err(stranded) => relay.give_up(stranded, watch).await,
    };
    if order.offset > 0 {
        relay.source.reset_offset().await;
        relay.destination.reset_offset().await;
    }
    (outcome, relay.protected)
}

struct Relay<'a> {
    source: &'a mut Session,
    destination: &'a mut Session,
    order: &'a Order,
    /// True when the destination has begun to store, or may have.
    accepted: bool,
    protected: Option<bool>,
}

impl Relay<'_> {
    async fn give_up(&mut self, stranded: Stranded, watch: &Watch) -> Outcome {
        let bytes = watch.progress().bytes().unwrap_or(0);
        give_up(self.destination, self.order, self.accepted, stranded, bytes).await
    }

    /// Moves the data.
    async fn carry(&mut self, watch: &mut Watch) -> Result<Sent, Fault> {
        let from = self.retrieve(watch).await?;
        let (from, from_pending) = from.into_parts();
        let to = match self.store(watch).await {
            Ok(to) => to,
            Err(fault) => {
                drop(from);
                self.source.abandon(&from_pending).await;
                return Err(fault);
            }
        };
        let (to, to_pending) = to.into_parts();
        self.protected = Some(from.is_tls() && to.is_tls());
        let limits = (self.source.limits(), self.destination.limits());
        let flow = Flow {
            limit: limits.0.no_growth.min(limits.1.no_growth),
            offset: self.order.offset,
            size: self.order.size,
            filter: None,
            // the beginning does not come by here: both servers are asked for theirs
            hasher: hasher_for(self.destination, self.order.verify)
                .filter(|_| self.order.offset == 0 && !self.order.text),
        };
        let pumped = pump(Feed::Net(from), Drain::Net(to), flow, watch).await;
        let mut sent = self.conclude(pumped, from_pending, to_pending, watch).await?;
        if self.order.offset > 0 && self.order.verify == Verify::Checksum {
            sent.digest = self.digest_of_source(sent.bytes).await?;
        }
        Ok(sent)
    }

    /// The digest of the whole source, where both servers can compute one.
    async fn digest_of_source(&mut self, bytes: u64) -> Result<Option<Digest>, Fault> {
        for algorithm in self.source.digests().common(self.destination.digests()) {
            let asked = self.source.digest(&self.order.source, algorithm, None, bytes).await;
            if let Ok(digest) = asked.map_err(|error| of_session(Side::Source, error))? {
                return Ok(Some(digest));
            }
        }
        Ok(None)
    }

    /// Hears both final replies.
    async fn conclude(
        &mut self,
        pumped: Pumped,
        from_pending: PendingReply,
        to_pending: PendingReply,
        watch: &mut Watch,
    ) -> Result<Sent, Fault> {
        let sent = self.order.offset + pumped.bytes;
        match (pumped.broken, pumped.feed, pumped.drain) {
            (None, Some(from), Some(to)) => {
                let (source, destination) = (&mut *self.source, &mut *self.destination);
                let mut stop = watch.clone();
                let (read, written) = tokio::join!(
                    conclude(source, from, from_pending, "read the file", watch),
                    conclude(destination, to, to_pending, "write the file", &mut stop),
                );
                let (read, written) = (read?, written?);
                written.map_err(|error| broke_off(Side::Destination, error))?;
                let whole = self.order.size == Some(sent) && !self.order.text;
                let warning = match read {
                    Ok(_) => None,
                    // all of it came: what the source says of its connection does not matter
                    Err(SessionError::Refused { reply, .. }) if whole => {
                        Some(format!("the source said {} after all data", reply.shown()))
                    }
                    Err(error) => return Err(broke_off(Side::Source, error)),
                };
                let size = self.order.size.filter(|_| !self.order.text);
                match size.filter(|want| *want != sent) {
                    Some(want) => Err(Fault::WrongSize { have: sent, want, claimed: true }),
                    None => {
                        // without the source's size nothing says that all of it came
                        Ok(Sent { bytes: sent, size, digest: pumped.digest, warning })
                    }
                }
            }
            (Some(Broken::Feed(error)), from, to) => {
                drop(to);
                let (heard, ()) = tokio::join!(
                    last_words(self.source, from, from_pending),
                    self.destination.abandon(&to_pending),
                );
                Err(heard
                    .map_or_else(|| of_data(Side::Source, &error), |e| broke_off(Side::Source, e)))
            }
            (Some(Broken::Drain(error)), from, to) => {
                drop(from);
                let (heard, ()) = tokio::join!(
                    last_words(self.destination, to, to_pending),
                    self.source.abandon(&from_pending),
                );
                Err(heard.map_or_else(
                    || of_data(Side::Destination, &error),
                    |e| broke_off(Side::Destination, e),
                ))
            }
            (Some(Broken::Cancelled) | None, from, to) => {
                drop((from, to));
                tokio::join!(
                    self.source.abandon(&from_pending),
                    self.destination.abandon(&to_pending),
                );
                Err(watch.stopped())
            }
        }
    }

    async fn retrieve(&mut self, watch: &mut Watch) -> Result<LocalTransfer, Fault> {
        let order = TransferRequest {
            verb: TransferVerb::Retrieve,
            path: &self.order.source,
            offset: self.order.offset,
            text: self.order.text,
            protection: self.protection(),
        };
        begin(self.source, Side::Source, &order, watch).await
    }

    async fn store(&mut self, watch: &mut Watch) -> Result<LocalTransfer, Fault> {
        let order = TransferRequest {
            verb: TransferVerb::Store,
            path: self.order.stored_as(),
            offset: self.order.offset,
            text: self.order.text,
            protection: self.protection(),
        };
        let begun = begin(self.destination, Side::Destination, &order, watch).await;
        self.accepted = may_have_stored(self.destination, &begun);
        begun
    }

    /// The stricter of the two sites rules (transfer rule 5).
    fn protection(&self) -> DataProtection {
        self.source.site().data_protection.max(self.destination.site().data_protection)
    }
}
