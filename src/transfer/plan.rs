//! One FXP mode: who listens, with which commands, and who is the TLS client.

use std::net::SocketAddr;

use crate::base::{Word, words};
use crate::ftp::{Command, CommandError, address};

/// Which of the two servers listens for the data connection.
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

words!(Side { Source: "source", Destination: "destination" });

/// How the passive side is asked for its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassiveCommand {
    /// `PASV` (RFC 959).
    Pasv,
    /// `EPSV`, for IPv6 (RFC 2428).
    Epsv,
    /// `CPSV`: like PASV, and the passive side becomes the TLS client.
    Cpsv,
}

words!(PassiveCommand { Pasv: "PASV", Epsv: "EPSV", Cpsv: "CPSV" });

impl PassiveCommand {
    /// The command.
    #[must_use]
    pub fn verb(self) -> &'static str {
        self.word()
    }
}

/// How the active side gets the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortCommand {
    /// `PORT` (RFC 959).
    Port,
    /// `EPRT`, for IPv6 (RFC 2428).
    Eprt,
}

words!(PortCommand { Port: "PORT", Eprt: "EPRT" });

impl PortCommand {
    /// The command.
    #[must_use]
    pub fn verb(self) -> &'static str {
        self.word()
    }
}

/// One FXP mode of a pair of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plan {
    /// Who listens.
    pub passive: PassiveSide,
    /// The command for the passive side.
    pub command: PassiveCommand,
    /// The command for the active side.
    pub port: PortCommand,
    /// True when data is encrypted (PROT P on both sides).
    pub protected: bool,
    /// Which side is made the TLS client by SSCN; `None` without encryption and with CPSV.
    pub sscn: Option<Side>,
    /// True once a file was transferred in this mode: only then is the transfer command sent before
    /// the reply to PORT.
    pub proven: bool,
    /// True when the source supports several commands in one write (transfer rule 13).
    pub pipelined_source: bool,
    /// True when the destination does.
    pub pipelined_destination: bool,
}

impl Plan {
    /// Unencrypted over IPv4, the destination listens; neither server is known to support
    /// pipelining.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            passive: PassiveSide::Destination,
            command: PassiveCommand::Pasv,
            port: PortCommand::Port,
            protected: false,
            sscn: None,
            proven: false,
            pipelined_source: false,
            pipelined_destination: false,
        }
    }

    /// The side that connects.
    #[must_use]
    pub fn active(&self) -> Side {
        self.passive.side().other()
    }

    /// The side that is the TLS client on the data connection; `None` without encryption.
    #[must_use]
    pub fn tls_client(&self) -> Option<Side> {
        match (self.protected, self.command) {
            (false, _) => None,
            (true, PassiveCommand::Cpsv) => Some(self.passive.side()),
            (true, _) => self.sscn,
        }
    }

    /// The side that is the TLS server on the data connection; `None` without encryption.
    #[must_use]
    pub fn tls_server(&self) -> Option<Side> {
        self.tls_client().map(Side::other)
    }

    /// True when only a checksum proves what arrived: a source that is the TLS client loses data
    /// with TLS 1.3, at times with 226 on both sides (docs/servers.md "Secure FXP").
    #[must_use]
    pub fn needs_checksum(&self) -> bool {
        self.tls_client() == Some(Side::Source)
    }

    /// PORT or EPRT with this address; EPRT where PORT cannot express it.
    ///
    /// # Errors
    /// None in practice: an address is always a valid argument.
    pub fn port_command(&self, address: SocketAddr) -> Result<Command, CommandError> {
        match (self.port, address::port_argument(address)) {
            (PortCommand::Port, Some(argument)) => Command::with("PORT", argument),
            _ => Command::with("EPRT", address::eprt_argument(address)),
        }
    }

    /// True when both are the same mode, whether proven and pipelined or not.
    #[must_use]
    pub fn is_same_mode(&self, other: &Self) -> bool {
        let way = |plan: &Self| (plan.passive, plan.command, plan.port, plan.protected, plan.sscn);
        way(self) == way(other)
    }

    /// The mode in words, for the log and the queue: `direct TLS, destination passive`.
    #[must_use]
    pub fn words(&self) -> String {
        let protection = if self.protected { "direct TLS" } else { "direct" };
        let side = match self.passive {
            PassiveSide::Destination => "destination passive",
            PassiveSide::Source => "source passive",
        };
        format!("{protection}, {side}")
    }

    /// The mode in one word for the store, such as `dst+PASV+PORT+sscn-dst`; read back by
    /// [`Plan::parse`].
    #[must_use]
    pub fn code(&self) -> String {
        let passive = short(self.passive.side());
        let (command, port) = (self.command.verb(), self.port.verb());
        let role = match (self.protected, self.sscn) {
            (false, _) => "clear".to_owned(),
            (true, None) => "tls".to_owned(),
            (true, Some(side)) => format!("sscn-{}", short(side)),
        };
        format!("{passive}+{command}+{port}+{role}")
    }

    /// Reads what [`Plan::code`] wrote; `None` for anything else.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let mut parts = code.split('+');
        let (passive, command, port, role) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let passive = match passive {
            "src" => PassiveSide::Source,
            "dst" => PassiveSide::Destination,
            _ => return None,
        };
        let command = [PassiveCommand::Pasv, PassiveCommand::Epsv, PassiveCommand::Cpsv]
            .into_iter()
            .find(|known| known.verb() == command)?;
        let port = [PortCommand::Port, PortCommand::Eprt]
            .into_iter()
            .find(|known| known.verb() == port)?;
        let (protected, sscn) = match role {
            "clear" => (false, None),
            "tls" => (true, None),
            "sscn-src" => (true, Some(Side::Source)),
            "sscn-dst" => (true, Some(Side::Destination)),
            _ => return None,
        };
        Some(Self { passive, command, port, protected, sscn, ..Self::plain() })
    }
}

/// `src` or `dst`.
fn short(side: Side) -> &'static str {
    match side {
        Side::Source => "src",
        Side::Destination => "dst",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        let plans = [
            Plan::plain(),
            Plan { passive: PassiveSide::Source, command: PassiveCommand::Epsv, ..Plan::plain() },
            Plan { protected: true, sscn: Some(Side::Source), ..Plan::plain() },
            Plan {
                command: PassiveCommand::Cpsv,
                port: PortCommand::Eprt,
                protected: true,
                ..Plan::plain()
            },
        ];
        for plan in plans {
            assert_eq!(Plan::parse(&plan.code()), Some(plan), "{}", plan.code());
        }
        assert_eq!(plans[2].code(), "dst+PASV+PORT+sscn-src");
        for bad in ["", "dst", "dst+PASV+PORT+clear+x", "both+PASV+PORT+clear", "dst+LIST+PORT+x"] {
            assert_eq!(Plan::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn tls_roles() {
        let cpsv = Plan { command: PassiveCommand::Cpsv, protected: true, ..Plan::plain() };
        assert_eq!(cpsv.tls_client(), Some(Side::Destination));
        assert!(!cpsv.needs_checksum());
        let flipped = Plan { passive: PassiveSide::Source, ..cpsv };
        assert!(flipped.needs_checksum() && flipped.tls_server() == Some(Side::Destination));
        assert_eq!(Plan::plain().tls_client(), None);
    }
}
