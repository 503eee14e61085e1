//! Which address one server is given to connect to the other (docs/transfer-rules.md "Addresses").

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use crate::ftp::address::Announced;

/// Ports below are refused: they belong to other services.
const LOWEST_PORT: u16 = 1024;

/// What is known of the passive server's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRule {
    /// Name of the passive site, for messages.
    pub site: String,
    /// Its address as this machine reaches it.
    pub peer: IpAddr,
    /// The other server's address as this machine reaches it.
    pub other: IpAddr,
    /// `fxp_address` of the site: replaces whatever was announced.
    pub replacement: Option<IpAddr>,
    /// `fxp_allow_addresses` of the site: announced addresses that are trusted.
    pub allowed: Vec<Network>,
}

/// An address or a network of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why no address can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The announced address is not the server's own.
    #[error("{site} announces {announced}, which is another machine than {peer}")]
    Elsewhere {
        /// The passive site.
        site: String,
        /// What it announced.
        announced: IpAddr,
        /// Where we reach it.
        peer: IpAddr,
    },
    /// The port belongs to another service.
    #[error("{site} announces port {port}, which is reserved for other services")]
    LowPort {
        /// The passive site.
        site: String,
        /// What it announced.
        port: u16,
    },
    /// The setting names a host that cannot be found.
    #[error("fxp_address of {site} is {host}, which cannot be found: {why}")]
    Unresolved {
        /// The passive site.
        site: String,
        /// The setting.
        host: String,
        /// The system's reason.
        why: String,
    },
    /// We reach the server through a tunnel, so our address for it means nothing to the other.
    #[error(
        "{site} is reached through {peer} on this machine, which the other server cannot reach"
    )]
    Loopback {
        /// The passive site.
        site: String,
        /// Where we reach it.
        peer: IpAddr,
    },
    /// Only the proxy knows the address of the server.
    #[error("{site} is reached through a proxy, and its address is not known here")]
    Unknown {
        /// The passive site.
        site: String,
    },
}

impl AddressError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Elsewhere { site, announced, .. } => format!(
                "if {announced} belongs to {site}, add it to fxp_allow_addresses of the site"
            ),
            Self::Unresolved { site, .. } => {
                format!("set fxp_address of {site} to an address or a host name that exists")
            }
            Self::LowPort { site, .. } => {
                format!("configure {site} to use passive ports above 1023")
            }
            Self::Loopback { site, .. } | Self::Unknown { site } => {
                format!("set fxp_address of {site} to an address that the other server can reach")
            }
        }
    }
}

impl Network {
    /// Reads `192.0.2.1` or `192.0.2.0/24`. `None` when it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(widest), |bits| bits.trim().parse().ok())?;
        (bits <= widest).then_some(Self { address, bits })
    }

    /// The network that is this one address.
    #[must_use]
    pub fn single(address: IpAddr) -> Self {
        Self { address, bits: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// True when the address lies in the network.
    #[must_use]
    pub fn contains(&self, other: IpAddr) -> bool {
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, true),
            IpAddr::V6(ip) => (u128::from(ip), false),
        };
        let ((ours, v4), (theirs, other_v4)) = (bits(self.address), bits(other));
        let shift = 128 - u32::from(self.bits);
        v4 == other_v4
            && ours.checked_shr(shift).unwrap_or(0) == theirs.checked_shr(shift).unwrap_or(0)
    }
}

impl AddressRule {
    /// The address that the active server connects to.
    ///
    /// The announced port at the address of the passive server's control connection, whatever
    /// address was announced; exceptions are settings of the site.
    ///
    /// # Errors
    /// [`AddressError`]: the announced address is not trusted.
    pub fn meeting_point(&self, announced: Announced) -> Result<SocketAddr, AddressError> {
        let site = || self.site.clone();
        if announced.port < LOWEST_PORT {
            return Err(AddressError::LowPort { site: site(), port: announced.port });
        }
        if let Some(replacement) = self.replacement {
            return Ok(SocketAddr::new(replacement, announced.port));
        }
        if let Some(ip) = announced.ip.filter(|ip| *ip != self.peer) {
            if self.allowed.iter().any(|network| network.contains(ip)) {
                return Ok(SocketAddr::new(ip, announced.port));
            }
            if is_public(ip) {
                return Err(AddressError::Elsewhere {
                    site: site(),
                    announced: ip,
                    peer: self.peer,
                });
            }
        }
        if self.peer.is_unspecified() {
            return Err(AddressError::Unknown { site: site() });
        }
        if self.peer.is_loopback() && !self.other.is_loopback() {
            return Err(AddressError::Loopback { site: site(), peer: self.peer });
        }
        Ok(SocketAddr::new(self.peer, announced.port))
    }
}

/// True for public addresses: a server that announces one of them means it, while private ones come
/// from behind a NAT (quirk 19).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && (ip.octets()[1] & 0xc0) == 64;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_broadcast()
                || shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(peer: &str, other: &str) -> AddressRule {
        AddressRule {
            site: "nas".to_owned(),
            peer: peer.parse().unwrap(),
            other: other.parse().unwrap(),
            replacement: None,
            allowed: Vec::new(),
        }
    }

    fn announced(ip: &str) -> Announced {
        Announced { ip: ip.parse().ok(), port: 50_000 }
    }

    #[test]
    fn the_control_connection_decides() {
        let rule = rule("198.51.100.7", "203.0.113.1");
        for ip in ["10.0.0.5", "0.0.0.0", "127.0.0.1", "198.51.100.7", "none", "100.64.0.1"] {
            let found = rule.meeting_point(announced(ip)).unwrap();
            assert_eq!(found.to_string(), "198.51.100.7:50000", "{ip}");
        }
    }

    #[test]
    fn a_public_address_of_another_machine_is_refused_unless_allowed() {
        let mut rule = rule("198.51.100.7", "203.0.113.1");
        let error = rule.meeting_point(announced("192.0.2.9")).unwrap_err();
        assert!(matches!(error, AddressError::Elsewhere { .. }));
        assert!(error.remedy().contains("fxp_allow_addresses"));
        rule.allowed = vec![Network::parse("192.0.2.0/24").unwrap()];
        assert_eq!(
            rule.meeting_point(announced("192.0.2.9")).unwrap().to_string(),
            "192.0.2.9:50000"
        );
        rule.replacement = Some("192.0.2.200".parse().unwrap());
        assert_eq!(
            rule.meeting_point(announced("8.8.8.8")).unwrap().to_string(),
            "192.0.2.200:50000"
        );
    }

    #[test]
    fn tunnels_and_low_ports_are_refused() {
        let tunnel = rule("127.0.0.1", "203.0.113.1");
        assert!(matches!(
            tunnel.meeting_point(announced("127.0.0.1")),
            Err(AddressError::Loopback { .. })
        ));
        let both = rule("127.0.0.2", "127.0.0.5");
        assert!(both.meeting_point(announced("127.0.0.2")).is_ok());
        let low = Announced { ip: None, port: 21 };
        assert!(matches!(both.meeting_point(low), Err(AddressError::LowPort { .. })));
    }

    #[test]
    fn networks() {
        let all = Network::parse("0.0.0.0/0").unwrap();
        assert!(all.contains("8.8.8.8".parse().unwrap()));
        assert!(!all.contains("::1".parse().unwrap()));
        let one = Network::parse("2001:db8::1").unwrap();
        assert!(one.contains("2001:db8::1".parse().unwrap()));
        assert!(!one.contains("2001:db8::2".parse().unwrap()));
        for bad in ["", "x", "1.2.3.4/33", "1.2.3.4/x", "::/129"] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
