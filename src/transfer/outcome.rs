//! What is known of a file after its transfer.

use crate::base::{RemotePath, words};
use crate::ftp::address::Announced;
use crate::ftp::{Algorithm, Digests, Reply, TimeSetter};
use crate::transfer::fault::Fault;
use crate::transfer::side::Side;

/// How good the proof is that the target equals the source (transfer rule 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Digests of both sides agree.
    Verified,
    /// Both sides ended well and the sizes agree.
    Complete,
    /// Both sides ended well, and nobody could be asked for a size.
    Unverified,
    /// The file did not arrive, or not whole.
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
    /// Straight from server to server (FXP).
    Direct,
    /// Through this machine, because the servers will not talk to each other.
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
    /// What is known of the target.
    pub verdict: Verdict,
    /// Why it failed; `None` unless the verdict is [`Verdict::Failed`].
    pub fault: Option<Fault>,
    /// Something odd about a transfer that is complete all the same.
    pub warning: Option<String>,
    /// Bytes at the target as far as known.
    pub bytes: u64,
    /// What a failed try left at the destination, when it could not be deleted in place: it is
    /// provably ours and may be deleted on another session.
    pub leftover: Option<RemotePath>,
    /// True when the temporary file was left for a later try to go on ([`super::Order::keep`]).
    pub kept: bool,
    /// The old target's name when it was renamed aside and nobody could say what became of it: it
    /// has to be renamed back where the target is missing, and deleted where the new file is there.
    pub displaced: Option<RemotePath>,
    /// The destination's port for the next file, announced already (transfer rule 13).
    pub next_passive: Option<Announced>,
    /// Sessions whose pending replies are unknown: to be dropped.
    pub condemned: Vec<Side>,
    /// Sides that answered out of turn: to be driven one command at a time from now on.
    pub surprised: Vec<Side>,
    /// Which digest agreed on both sides, for [`Verdict::Verified`].
    pub digest: Option<Algorithm>,
    /// Why the target did not get its time, where the destination was asked to set it.
    pub time_refusal: Option<Reply>,
    /// Why the target did not get its permissions, where the destination was asked to set them.
    pub mode_refusal: Option<Reply>,
    /// The ways of setting times that the destination has not refused, for its session.
    pub time_setters: Option<Vec<TimeSetter>>,
    /// What was found out about the digests of source and destination, for their sessions.
    pub digests: Option<Box<(Digests, Digests)>>,
}

impl Outcome {
    /// An ending of which nothing more is known.
    #[must_use]
    pub fn new(verdict: Verdict, bytes: u64) -> Self {
        Self {
            verdict,
            fault: None,
            warning: None,
            bytes,
            leftover: None,
            kept: false,
            displaced: None,
            next_passive: None,
            condemned: Vec::new(),
            surprised: Vec::new(),
            digest: None,
            time_refusal: None,
            mode_refusal: None,
            time_setters: None,
            digests: None,
        }
    }

    /// It did not arrive.
    #[must_use]
    pub fn failed(fault: Fault, bytes: u64) -> Self {
        Self { fault: Some(fault), ..Self::new(Verdict::Failed, bytes) }
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
