//! The protocol state of one client, and the effects of its commands. No I/O except to the store.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::base::RemotePath;
use crate::demo::channel::Channel;
use crate::demo::digest::Algorithm;
use crate::demo::fault::script::Script;
use crate::demo::listing::Facts;
use crate::demo::persona::Behavior;
use crate::demo::persona::phrase::Phrase;
use crate::demo::setup::Tls;
use crate::demo::shared::Shared;
use crate::demo::store::StoreError;
use crate::demo::transfer::Payload;
use crate::ftp::{Kind, Reply};

/// The state of a session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    /// The argument of USER.
    pub(crate) user: Option<Vec<u8>>,
    pub(crate) logged_in: bool,
    pub(crate) dir: RemotePath,
    /// TYPE A is set.
    pub(crate) text: bool,
    pub(crate) rest: u64,
    /// First and last byte set by RANG.
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) rename_from: Option<RemotePath>,
    /// The control connection uses TLS.
    pub(crate) secure: bool,
    /// PBSZ was received.
    pub(crate) buffer_set: bool,
    /// PROT P is set.
    pub(crate) protect: bool,
    /// SSCN ON is set.
    pub(crate) sscn: bool,
    pub(crate) channel: Channel,
    /// EPSV ALL was received.
    pub(crate) extended_only: bool,
    /// PRET was received, so PASV may follow.
    pub(crate) pret: bool,
    /// SITE XDUPE is on.
    pub(crate) xdupe: bool,
    pub(crate) hash: Algorithm,
    pub(crate) facts: Facts,
}

/// One command.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// In upper case.
    pub(crate) verb: &'a str,
    /// What follows the first space, as received.
    pub(crate) argument: &'a [u8],
    /// The fault rules that apply to it.
    pub(crate) script: &'a Script,
}

/// The effect of a command.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Sends a reply.
    Reply(Reply),
    /// Starts a transfer over the prepared channel.
    Transfer(Box<Transfer>),
    /// Sends a reply, then starts TLS on the control connection.
    Secure(Reply),
    /// Sends a reply, then ends TLS on the control connection.
    Clear(Reply),
    /// Connects to the client's address, then sends the reply (asynchronous servers).
    Connect(SocketAddr, Reply),
    /// Aborts the running transfer.
    Abort,
    /// Sends a reply, then closes the session.
    Close(Reply),
}

/// A transfer to start.
#[derive(Debug)]
pub(crate) struct Transfer {
    pub(crate) payload: Payload,
    /// The 1xx reply.
    pub(crate) begin: Reply,
    /// The final reply on success.
    pub(crate) end: Reply,
    /// The argument, for replies.
    pub(crate) path: Vec<u8>,
    /// The temporary and the final name of an upload, if it is renamed when complete.
    pub(crate) rename_when_done: Option<(RemotePath, RemotePath)>,
    /// TYPE A is set.
    pub(crate) text: bool,
}

impl Session {
    /// The state of a client that has just connected.
    pub(crate) fn new(shared: Arc<Shared>, id: u64, peer: SocketAddr, local: SocketAddr) -> Self {
        let Behavior { facts, links, .. } = &shared.setup.behavior;
        let facts = Facts { shown: facts.clone(), links: *links };
        Self {
            id,
            peer,
            local,
            user: None,
            logged_in: false,
            dir: RemotePath::root(),
            text: true,
            rest: 0,
            range: None,
            rename_from: None,
            secure: shared.setup.tls == Tls::Implicit,
            buffer_set: false,
            protect: shared.setup.tls == Tls::Implicit,
            sscn: false,
            channel: Channel::None,
            extended_only: false,
            pret: false,
            xdupe: false,
            hash: Algorithm::Sha1,
            facts,
            shared,
        }
    }

    /// The behavior of the server.
    pub(crate) fn behavior(&self) -> &Behavior {
        &self.shared.setup.behavior
    }

    /// The reply for a situation.
    pub(crate) fn format_reply(&self, phrase: Phrase, vars: &[(&str, &[u8])]) -> Reply {
        self.behavior().format_reply(phrase, vars)
    }

    /// [`Session::format_reply`] as an effect.
    pub(crate) fn reply(&self, phrase: Phrase, vars: &[(&str, &[u8])]) -> Effect {
        Effect::Reply(self.format_reply(phrase, vars))
    }

    /// The reply for a failed file operation; `path` is the argument as received.
    pub(crate) fn failure_reply(&self, phrase: Phrase, path: &[u8], error: &StoreError) -> Effect {
        let full = self.resolve(path);
        let why = error.to_string();
        let vars = [("path", path), ("why", why.as_bytes()), ("full", full.as_bytes())];
        let phrase = match error {
            StoreError::NoSpace => Phrase::NoSpace,
            _ => phrase,
        };
        self.reply(phrase, &vars)
    }

    /// The reply for the result of a file operation.
    pub(crate) fn result_reply(
        &self,
        result: Result<(), StoreError>,
        path: &[u8],
        done: Phrase,
        failed: Phrase,
    ) -> Effect {
        match result {
            Ok(()) => {
                let full = self.resolve(path);
                let quoted = self.quoted(&full);
                let vars = [("path", path), ("full", full.as_bytes()), ("quoted", &quoted[..])];
                self.reply(done, &vars)
            }
            Err(error) => self.failure_reply(failed, path, &error),
        }
    }

    /// Fails if the server is read-only.
    pub(crate) fn check_writable(&self) -> Result<(), StoreError> {
        if self.shared.setup.read_only { Err(StoreError::Denied) } else { Ok(()) }
    }

    /// The absolute path of an argument, without `.`, `..` and repeated slashes.
    pub(crate) fn resolve(&self, argument: &[u8]) -> RemotePath {
        let whole = self.dir.join(argument);
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in whole.as_bytes().split(|&b| b == b'/') {
            match part {
                b"" | b"." => {}
                b".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let mut path = Vec::with_capacity(whole.as_bytes().len());
        for part in &parts {
            path.push(b'/');
            path.extend_from_slice(part);
        }
        if path.is_empty() { RemotePath::root() } else { RemotePath::new(path) }
    }

    /// A path in quotes, as in a 257 reply. Inner quotes are doubled if the server does so.
    pub(crate) fn quoted(&self, path: &RemotePath) -> Vec<u8> {
        if self.behavior().doubles_quotes {
            return crate::ftp::pathname::quoted(path);
        }
        [b"\"", path.as_bytes(), b"\""].concat()
    }

    /// True for an address other than the client's.
    pub(crate) fn is_foreign(&self, address: SocketAddr) -> bool {
        address.ip().to_canonical() != self.peer.ip().to_canonical()
    }

    /// The REST offset for the transfer that starts now; usually applies once.
    pub(crate) fn take_rest(&mut self) -> u64 {
        if self.behavior().rest_sticks { self.rest } else { std::mem::take(&mut self.rest) }
    }

    /// `ASCII` or `BINARY`, as in replies.
    pub(crate) fn mode_word(&self) -> &'static str {
        if self.text { "ASCII" } else { "BINARY" }
    }

    /// The kind and size of a file; links are followed.
    pub(crate) fn file_size(&self, path: &RemotePath) -> Result<(Kind, u64), StoreError> {
        self.shared.store.meta(path, true).map(|meta| (meta.kind, meta.size))
    }

    /// Resets login and settings, as required by REIN.
    pub(crate) fn reset(&mut self) {
        let fresh = Self::new(self.shared.clone(), self.id, self.peer, self.local);
        *self = Self { secure: self.secure, ..fresh };
    }
}
