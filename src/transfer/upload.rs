//! From this machine to a server.

use crate::base::RemotePath;
use crate::ftp::transfer_reply::unique_name;
use crate::session::{Session, TransferVerb};
use crate::transfer::fault::Fault;
use crate::transfer::finish::{Sent, finish};
use crate::transfer::form::StoreAs;
use crate::transfer::local::{Input, hasher_for, seeded};
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Via};
use crate::transfer::plan::Side;
use crate::transfer::pump::Flow;
use crate::transfer::seam::{self, FileAt};
use crate::transfer::stream::{End, begin, may_have_stored, stream};
use crate::transfer::watch::Watch;

/// Uploads one file: `STOR`, then the size is checked, then the file gets its final name.
///
/// The rules are those between two servers (transfer rule 2): an existing file is only replaced by
/// one that has arrived completely. `APPE` and `STOU` use no temporary name.
pub async fn upload(
    session: &mut Session,
    order: &Order,
    input: Input,
    watch: &mut Watch,
) -> Outcome {
    let mut order = order.clone();
    if order.store != StoreAs::Name {
        order.temporary = None;
    }
    let mut upload = Upload { session, order, may_have_stored: false, protected: None };
    let sent = upload.send(input, watch).await;
    let Upload { session, order, may_have_stored, protected } = upload;
    // what was there before an append is not ours
    let owned = may_have_stored && order.store != StoreAs::Append;
    let outcome = finish(session, Via::Upload, &order, sent, owned, watch).await;
    if order.offset > 0 {
        session.reset_offset().await;
    }
    Outcome { protected, ..outcome }
}

struct Upload<'a> {
    session: &'a mut Session,
    /// With the name that the server chose, once it has.
    order: Order,
    may_have_stored: bool,
    /// True when the data connection was encrypted.
    protected: Option<bool>,
}

impl Upload<'_> {
    async fn send(&mut self, input: Input, watch: &mut Watch) -> Result<Sent, Fault> {
        let (form, store, offset) = (self.order.form, self.order.store, self.order.offset);
        let before = self.size_before().await?;
        let whole = store != StoreAs::Append && !form.is_text();
        let hasher = hasher_for(self.session, self.order.verify).filter(|_| whole);
        let hasher = seeded(hasher, &input.path, offset).await?;
        let verb = match store {
            StoreAs::Name => TransferVerb::Store,
            StoreAs::Append => TransferVerb::Append,
            StoreAs::Unique => TransferVerb::StoreUnique,
        };
        let protection = self.session.site().data_protection;
        let begun = begin(self.session, verb, &self.order, protection, watch).await;
        self.may_have_stored = may_have_stored(self.session, &begun);
        let begun = begun?;
        self.protected = Some(begun.data.is_tls());
        let named = begun.first_reply().and_then(unique_name);
        let size = self.order.size.filter(|_| !form.is_text());
        let limit = self.session.limits().no_growth;
        let flow = Flow { limit, offset, size, filter: form.sending(), hasher };
        let from = End::Local(&input.path, input.reader);
        let streamed = stream(from, End::Server(self.session, begun), flow, watch).await?;
        if offset > 0 && streamed.digest.is_none() {
            let at = FileAt::Server(self.session, self.order.stored_as(), protection);
            seam::prove(FileAt::Local(&input.path), at, offset, streamed.bytes).await?;
        }
        let mut sent = Sent {
            bytes: streamed.bytes,
            size: before.map(|before| before + streamed.bytes).filter(|_| !form.is_text()),
            digest: streamed.digest,
            warning: None,
        };
        if store == StoreAs::Unique {
            let name = named.or_else(|| streamed.stored.as_ref().and_then(unique_name));
            self.use_unique_name(name, &mut sent);
        }
        Ok(sent)
    }

    /// Bytes of the target before anything is appended; `None` where that is not known.
    async fn size_before(&mut self) -> Result<Option<u64>, Fault> {
        if self.order.store != StoreAs::Append || !self.order.replaces {
            return Ok(Some(0));
        }
        let size = self.session.size(&self.order.target).await;
        size.map_err(|error| Fault::of_session(Side::Destination, error))
    }

    /// The server stored the file under this name.
    fn use_unique_name(&mut self, name: Option<Vec<u8>>, sent: &mut Sent) {
        let Some(name) = name else {
            *sent = Sent { bytes: sent.bytes, ..Sent::default() };
            // the given name may be that of another file
            (self.order.modified, self.order.mode) = (None, None);
            sent.warning = Some("the server did not report the name that it chose".to_owned());
            return;
        };
        let folder = self.order.target.parent().unwrap_or_else(RemotePath::root);
        self.order.target = folder.join(&name);
        sent.warning = Some(format!("stored as {}", self.order.target));
    }
}
