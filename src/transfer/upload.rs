//! From this machine to a server.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::session::{OwnOrder, OwnVerb, Session};
use crate::transfer::fault::Fault;
use crate::transfer::landing::{give_up, land};
use crate::transfer::order::Order;
use crate::transfer::outcome::Outcome;
use crate::transfer::own::{
    arrived, begin, broke_off, last_words, local, may_have_stored, of_data,
};
use crate::transfer::pump::{Broken, Drain, EndError, Feed, Flow, pump};
use crate::transfer::side::Side;
use crate::transfer::watch::Watch;

/// What is sent.
pub struct Upload {
    /// Where the bytes come from.
    pub reader: Box<dyn Read + Send>,
    /// What it is called in messages.
    pub path: PathBuf,
}

/// Uploads by this order: `STOR`, the size asked afterwards, then the final name. The flag says
/// whether the data connection was encrypted; `None` when there was none.
///
/// The same rules as between servers hold (design rule 2): what exists is only replaced by a file
/// that has arrived whole.
pub async fn upload(
    session: &mut Session,
    source: Upload,
    order: &Order,
    watch: &mut Watch,
) -> (Outcome, Option<bool>) {
    let (mut accepted, mut protected) = (false, None);
    let sent = send(session, source, order, watch, &mut accepted, &mut protected).await;
    let landed = match sent {
        Ok(sent) => land(session, order, sent).await.map(|landed| (sent, landed)),
        Err(fault) => Err(fault),
    };
    let outcome = match landed {
        Ok((sent, landed)) => {
            Outcome { warning: landed.warning, ..arrived(sent, landed.confirmed) }
        }
        Err(fault) => {
            let bytes = watch.progress().bytes().unwrap_or(0);
            give_up(session, order, accepted, fault, bytes).await
        }
    };
    (outcome, protected)
}

async fn send(
    session: &mut Session,
    source: Upload,
    order: &Order,
    watch: &mut Watch,
    accepted: &mut bool,
    protected: &mut Option<bool>,
) -> Result<u64, Fault> {
    let own = OwnOrder {
        verb: OwnVerb::Store,
        path: order.stored_as(),
        offset: 0,
        protection: session.site().data_protection,
    };
    let begun = begin(session, Side::Destination, &own, watch).await;
    *accepted = may_have_stored(session, &begun);
    let (data, pending) = begun?.apart();
    *protected = Some(data.is_tls());
    let flow = Flow { limit: session.limits().no_growth, offset: 0, size: order.size };
    let pumped = pump(Feed::Local(source.reader), Drain::Net(data), flow, watch).await;
    let sent = pumped.bytes;
    match (pumped.broken, pumped.drain) {
        (None, Some(data)) => {
            let ended = session.conclude(data, pending, "write the file").await;
            ended.map_err(|error| broke_off(Side::Destination, error))?;
            match order.size.filter(|want| *want != sent) {
                Some(want) => Err(Fault::WrongSize { have: sent, want, claimed: false }),
                None => Ok(sent),
            }
        }
        (Some(Broken::Drain(error)), data) => {
            let heard = last_words(session, data, pending).await;
            Err(heard.map_or_else(
                || of_data(Side::Destination, &error),
                |words| broke_off(Side::Destination, words),
            ))
        }
        (Some(Broken::Feed(error)), data) => {
            drop(data);
            session.abandon(&pending).await;
            Err(unreadable(&source.path, error))
        }
        (Some(Broken::Cancelled) | None, data) => {
            drop(data);
            session.abandon(&pending).await;
            Err(Fault::Cancelled)
        }
    }
}

fn unreadable(path: &Path, error: EndError) -> Fault {
    match error {
        EndError::Local(error) => local(path, &error),
        error => of_data(Side::Source, &error),
    }
}
