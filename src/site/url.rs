//! FTP URLs: `ftp://user:password@host:port/path;type=i`.
//!
//! | scheme | control connection |
//! |---|---|
//! | `ftp` | TLS if the server offers it |
//! | `ftpes` | explicit TLS (`AUTH TLS`), required |
//! | `ftps` | implicit TLS, port 990 |
//!
//! Design decisions:
//!
//! * The path is **absolute**: `ftp://host/pub/a` is `/pub/a`, regardless of the login directory.
//!   (In RFC 1738 section 3.2.2, paths are relative and `%2F` makes them absolute; `//pub` and
//!   `/%2Fpub` are therefore accepted as `/pub` too.) Without a path, as in `ftp://host`, it is the
//!   login directory.
//! * Percent-decoding gives raw bytes, not text. `?` and `#` have no special meaning, because they
//!   occur in file names.
//! * `;type=a|i|d` (RFC 1738) or `@type=a|i` at the end is the transfer type. In a name that ends
//!   like this, write `;` or `@` as `%3B` or `%40`.
//! * The password may be in the `<xor>` form, see [`crate::site::obscured`].

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use crate::base::{RemotePath, text};
use crate::site::obscured::{self, ObscuredError};
use crate::site::{PasswordRef, Security, Site};

/// The transfer type at the end of a URL (RFC 1738 section 3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferType {
    /// `a`: text; line endings are converted.
    Text,
    /// `i`: binary; bytes are not changed.
    Binary,
    /// `d`: the names in a directory.
    Directory,
}

/// Why a URL is not valid. The messages never contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// An unsupported scheme.
    #[error(
        "“{}://” is not supported; use ftp:// (TLS if offered), ftpes:// \
         (explicit TLS) or ftps:// (implicit TLS)",
        text::visible_str(.0)
    )]
    Scheme(String),
    /// The host is missing, as in `ftp:///path`.
    #[error("the URL has no host; write ftp://HOST/PATH")]
    NoHost,
    /// The host has characters that are not valid in a host name.
    #[error(
        "“{}” is not a valid host name or address; put an IPv6 address in brackets, as in \
         ftp://[2001:db8::1]/",
        text::visible_str(.0)
    )]
    Host(String),
    /// The port is not a number from 1 to 65535.
    #[error("“{}” is not a valid port; use a number from 1 to 65535", text::visible_str(.0))]
    Port(String),
    /// A `%` without two hexadecimal digits after it.
    #[error("the {0} in the URL has a % without two hexadecimal digits; write %25 for a % sign")]
    Escape(&'static str),
    /// User or password is not UTF-8, or has control characters.
    #[error("the {0} in the URL is not valid: it must be UTF-8 without control characters")]
    NotText(&'static str),
    /// The path has a carriage return, line feed or NUL, which an FTP command cannot carry.
    #[error("the path in the URL has a line break or NUL character, which FTP cannot transmit")]
    UnusablePath,
    /// The login has a `/`, which ends the host part.
    #[error("the login in the URL has a “/”; write %2F instead")]
    SlashInLogin,
    /// An unknown transfer type.
    #[error(
        "“{}” is not a valid transfer type; use ;type=i (binary), ;type=a (text) or ;type=d \
         (directory listing), and write ;type as %3Btype if it is part of a name",
        text::visible_str(.0)
    )]
    Type(String),
    /// The `<xor>` password is damaged.
    #[error(transparent)]
    Obscured(#[from] ObscuredError),
}

/// A parsed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// The server: without a name, and with the URL's password as [`PasswordRef::Plain`].
    pub site: Site,
    /// The absolute path; empty for the login directory.
    pub path: RemotePath,
    /// The transfer type, if the URL has one.
    pub transfer_type: Option<TransferType>,
}

/// Parses a URL; `None` when the text is not a URL because no scheme and `://` come first.
///
/// # Errors
/// [`UrlError`] when it is a URL but not a valid one.
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
        // the text before the `/` is then part of a login, so it must not be in the message
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

/// Parses `host`, `host:port` or `[v6]:port`.
fn parse_address(address: &[u8]) -> Result<(String, Option<u16>), UrlError> {
    let bad_host = || UrlError::Host(lossy(address));
    if let Some(inner) = address.strip_prefix(b"[") {
        let close = inner.iter().position(|&b| b == b']').ok_or_else(bad_host)?;
        let host = decode(&inner[..close], "host")?;
        let host = String::from_utf8(host).map_err(|_| bad_host())?;
        // the system resolves the zone of a link-local address (RFC 6874)
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

/// Masks the passwords of all URLs in a text, for messages that quote user input.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("//") {
        let (before, after) = rest.split_at(at + 2);
        masked.push_str(before);
        rest = after;
        let word = after.find(char::is_whitespace).map_or(after, |end| &after[..end]);
        // a password may contain unescaped characters, so it ends at the last @ of the word
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

/// True for a name that can be resolved: letters of any script, digits, `-`, `.`, `_`.
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

/// Splits `;type=x` or `@type=x` off a path that is still encoded.
fn split_type(path: &[u8]) -> Result<(&[u8], Option<TransferType>), UrlError> {
    let name_at = path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1);
    let mark = path[name_at..]
        .windows(6)
        .rposition(|w| matches!(w[0], b';' | b'@') && w[1..].eq_ignore_ascii_case(b"type="));
    let Some(mark) = mark.map(|at| name_at + at) else { return Ok((path, None)) };
    let is_rfc_form = path[mark] == b';';
    let value = &path[mark + 6..];
    let transfer_type = match value.to_ascii_lowercase().as_slice() {
        b"a" => TransferType::Text,
        b"i" => TransferType::Binary,
        b"d" if is_rfc_form => TransferType::Directory,
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

/// Formats a URL without a password; see [`crate::site::Location::to_url`].
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

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3) and those in `keep`.
fn encode(url: &mut String, bytes: &[u8], keep: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            url.push(char::from(byte));
        } else {
            // writing to a `String` cannot fail
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
