//! Data that passes through this machine: the transfer command, the bytes, and the final replies.
//!
//! Each end is a server, with a data connection to this machine, or a file of this machine.

use std::path::Path;

use crate::ftp::{Digest, Reply};
use crate::net::DataConnection;
use crate::session::{
    LocalTransfer, PendingReply, Session, SessionError, TransferRequest, TransferVerb,
};
use crate::site::DataProtection;
use crate::transfer::fault::Fault;
use crate::transfer::order::Order;
use crate::transfer::plan::Side;
use crate::transfer::pump::{Broken, Drain, EndError, Feed, Flow, pump};
use crate::transfer::watch::Watch;

/// One end of the data; `T` reads or writes a file of this machine.
pub(super) enum End<'a, T> {
    /// A server that has accepted the transfer command.
    Server(&'a mut Session, LocalTransfer),
    /// A file of this machine, and its path for messages.
    Local(&'a Path, T),
}

/// What was moved.
#[derive(Debug)]
pub(super) struct Streamed {
    /// Bytes of the file, those of earlier attempts included.
    pub(super) bytes: u64,
    /// The checksum of the file, where one was wanted.
    pub(super) digest: Option<Digest>,
    /// A complaint of the source after it had sent everything.
    pub(super) warning: Option<String>,
    /// The final reply of a server that stored the file.
    pub(super) stored: Option<Reply>,
}

/// Sends a transfer command for one side of `order`, unless the user stops it first.
pub(super) async fn begin(
    session: &mut Session,
    verb: TransferVerb,
    order: &Order,
    protection: DataProtection,
    watch: &mut Watch,
) -> Result<LocalTransfer, Fault> {
    let (side, path) = match verb {
        TransferVerb::Retrieve => (Side::Source, &order.source),
        _ => (Side::Destination, order.stored_as()),
    };
    let text = order.form.is_text();
    let request = TransferRequest { verb, path, offset: order.offset, text, protection };
    let begun = tokio::select! {
        begun = session.start(&request) => Some(begun),
        () = watch.cancelled() => None,
    };
    match begun {
        Some(begun) => {
            let begun = begun.map_err(|error| Fault::of_session(side, error))?;
            if side == Side::Destination && begun.first_reply().is_some() {
                watch.begun();
            }
            Ok(begun)
        }
        None => {
            // it is not known which replies are still to come
            session.poison();
            Err(watch.stopped())
        }
    }
}

/// True when something may be stored after this answer to a `STOR`.
pub(super) fn may_have_stored(session: &Session, begun: &Result<LocalTransfer, Fault>) -> bool {
    match begun {
        Ok(_) => true,
        Err(
            Fault::TargetRefused(_)
            | Fault::NoSpace(_)
            | Fault::Command(_)
            | Fault::RestRefused { .. },
        ) => false,
        Err(_) => session.transfer_command_sent(),
    }
}

/// Moves all data from one end to the other, reads both final replies, and compares the number of
/// bytes with [`Flow::size`].
pub(super) async fn stream(
    from: End<'_, Box<dyn std::io::Read + Send>>,
    to: End<'_, Box<dyn std::io::Write + Send>>,
    flow: Flow,
    watch: &mut Watch,
) -> Result<Streamed, Fault> {
    let (offset, size) = (flow.offset, flow.size);
    let claimed = matches!(from, End::Server(..));
    let (feed, mut source) = match from {
        End::Server(session, transfer) => {
            let (data, pending) = transfer.into_parts();
            (Feed::Net(data), Ending::of_server(Side::Source, session, pending))
        }
        End::Local(path, reader) => (Feed::Local(reader), Ending::of_file(Side::Source, path)),
    };
    let (drain, mut destination) = match to {
        End::Server(session, transfer) => {
            let (data, pending) = transfer.into_parts();
            (Drain::Net(data), Ending::of_server(Side::Destination, session, pending))
        }
        End::Local(path, writer) => {
            (Drain::Local(writer), Ending::of_file(Side::Destination, path))
        }
    };
    let pumped = pump(feed, drain, flow, watch).await;
    let bytes = offset + pumped.bytes;
    (source.data, destination.data) = (pumped.feed, pumped.drain);
    let (read, written) = match pumped.broken {
        None => {
            let mut stop = watch.clone();
            tokio::join!(source.conclude(watch), destination.conclude(&mut stop))
        }
        Some(Broken::Feed(error)) => {
            destination.data = None;
            let (fault, ()) = tokio::join!(source.failed(&error), destination.abandon());
            return Err(fault);
        }
        Some(Broken::Drain(error)) => {
            source.data = None;
            let (fault, ()) = tokio::join!(destination.failed(&error), source.abandon());
            return Err(fault);
        }
        Some(Broken::Cancelled) => {
            tokio::join!(source.abandon(), destination.abandon());
            return Err(watch.stopped());
        }
    };
    let (read, written) = (read?, written?);
    let stored = written.map_err(|error| Fault::broke_off(Side::Destination, error))?;
    let warning = match read {
        Ok(_) => None,
        // everything arrived: a complaint of the source about its connection does not matter
        Err(SessionError::Refused { reply, .. }) if size == Some(bytes) => {
            Some(format!("the source reported {} after all data had arrived", reply.shown()))
        }
        Err(error) => return Err(Fault::broke_off(Side::Source, error)),
    };
    match size.filter(|want| *want != bytes) {
        Some(want) => Err(Fault::WrongSize { have: bytes, want, claimed }),
        None => Ok(Streamed { bytes, digest: pumped.digest, warning, stored }),
    }
}

/// One end after its data has ended: its final reply is pending.
struct Ending<'a> {
    side: Side,
    at: Control<'a>,
    /// The server's data connection, while it is usable.
    data: Option<DataConnection>,
}

enum Control<'a> {
    Server(&'a mut Session, PendingReply),
    File(&'a Path),
}

impl<'a> Ending<'a> {
    fn of_server(side: Side, session: &'a mut Session, pending: PendingReply) -> Self {
        Self { side, at: Control::Server(session, pending), data: None }
    }

    fn of_file(side: Side, path: &'a Path) -> Self {
        Self { side, at: Control::File(path), data: None }
    }

    /// Reads the final reply of a transfer whose data has ended, unless the user stops it: much of
    /// the data may still be on its way then, and the session is not usable any more.
    async fn conclude(
        self,
        watch: &mut Watch,
    ) -> Result<Result<Option<Reply>, SessionError>, Fault> {
        let Control::Server(session, pending) = self.at else { return Ok(Ok(None)) };
        let Some(data) = self.data else {
            session.abandon(&pending).await;
            return Err(watch.stopped());
        };
        let step = match self.side {
            Side::Source => "read the file",
            Side::Destination => "write the file",
        };
        let ended = tokio::select! {
            ended = session.finish_transfer(data, pending, step) => Some(ended),
            () = watch.cancelled() => None,
        };
        match ended {
            Some(ended) => Ok(ended.map(Some)),
            None => {
                session.poison();
                Err(watch.stopped())
            }
        }
    }

    /// Why this end broke. The server's reply is better than our error: disk full, quota, session
    /// reuse.
    async fn failed(self, error: &EndError) -> Fault {
        match (self.at, self.data, error) {
            (Control::Server(session, pending), Some(data), _) => {
                match session.failure_reply(data, pending, "move the file").await {
                    Some(refusal) => Fault::broke_off(self.side, refusal),
                    None => Fault::of_data(self.side, error),
                }
            }
            (Control::Server(session, pending), None, _) => {
                session.abandon(&pending).await;
                Fault::of_data(self.side, error)
            }
            (Control::File(path), _, EndError::Local(error)) => Fault::local(path, error),
            (Control::File(_), ..) => Fault::of_data(self.side, error),
        }
    }

    /// Closes the data connection, and reads the server's reply to that.
    async fn abandon(self) {
        drop(self.data);
        if let Control::Server(session, pending) = self.at {
            session.abandon(&pending).await;
        }
    }
}
