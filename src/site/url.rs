//! FTP URLs: `ftp://user:password@host:port/path;type=i`.
//!
//! | scheme | control connection |
//! |---|---|
//! | `ftp` | TLS if the server offers it |
//! | `ftpes` | explicit TLS (`AUTH TLS`) or nothing |
//! | `ftps` | implicit TLS, port 990 |
//!
//! Choices that users should know:
//!
//! * The path is **absolute**: `ftp://host/pub/a` is `/pub/a`, whatever directory the login leads
//!   to. (RFC 1738 section 3.2.2 says relative and `%2F` for absolute; `//pub` and `/%2Fpub` are
//!   therefore understood as `/pub` too.) Without any path, `ftp://host`, it is the directory
//!   that the login leads to.
//! * Percent-decoding gives raw bytes, not text. `?` and `#` have no meaning of their own, because
//!   they do occur in file names.
//! * `;type=a|i|d` (RFC 1738) or `@type=a|i` (seed 002) at the end is the transfer type. A name
//!   that really ends so has its `;` or `@` written as `%3B` or `%40`.
//! * The password may be in the `<xor>` form, see [`crate::site::obscured`].

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use crate::base::{RemotePath, text};
use crate::site::obscured::{self, ObscuredError};
use crate::site::{PasswordRef, Security, Site};

/// The transfer type at the end of a URL (RFC 1738 section 3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferType {
    /// `a`: text, line ends are converted.
    Text,
    /// `i`: binary, bytes as they are.
    Binary,
    /// `d`: the names in a directory.
    Directory,
}

/// Why a URL is wrong. Never repeats a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another protocol.
    #[error(
        "“{}://” is not a protocol of this program; use ftp:// (TLS if offered), ftpes:// \
         (explicit TLS) or ftps:// (implicit TLS)",
        text::visible_str(.0)
    )]
    Scheme(String),
    /// `ftp:///path`.
    #[error("the URL names no host; write ftp://HOST/PATH")]
    NoHost,
    /// The host has characters that no host name has.
    #[error(
        "“{}” is no host name or address; an IPv6 address stands in brackets, as in \
         ftp://[2001:db8::1]/",
        text::visible_str(.0)
    )]
    Host(String),
    /// The port is no number from 1 to 65535.
    #[error("“{}” is no port; a port is a number from 1 to 65535", text::visible_str(.0))]
    Port(String),
    /// A `%` without two hexadecimal digits after it.
    #[error("the {0} of the URL has a % without two hexadecimal digits; write %25 for a % sign")]
    Escape(&'static str),
    /// User or password are not UTF-8, or have control characters.
    #[error("the {0} of the URL is not text: it must be UTF-8 without control characters")]
    NotText(&'static str),
    /// A path with a carriage return, line feed or NUL, which no command can carry.
    #[error("the path of the URL has a line break or a NUL in it, which FTP cannot carry")]
    UnusablePath,
    /// A `/` in the login, where it ends the host.
    #[error("the login of the URL has a “/” in it; write %2F for it")]
    SlashInLogin,
    /// An unknown transfer type.
    #[error(
        "“{}” is no transfer type; use ;type=i (binary), ;type=a (text) or ;type=d (names of a \
         directory), and write ;type as %3Btype where it is part of a name",
        text::visible_str(.0)
    )]
    Type(String),
    /// A damaged `<xor>` password.
    #[error(transparent)]
    Obscured(#[from] ObscuredError),
}

/// What a URL says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// The server; nameless, and with the password of the URL as [`PasswordRef::Plain`].
    pub site: Site,
    /// The path, absolute; empty for the directory that the login leads to.
    pub path: RemotePath,
    /// The transfer type, when the URL tells one.
    pub transfer_type: Option<TransferType>,
}

/// Reads a URL; `None` when the text is none, having no `://` after its first word.
///
/// # Errors
/// [`UrlError`], when it is one, but wrong.
pub fn parse(text: &[u8]) -> Option<Result<Url, UrlError>> {
    let at = text.windows(3).position(|w| w == b"://")?;
    let (scheme, rest) = (&text[..at], &text[at + 3..]);
    // `./a://b` and `site:/a://b` are paths in which `://` happens to occur
    let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
    is_scheme.then(|| parse_after(scheme, rest))
}

fn parse_after(scheme: &[u8], rest: &[u8]) -> Result<Url, UrlError> {
    let security = match scheme.to_ascii_lowercase().as_slice() {
        b"ftp" => Security::Auto,
        b"ftpes" => Security::Explicit,
        b"ftps" => Security::Implicit,
        _ => return Err(UrlError::Scheme(lossy(scheme))),
    };
    let (authority, path) = match rest.iter().position(|&b| b == b'/') {
        Some(at) => rest.split_at(at),
        None => (rest, &b""[..]),
    };
    let (login, address) = match authority.iter().rposition(|&b| b == b'@') {
        Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
        None => (None, authority),
    };
    let (host, port) = match parse_address(address) {
        // what stands before the `/` is then the beginning of a login, and is not repeated
        Err(_) if login.is_none() && address.contains(&b':') && path.contains(&b'@') => {
            return Err(UrlError::SlashInLogin);
        }
        parsed => parsed?,
    };
    let (path, transfer_type) = split_type(path)?;

    let mut site = Site::new(host);
    site.port = port;
    site.security = security;
    if let Some(login) = login {
        (site.user, site.password) = parse_login(login)?;
    }
    Ok(Url { site, path: parse_path(path)?, transfer_type })
}

/// `host`, `host:port`, `[v6]:port`.
fn parse_address(address: &[u8]) -> Result<(String, Option<u16>), UrlError> {
    let bad_host = || UrlError::Host(lossy(address));
    if let Some(inner) = address.strip_prefix(b"[") {
        let close = inner.iter().position(|&b| b == b']').ok_or_else(bad_host)?;
        let host = decode(&inner[..close], "host")?;
        let host = String::from_utf8(host).map_err(|_| bad_host())?;
        // the zone of a link-local address is the system's business (RFC 6874)
        let (ip, zone) = host.split_once('%').unwrap_or((&host, "eth0"));
        if ip.parse::<Ipv6Addr>().is_err() || !is_host_name(zone) {
            return Err(bad_host());
        }
        let port = match inner[close + 1..].split_first() {
            None => None,
            Some((b':', port)) => parse_port(port)?,
            Some(_) => return Err(bad_host()),
        };
        return Ok((host, port));
    }
    let (host, port) = match address.iter().position(|&b| b == b':') {
        Some(at) if address[at + 1..].contains(&b':') => return Err(bad_host()),
        Some(at) => (&address[..at], parse_port(&address[at + 1..])?),
        None => (address, None),
    };
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    let host = String::from_utf8(decode(host, "host")?).map_err(|_| bad_host())?;
    if is_host_name(&host) { Ok((host, port)) } else { Err(bad_host()) }
}

/// A text with stars for the passwords of all URLs in it, for messages that repeat what was typed.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("//") {
        let (before, after) = rest.split_at(at + 2);
        masked.push_str(before);
        rest = after;
        let word = after.find(char::is_whitespace).map_or(after, |end| &after[..end]);
        // a password may itself have unescaped signs in it: up to the last @ of the word
        if let (Some(colon), Some(end)) = (word.find(':'), word.rfind('@'))
            && colon < end
        {
            masked.push_str(&after[..=colon]);
            masked.push_str("****");
            rest = &after[end..];
        }
    }
    masked.push_str(rest);
    masked
}

/// True for what a resolver may be asked for: letters of any script, digits, `-`, `.`, `_`.
#[must_use]
pub fn is_host_name(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || "-._".contains(c))
}

fn parse_port(digits: &[u8]) -> Result<Option<u16>, UrlError> {
    if digits.is_empty() {
        return Ok(None);
    }
    let port = str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|&port| port != 0);
    port.map(Some).ok_or_else(|| UrlError::Port(lossy(digits)))
}

fn parse_login(login: &[u8]) -> Result<(Option<String>, PasswordRef), UrlError> {
    let (user, password) = match login.iter().position(|&b| b == b':') {
        Some(at) => (&login[..at], Some(&login[at + 1..])),
        None => (login, None),
    };
    let user = Some(decode_text(user, "user")?).filter(|user| !user.is_empty());
    let password = match password {
        None => PasswordRef::Ask,
        Some(password) => {
            let password = zeroize::Zeroizing::new(decode_text(password, "password")?);
            PasswordRef::Plain(obscured::password(&password)?)
        }
    };
    Ok((user, password))
}

/// Cuts `;type=x` or `@type=x` off the end of a path that is still encoded.
fn split_type(path: &[u8]) -> Result<(&[u8], Option<TransferType>), UrlError> {
    let name_at = path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1);
    let mark = path[name_at..]
        .windows(6)
        .rposition(|w| matches!(w[0], b';' | b'@') && w[1..].eq_ignore_ascii_case(b"type="));
    let Some(mark) = mark.map(|at| name_at + at) else { return Ok((path, None)) };
    let by_rfc = path[mark] == b';';
    let value = &path[mark + 6..];
    let transfer_type = match value.to_ascii_lowercase().as_slice() {
        b"a" => TransferType::Text,
        b"i" => TransferType::Binary,
        b"d" if by_rfc => TransferType::Directory,
        _ => return Err(UrlError::Type(lossy(value))),
    };
    Ok((&path[..mark], Some(transfer_type)))
}

fn parse_path(path: &[u8]) -> Result<RemotePath, UrlError> {
    let mut bytes = decode(path, "path")?;
    if bytes.starts_with(b"//") {
        bytes.remove(0);
    }
    if bytes.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(UrlError::UnusablePath);
    }
    Ok(RemotePath::new(bytes))
}

fn decode_text(part: &[u8], what: &'static str) -> Result<String, UrlError> {
    let decoded = String::from_utf8(decode(part, what)?).map_err(|_| UrlError::NotText(what))?;
    if decoded.chars().any(char::is_control) { Err(UrlError::NotText(what)) } else { Ok(decoded) }
}

fn decode(part: &[u8], what: &'static str) -> Result<Vec<u8>, UrlError> {
    let mut decoded = Vec::with_capacity(part.len());
    let mut rest = part.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|&b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(UrlError::Escape(what));
        };
        decoded.extend(u8::try_from(high << 4 | low));
    }
    Ok(decoded)
}

/// Writes a URL without its password; see [`crate::site::Location::to_url`].
pub(crate) fn format(site: &Site, path: &RemotePath) -> Option<String> {
    let scheme = match site.security {
        Security::Auto => "ftp",
        Security::Explicit => "ftpes",
        Security::Implicit => "ftps",
        Security::None => return None,
    };
    if !(path.as_bytes().is_empty() || path.is_absolute()) || path.as_bytes().starts_with(b"//") {
        return None;
    }
    let mut url = format!("{scheme}://");
    if let Some(user) = &site.user {
        encode(&mut url, user.as_bytes(), b"");
        url.push('@');
    }
    if site.host().contains(':') {
        url.push('[');
        encode(&mut url, site.host().as_bytes(), b":");
        url.push(']');
    } else {
        encode(&mut url, site.host().as_bytes(), b"");
    }
    if let Some(port) = site.port {
        url.push(':');
        url.push_str(&port.to_string());
    }
    encode(&mut url, path.as_bytes(), b"/");
    Some(url)
}

/// Everything but unreserved characters (RFC 3986 section 2.3) and `keep` is percent-encoded.
fn encode(url: &mut String, bytes: &[u8], keep: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            url.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
