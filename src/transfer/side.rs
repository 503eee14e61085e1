//! The two servers of a transfer, and which of them listens.

use crate::base::words;

/// Which of the two servers listened for the data connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassiveSide {
    /// The source.
    Source,
    /// The destination.
    Destination,
}

words!(PassiveSide { Source: "src", Destination: "dst" });

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

words!(Side { Source: "source", Destination: "destination" });

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            Self::Destination => Self::Source,
        }
    }
}
