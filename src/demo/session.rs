//! What one client has said so far, and what follows from it; no I/O but to the store.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::base::RemotePath;
use crate::demo::channel::Channel;
use crate::demo::digest::Algorithm;
use crate::demo::fault::script::Script;
use crate::demo::listing::Facts;
use crate::demo::persona::Manner;
use crate::demo::persona::phrase::Phrase;
use crate::demo::setup::Tls;
use crate::demo::shared::Shared;
use crate::demo::store::StoreError;
use crate::demo::transfer::Load;
use crate::ftp::{Kind, Reply};

/// The state of a session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    /// As USER gave it.
    pub(crate) user: Option<Vec<u8>>,
    pub(crate) logged_in: bool,
    pub(crate) dir: RemotePath,
    /// TYPE A.
    pub(crate) text: bool,
    pub(crate) rest: u64,
    /// First and last byte of RANG.
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) rename_from: Option<RemotePath>,
    /// The control connection is under TLS.
    pub(crate) secure: bool,
    /// PBSZ came.
    pub(crate) buffer_set: bool,
    /// PROT P.
    pub(crate) protect: bool,
    /// SSCN ON.
    pub(crate) sscn: bool,
    pub(crate) channel: Channel,
    /// EPSV ALL.
    pub(crate) extended_only: bool,
    /// PRET came, and PASV may follow.
    pub(crate) pret: bool,
    /// SITE XDUPE is on.
    pub(crate) xdupe: bool,
    pub(crate) hash: Algorithm,
    pub(crate) facts: Facts,
}

/// One command.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// Upper case.
    pub(crate) verb: &'a str,
    /// What follows the blank, as it came.
    pub(crate) argument: &'a [u8],
    /// What the rules say about it.
    pub(crate) script: &'a Script,
}

/// What a command leads to.
#[derive(Debug)]
pub(crate) enum Step {
    /// Just an answer.
    Say(Reply),
    /// A transfer over the prepared channel.
    Transfer(Box<Transfer>),
    /// An answer, then TLS on the control connection.
    Secure(Reply),
    /// An answer, then the control connection in the clear.
    Clear(Reply),
    /// A connection to the client's address now (asynchronous servers), then the answer.
    Connect(SocketAddr, Reply),
    /// An end to the transfer that runs.
    Abort,
    /// An answer, then the end of the session.
    Close(Reply),
}

/// A transfer that is to begin.
#[derive(Debug)]
pub(crate) struct Transfer {
    pub(crate) load: Load,
    /// The 1xx.
    pub(crate) begin: Reply,
    /// The final reply when all goes well.
    pub(crate) end: Reply,
    /// The argument, for replies.
    pub(crate) path: Vec<u8>,
    /// Where a file arrives, and its name when it is whole.
    pub(crate) arrives: Option<(RemotePath, RemotePath)>,
    /// TYPE A.
    pub(crate) text: bool,
}

impl Session {
    /// A client that has just connected.
    pub(crate) fn new(shared: Arc<Shared>, id: u64, peer: SocketAddr, local: SocketAddr) -> Self {
        let Manner { facts, links, .. } = &shared.setup.manner;
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

    /// How the server behaves.
    pub(crate) fn manner(&self) -> &Manner {
        &self.shared.setup.manner
    }

    /// The reply for an occasion.
    pub(crate) fn phrase(&self, phrase: Phrase, gaps: &[(&str, &[u8])]) -> Reply {
        self.manner().say(phrase, gaps)
    }

    /// [`Session::phrase`] as a step.
    pub(crate) fn say(&self, phrase: Phrase, gaps: &[(&str, &[u8])]) -> Step {
        Step::Say(self.phrase(phrase, gaps))
    }

    /// The reply for a file operation that failed; `path` is the argument as it came.
    pub(crate) fn fail(&self, phrase: Phrase, path: &[u8], error: &StoreError) -> Step {
        let full = self.resolve(path);
        let why = error.to_string();
        let gaps = [("path", path), ("why", why.as_bytes()), ("full", full.as_bytes())];
        let phrase = match error {
            StoreError::NoSpace => Phrase::NoSpace,
            _ => phrase,
        };
        self.say(phrase, &gaps)
    }

    /// The reply for a file operation.
    pub(crate) fn done_or(
        &self,
        result: Result<(), StoreError>,
        path: &[u8],
        done: Phrase,
        failed: Phrase,
    ) -> Step {
        match result {
            Ok(()) => {
                let full = self.resolve(path);
                let quoted = self.quoted(&full);
                let gaps = [("path", path), ("full", full.as_bytes()), ("quoted", &quoted[..])];
                self.say(done, &gaps)
            }
            Err(error) => self.fail(failed, path, &error),
        }
    }

    /// Refuses changes where the set-up wants none.
    pub(crate) fn writable(&self) -> Result<(), StoreError> {
        if self.shared.setup.read_only { Err(StoreError::Denied) } else { Ok(()) }
    }

    /// The absolute path of an argument, without `.`, `..` and doubled slashes.
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

    /// A path as a 257 has it: in quotes, those inside doubled or not as the server does.
    pub(crate) fn quoted(&self, path: &RemotePath) -> Vec<u8> {
        if self.manner().doubles_quotes {
            return crate::ftp::pathname::quoted(path);
        }
        [b"\"", path.as_bytes(), b"\""].concat()
    }

    /// True for an address that is not the client's.
    pub(crate) fn is_foreign(&self, address: SocketAddr) -> bool {
        address.ip().to_canonical() != self.peer.ip().to_canonical()
    }

    /// REST for the transfer that begins now; it counts for one.
    pub(crate) fn take_rest(&mut self) -> u64 {
        if self.manner().rest_sticks { self.rest } else { std::mem::take(&mut self.rest) }
    }

    /// `ASCII` or `BINARY`.
    pub(crate) fn mode_word(&self) -> &'static str {
        if self.text { "ASCII" } else { "BINARY" }
    }

    /// The kind and size of a file, through links.
    pub(crate) fn file_size(&self, path: &RemotePath) -> Result<(Kind, u64), StoreError> {
        self.shared.store.meta(path, true).map(|meta| (meta.kind, meta.size))
    }

    /// Forgets login and settings, as REIN wants.
    pub(crate) fn reset(&mut self) {
        let fresh = Self::new(self.shared.clone(), self.id, self.peer, self.local);
        *self = Self { secure: self.secure, ..fresh };
    }
}
