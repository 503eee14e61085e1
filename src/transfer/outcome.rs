//! What is known of a file after its transfer.

use serde::Serialize;

/// How good the proof is that the target equals the source (design rule 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
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

/// Which way the data took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
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

/// Which of the two servers listened for the data connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum PassiveSide {
    /// The source.
    #[serde(rename = "src")]
    Source,
    /// The destination.
    #[serde(rename = "dst")]
    Destination,
}
