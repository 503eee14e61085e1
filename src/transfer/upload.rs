//! From this machine to a server.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::base::RemotePath;
use crate::ftp::transfer_reply::unique_name;
use crate::session::{Session, TransferRequest, TransferVerb};
use crate::transfer::fault::Fault;
use crate::transfer::form::{Form, StoreAs};
use crate::transfer::landing::{Sent, give_up, land};
use crate::transfer::order::Order;
use crate::transfer::outcome::Outcome;
use crate::transfer::own::{
    begin, broke_off, conclude, hasher_for, last_words, local, may_have_stored, of_data,
    of_session, seeded,
};
use crate::transfer::pump::{Broken, Drain, EndError, Feed, Flow, pump};
use crate::transfer::side::Side;
use crate::transfer::watch::Watch;

/// What is sent.
pub struct Upload {
    /// Where the bytes come from, those that the target has already passed over
    /// ([`Order::offset`]).
    pub reader: Box<dyn Read + Send>,
    /// What it is called in messages; where the target has a part already, the file itself.
    pub path: PathBuf,
    /// How the bytes are carried.
    pub form: Form,
    /// Under which name.
    pub store: StoreAs,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upload").field(&self.path).field(&self.form).finish()
    }
}

/// Uploads by this order: `STOR`, the size asked afterwards, then the final name. The flag says
/// whether the data connection was encrypted; `None` when there was none.
///
/// The same rules as between servers hold (transfer rule 2): what exists is only replaced by a file
/// that has arrived whole. `APPE` and `STOU` have no such name to take.
pub async fn upload(
    session: &mut Session,
    source: Upload,
    order: &Order,
    watch: &mut Watch,
) -> (Outcome, Option<bool>) {
    let mut order = order.clone();
    if source.store != StoreAs::Name {
        order.temporary = None;
    }
    let appends = source.store == StoreAs::Append;
    let mut sending = Sending { session, order, accepted: false, protected: None };
    let landed = match sending.send(source, watch).await {
        Ok(sent) => land(sending.session, &sending.order, sent).await,
        Err(fault) => Err(fault.into()),
    };
    let Sending { session, order, accepted, protected } = sending;
    if order.offset > 0 {
        session.reset_offset().await;
    }
    let outcome = match landed {
        Ok(outcome) => outcome,
        Err(stranded) => {
            let bytes = watch.progress().bytes().unwrap_or(0);
            // what was there before an append is not ours
            give_up(session, &order, accepted && !appends, stranded, bytes).await
        }
    };
    (outcome, protected)
}

struct Sending<'a> {
    session: &'a mut Session,
    /// With the name that the server chose, once it has.
    order: Order,
    /// True when the server has begun to store, or may have.
    accepted: bool,
    protected: Option<bool>,
}

impl Sending<'_> {
    async fn send(&mut self, source: Upload, watch: &mut Watch) -> Result<Sent, Fault> {
        let Upload { reader, path, form, store } = source;
        let before = self.size_before(store).await?;
        let whole = store != StoreAs::Append && !form.is_text();
        let hasher = hasher_for(self.session, self.order.verify).filter(|_| whole);
        let hasher = seeded(hasher, &path, self.order.offset).await?;
        let own = TransferRequest {
            verb: match store {
                StoreAs::Name => TransferVerb::Store,
                StoreAs::Append => TransferVerb::Append,
                StoreAs::Unique => TransferVerb::StoreUnique,
            },
            path: self.order.stored_as(),
            offset: self.order.offset,
            text: form.is_text(),
            protection: self.session.site().data_protection,
        };
        let begun = begin(self.session, Side::Destination, &own, watch).await;
        self.accepted = may_have_stored(self.session, &begun);
        let begun = begun?;
        let mut named = begun.first_reply().and_then(unique_name);
        let (data, pending) = begun.into_parts();
        self.protected = Some(data.is_tls());
        let flow = Flow {
            limit: self.session.limits().no_growth,
            offset: self.order.offset,
            size: self.order.size,
            filter: form.sending(),
            hasher,
        };
        let pumped = pump(Feed::Local(reader), Drain::Net(data), flow, watch).await;
        let bytes = self.order.offset + pumped.bytes;
        match (pumped.broken, pumped.drain) {
            (None, Some(data)) => {
                let step = "write the file";
                let ended = conclude(self.session, data, pending, step, watch).await?;
                let last = ended.map_err(|error| broke_off(Side::Destination, error))?;
                named = named.or_else(|| unique_name(&last));
            }
            (Some(Broken::Drain(error)), data) => {
                let heard = last_words(self.session, data, pending).await;
                return Err(heard.map_or_else(
                    || of_data(Side::Destination, &error),
                    |words| broke_off(Side::Destination, words),
                ));
            }
            (Some(Broken::Feed(error)), data) => {
                drop(data);
                self.session.abandon(&pending).await;
                return Err(unreadable(&path, error));
            }
            (Some(Broken::Cancelled) | None, data) => {
                drop(data);
                self.session.abandon(&pending).await;
                return Err(watch.stopped());
            }
        }
        let binary = !form.is_text();
        if let Some(want) = self.order.size.filter(|want| binary && *want != bytes) {
            return Err(Fault::WrongSize { have: bytes, want, claimed: false });
        }
        let mut sent = Sent { bytes, digest: pumped.digest, ..Sent::default() };
        sent.size = before.map(|before| before + bytes).filter(|_| binary);
        if store == StoreAs::Unique {
            self.call(named, &mut sent);
        }
        Ok(sent)
    }

    /// Bytes that are at the target before it is written; `None` where nobody tells.
    async fn size_before(&mut self, store: StoreAs) -> Result<Option<u64>, Fault> {
        if store != StoreAs::Append || !self.order.replaces {
            return Ok(Some(0));
        }
        let size = self.session.size(&self.order.target).await;
        size.map_err(|error| of_session(Side::Destination, error))
    }

    /// The file has this name now.
    fn call(&mut self, name: Option<Vec<u8>>, sent: &mut Sent) {
        let Some(name) = name else {
            *sent = Sent { bytes: sent.bytes, ..Sent::default() };
            // the given name may be that of another file
            (self.order.modified, self.order.mode) = (None, None);
            sent.warning = Some("the server does not tell which name it chose".to_owned());
            return;
        };
        let folder = self.order.target.parent().unwrap_or_else(RemotePath::root);
        self.order.target = folder.join(&name);
        sent.warning = Some(format!("stored as {}", self.order.target));
    }
}

fn unreadable(path: &Path, error: EndError) -> Fault {
    match error {
        EndError::Local(error) => local(path, &error),
        error => of_data(Side::Source, &error),
    }
}
