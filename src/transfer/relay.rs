//! From server to server through this machine, where the two cannot transfer directly.
//!
//! The source is told to send first, and `STOR` follows once it has agreed, so a source that
//! refuses never touches the target (transfer rule 2). Each side has its own data connection,
//! encrypted as the stricter of the two sites demands; nothing is written to disk.

use crate::base::rules::Verify;
use crate::ftp::Digest;
use crate::session::{Session, TransferVerb};
use crate::transfer::fault::Fault;
use crate::transfer::finish::{Sent, compare_text, finish};
use crate::transfer::local::hasher_for;
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Via};
use crate::transfer::plan::Side;
use crate::transfer::pump::Flow;
use crate::transfer::seam::{self, FileAt};
use crate::transfer::stream::{End, begin, may_have_stored, stream};
use crate::transfer::watch::Watch;

/// Moves one file.
pub async fn relay(
    source: &mut Session,
    destination: &mut Session,
    order: &Order,
    watch: &mut Watch,
) -> Outcome {
    let mut relay = Relay { source, destination, order, may_have_stored: false, protected: None };
    let sent = relay.send(watch).await;
    let Relay { source, destination, may_have_stored, protected, .. } = relay;
    let mut outcome = finish(destination, Via::Relay, order, sent, may_have_stored, watch).await;
    outcome.protected = protected;
    if order.form.is_text() {
        compare_text(source, destination, order, &mut outcome).await;
    }
    if order.offset > 0 {
        source.reset_offset().await;
        destination.reset_offset().await;
    }
    outcome
}

struct Relay<'a> {
    source: &'a mut Session,
    destination: &'a mut Session,
    order: &'a Order,
    may_have_stored: bool,
    /// True when both data connections were encrypted.
    protected: Option<bool>,
}

impl Relay<'_> {
    async fn send(&mut self, watch: &mut Watch) -> Result<Sent, Fault> {
        // the stricter of the two sites decides (transfer rule 5)
        let protection =
            self.source.site().data_protection.max(self.destination.site().data_protection);
        let order = self.order;
        let from = begin(self.source, TransferVerb::Retrieve, order, protection, watch).await?;
        let to = begin(self.destination, TransferVerb::Store, order, protection, watch).await;
        self.may_have_stored = may_have_stored(self.destination, &to);
        let to = match to {
            Ok(to) => to,
            Err(fault) => {
                let (data, pending) = from.into_parts();
                drop(data);
                self.source.abandon(&pending).await;
                return Err(fault);
            }
        };
        self.protected = Some(from.data.is_tls() && to.data.is_tls());
        let size = order.size.filter(|_| !order.form.is_text());
        let limits = (self.source.limits(), self.destination.limits());
        let flow = Flow {
            limit: limits.0.no_growth.min(limits.1.no_growth),
            offset: order.offset,
            size,
            filter: None,
            // a resumed file has its beginning at the servers only: both are asked for theirs
            hasher: hasher_for(self.destination, order.verify)
                .filter(|_| order.offset == 0 && !order.form.is_text()),
        };
        let (from, to) =
            (End::Server(&mut *self.source, from), End::Server(&mut *self.destination, to));
        let streamed = stream(from, to, flow, watch).await?;
        let mut digest = streamed.digest;
        if order.offset > 0 && order.verify == Verify::Checksum {
            digest = self.digest_of_source(streamed.bytes).await?;
        }
        if order.offset > 0 && digest.is_none() {
            let from = FileAt::Server(self.source, &order.source, protection);
            let to = FileAt::Server(self.destination, order.stored_as(), protection);
            seam::prove(from, to, order.offset, streamed.bytes).await?;
        }
        // without the size of the source nothing proves that all of it came
        Ok(Sent { bytes: streamed.bytes, size, digest, warning: streamed.warning })
    }

    /// The checksum of the whole source, where both servers can compute one.
    async fn digest_of_source(&mut self, bytes: u64) -> Result<Option<Digest>, Fault> {
        for algorithm in self.source.digests().common(self.destination.digests()) {
            let asked = self.source.digest(&self.order.source, algorithm, None, bytes).await;
            if let Ok(digest) = asked.map_err(|error| Fault::of_session(Side::Source, error))? {
                return Ok(Some(digest));
            }
        }
        Ok(None)
    }
}
