//! Addresses of data connections: PASV and EPSV replies, PORT and EPRT arguments.
//!
//! RFC 959 section 4.1.2, RFC 2428; quirks 15 to 20.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::ftp::Reply;

/// The address that a passive server announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// The IP address; `None` in an EPSV reply and in the short form of glftpd, which contain only
    /// the port.
    pub ip: Option<IpAddr>,
    /// The port; never 0.
    pub port: u16,
}

/// Parses the reply to PASV, EPSV or CPSV.
///
/// Either form is accepted for either command (quirk 15). `None` if the text contains no address.
#[must_use]
pub fn parse_passive(reply: &Reply) -> Option<Announced> {
    if !reply.is_completion() {
        return None;
    }
    let text = reply.text();
    let extended = || parse_epsv(text);
    let classic = || parse_pasv(text);
    if reply.code == 229 { extended().or_else(classic) } else { classic().or_else(extended) }
}

/// Six comma-separated numbers up to 255, anywhere in the text (quirk 17); or glftpd's `(1,p1,p2)`
/// (quirk 18).
fn parse_pasv(text: &[u8]) -> Option<Announced> {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_digit() || (at > 0 && text[at - 1].is_ascii_digit()) {
            at += 1;
            continue;
        }
        let numbers = comma_numbers(&text[at..]);
        if let [a, b, c, d, p1, p2] = numbers[..] {
            let port = u16::from(p1) << 8 | u16::from(p2);
            let ip = IpAddr::V4(Ipv4Addr::new(a, b, c, d));
            return (port != 0).then_some(Announced { ip: Some(ip), port });
        }
        if let ([1, p1, p2], true) = (&numbers[..], at > 0 && text[at - 1] == b'(') {
            let port = u16::from(*p1) << 8 | u16::from(*p2);
            return (port != 0).then_some(Announced { ip: None, port });
        }
        at += 1;
    }
    None
}

/// The comma-separated numbers at the start of the text; spaces may follow the commas.
fn comma_numbers(mut text: &[u8]) -> Vec<u8> {
    let mut numbers = Vec::new();
    loop {
        let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
        let Some(number) =
            std::str::from_utf8(&text[..digits.min(4)]).ok().and_then(|digits| digits.parse().ok())
        else {
            return numbers;
        };
        numbers.push(number);
        text = text[digits..].trim_ascii_start();
        match text.split_first() {
            Some((b',', rest)) if numbers.len() < 7 => text = rest.trim_ascii_start(),
            _ => return numbers,
        }
    }
}

/// `(<d><d><d>port<d>)` with any delimiter (quirk 16), or `(<d>proto<d>address<d>port<d>)` as CEPR
/// servers reply.
fn parse_epsv(text: &[u8]) -> Option<Announced> {
    let open = text.iter().position(|&b| b == b'(')?;
    let delimiter = *text.get(open + 1)?;
    if delimiter.is_ascii_digit() {
        return None;
    }
    let mut fields = text[open + 2..].split(|&b| b == delimiter);
    let _protocol = fields.next()?;
    let address = std::str::from_utf8(fields.next()?).ok()?;
    let port = std::str::from_utf8(fields.next()?).ok()?.trim().parse().ok().filter(|&p| p != 0)?;
    Some(Announced { ip: address.parse().ok(), port })
}

/// The argument of PORT: `h1,h2,h3,h4,p1,p2`. `None` for an IPv6 address, which PORT cannot
/// express.
#[must_use]
pub fn port_argument(address: SocketAddr) -> Option<String> {
    let IpAddr::V4(ip) = address.ip().to_canonical() else { return None };
    let [a, b, c, d] = ip.octets();
    let [p1, p2] = address.port().to_be_bytes();
    Some(format!("{a},{b},{c},{d},{p1},{p2}"))
}

/// The argument of EPRT: `|1|192.0.2.1|2121|` (RFC 2428 section 2).
#[must_use]
pub fn eprt_argument(address: SocketAddr) -> String {
    let ip = address.ip().to_canonical();
    let family = if ip.is_ipv4() { 1 } else { 2 };
    format!("|{family}|{ip}|{}|", address.port())
}

/// Parses the argument of PORT, for the server side.
#[must_use]
pub fn parse_port_argument(text: &[u8]) -> Option<SocketAddr> {
    match comma_numbers(text.trim_ascii())[..] {
        [a, b, c, d, p1, p2] => {
            let port = u16::from(p1) << 8 | u16::from(p2);
            (port != 0).then_some(SocketAddr::from(([a, b, c, d], port)))
        }
        _ => None,
    }
}

/// Parses the argument of EPRT, for the server side.
#[must_use]
pub fn parse_eprt_argument(text: &[u8]) -> Option<SocketAddr> {
    let (&delimiter, rest) = text.trim_ascii().split_first()?;
    let mut fields = rest.split(|&b| b == delimiter).map(std::str::from_utf8);
    let family = fields.next()?.ok()?;
    let ip: IpAddr = fields.next()?.ok()?.parse().ok()?;
    let port: u16 = fields.next()?.ok()?.parse().ok()?;
    (port != 0 && family == if ip.is_ipv4() { "1" } else { "2" })
        .then_some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passive(code: u16, text: &str) -> Option<(Option<String>, u16)> {
        parse_passive(&Reply::new(code, text))
            .map(|found| (found.ip.map(|ip| ip.to_string()), found.port))
    }

    #[test]
    fn pasv_replies_in_every_style() {
        let expected = Some((Some("127.0.0.1".to_owned()), 51_657));
        for text in [
            "Entering Passive Mode (127,0,0,1,201,201).",
            "Entering Passive Mode 127,0,0,1,201,201",
            "=127,0,0,1,201,201",
            "Passive Mode (127, 0, 0, 1, 201, 201)",
            "21 Nov 2026 12:00 (127,0,0,1,201,201)",
        ] {
            assert_eq!(passive(227, text), expected, "{text}");
        }
        assert_eq!(passive(227, "ok (1,201,201)"), Some((None, 51_657)));
        for text in ["(127,0,0,1,256,1)", "(127,0,0,1,0,0)", "(1,2,3)x", "", "(300,0,0,1,2,3)"] {
            assert_ne!(passive(227, text), expected, "{text}");
        }
        assert_eq!(passive(227, "(127,0,0,1,0,0)"), None);
        assert_eq!(passive(425, "(127,0,0,1,201,201)"), None);
    }

    #[test]
    fn epsv_replies_in_every_style() {
        for text in ["Extended (|||6446|)", "ok (!!!6446!)", "(|2||6446|)"] {
            assert_eq!(passive(229, text), Some((None, 6446)), "{text}");
        }
        assert_eq!(passive(229, "(|1|192.0.2.1|6446|)").unwrap().0.unwrap(), "192.0.2.1");
        assert_eq!(passive(229, "ok (127,0,0,1,201,201)").unwrap().1, 51_657);
        assert_eq!(passive(227, "ok (|||6446|)").unwrap().1, 6446);
        assert_eq!(passive(229, "(|||0|)"), None);
        assert_eq!(passive(229, "(|||66000|)"), None);
    }

    #[test]
    fn port_and_eprt_arguments_round_trip() {
        for text in ["192.0.2.7:2121", "[2001:db8::1]:65000"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(parse_eprt_argument(eprt_argument(address).as_bytes()), Some(address));
            if let Some(argument) = port_argument(address) {
                assert_eq!(parse_port_argument(argument.as_bytes()), Some(address));
            }
        }
        let mapped: SocketAddr = "[::ffff:192.0.2.7]:21".parse().unwrap();
        assert_eq!(port_argument(mapped).as_deref(), Some("192,0,2,7,0,21"));
        assert_eq!(parse_eprt_argument(b"|2|192.0.2.1|21|"), None);
        assert_eq!(parse_port_argument(b"1,2,3,4,5"), None);
    }

    proptest::proptest! {
        #[test]
        fn parsers_never_panic(text: String) {
            let _ = passive(227, &text);
            let _ = passive(229, &text);
            let _ = parse_eprt_argument(text.as_bytes());
            let _ = parse_port_argument(text.as_bytes());
        }
    }
}
