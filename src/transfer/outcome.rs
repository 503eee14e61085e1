//! The result of a transfer.

use crate::base::{RemotePath, words};
use crate::ftp::address::Announced;
use crate::ftp::{Algorithm, Digests, Reply, TimeSetter};
use crate::transfer::fault::Fault;
use crate::transfer::plan::{Plan, Side};

/// How good the proof is that the target equals the source (transfer rule 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The checksums of both sides agree.
    Verified,
    /// Both sides ended well and the sizes agree.
    Complete,
    /// Both sides ended well, and the size could not be checked.
    Unverified,
    /// The file did not arrive, or not completely.
    Failed,
}

words!(Verdict {
    Verified: "verified",
    Complete: "complete",
    Unverified: "unverified",
    Failed: "failed"
});

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Evidence {
    /// The servers' replies alone, or nothing at all.
    #[default]
    None,
    /// The sizes of both files.
    Size,
    /// The checksums of both files.
    Checksum(Algorithm),
}

words!(Evidence {
    Checksum(Algorithm::Sha512): "sha512",
    Checksum(Algorithm::Sha256): "sha256",
    Checksum(Algorithm::Sha1): "sha1",
    Checksum(Algorithm::Md5): "md5",
    Checksum(Algorithm::Crc32): "crc32",
    Size: "size",
    None: "none",
});

/// Which way the data took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// Directly from server to server (FXP).
    Direct,
    /// From server to server through this machine.
    Relay,
    /// From a server to this machine.
    Download,
    /// From this machine to a server.
    Upload,
}

words!(Via { Direct: "direct", Relay: "relay", Download: "download", Upload: "upload" });

/// How one transfer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Which way the data took, or would have taken.
    pub via: Via,
    /// The FXP mode that was used, for [`Via::Direct`].
    pub plan: Option<Plan>,
    /// True when all data connections were encrypted; `None` when there were none.
    pub protected: Option<bool>,
    /// What is known of the target.
    pub verdict: Verdict,
    /// Why it failed; `None` unless the verdict is [`Verdict::Failed`].
    pub fault: Option<Fault>,
    /// Something unexpected about a transfer that is complete.
    pub warning: Option<String>,
    /// Bytes at the target as far as known.
    pub bytes: u64,
    /// What a failed attempt left at the destination, when it could not be deleted at once: it is
    /// provably ours and may be deleted on another session.
    pub leftover: Option<RemotePath>,
    /// True when the temporary file was left for a later attempt to resume
    /// ([`super::Order::keep`]).
    pub kept: bool,
    /// The name of the old target when it was renamed aside and the result is unknown: it has to be
    /// renamed back where the target is missing, and deleted where the new file is there.
    pub displaced: Option<RemotePath>,
    /// True for a resumed file that arrived, and that is neither proven nor has its final name.
    pub unproven: bool,
    /// The new file's temporary name, when it arrived and could not get its final one, and the old
    /// file is not proven to stand: it must not be deleted before that.
    pub stranded: Option<RemotePath>,
    /// The destination's port for the next file, announced already (transfer rule 13).
    pub next_passive: Option<Announced>,
    /// Sessions whose pending replies are unknown: they must be closed.
    pub poisoned: Vec<Side>,
    /// Sides that answered out of turn: from now on they get one command at a time.
    pub out_of_turn: Vec<Side>,
    /// The algorithm of the checksum that agreed, for [`Verdict::Verified`].
    pub digest: Option<Algorithm>,
    /// The refusal of the destination to set the time.
    pub time_refusal: Option<Reply>,
    /// The refusal of the destination to set the permissions.
    pub mode_refusal: Option<Reply>,
    /// The commands for setting times that the destination has not refused, for its session.
    pub time_setters: Option<Vec<TimeSetter>>,
    /// What was found out about the checksums of source and destination, for their sessions.
    pub digests: Option<Box<(Digests, Digests)>>,
}

impl Outcome {
    /// An outcome without further details.
    #[must_use]
    pub fn new(via: Via, verdict: Verdict, bytes: u64) -> Self {
        Self {
            via,
            plan: None,
            protected: None,
            verdict,
            fault: None,
            warning: None,
            bytes,
            leftover: None,
            kept: false,
            displaced: None,
            unproven: false,
            stranded: None,
            next_passive: None,
            poisoned: Vec::new(),
            out_of_turn: Vec::new(),
            digest: None,
            time_refusal: None,
            mode_refusal: None,
            time_setters: None,
            digests: None,
        }
    }

    /// All bytes arrived; `confirmed` is true when the other side reports the same size.
    #[must_use]
    pub fn arrived(via: Via, bytes: u64, confirmed: bool) -> Self {
        let verdict = if confirmed { Verdict::Complete } else { Verdict::Unverified };
        Self::new(via, verdict, bytes)
    }

    /// The file did not arrive.
    #[must_use]
    pub fn failed(via: Via, fault: Fault, bytes: u64) -> Self {
        Self { fault: Some(fault), ..Self::new(via, Verdict::Failed, bytes) }
    }

    /// What the verdict rests on.
    #[must_use]
    pub fn verified(&self) -> Evidence {
        match (self.verdict, self.digest) {
            (Verdict::Verified, Some(algorithm)) => Evidence::Checksum(algorithm),
            (Verdict::Complete, _) => Evidence::Size,
            _ => Evidence::None,
        }
    }
}
