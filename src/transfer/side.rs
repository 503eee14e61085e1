//! The two servers of a transfer, and which of them listens.

use serde::{Deserialize, Serialize};

/// Which of the two servers listened for the data connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PassiveSide {
    /// The source.
    #[serde(rename = "src")]
    Source,
    /// The destination.
    #[serde(rename = "dst")]
    Destination,
}

impl PassiveSide {
    /// The listening server.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Source => Side::Source,
            Self::Destination => Side::Destination,
        }
    }
}

/// One of the two servers of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Where the file comes from.
    Source,
    /// Where it goes.
    Destination,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            Self::Destination => Self::Source,
        }
    }

    /// `source` or `destination`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}
