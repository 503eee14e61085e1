//! Parsing and formatting of the values of site settings: passwords, proxies, addresses.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use toml_edit::InlineTable;

use crate::base::{Network, Patterns, RemotePath, Word, text};
use crate::config::value::{self, Expected, Value};
use crate::site::url::is_host_name;
use crate::site::{ClientCertificate, PasswordRef, SiteProxy, Switch, obscured};

/// The role in FXP transfers: a [`Switch`] with other names for its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FxpRole(Switch);

impl Word for FxpRole {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("auto", Self(Switch::Auto)),
        ("passive", Self(Switch::Yes)),
        ("active", Self(Switch::No)),
    ];
}

/// Parses `"auto"`, `"yes"`, `"no"`, `true` or `false`.
pub(super) fn switch(value: &Value) -> Result<Switch, Expected> {
    match value.as_bool() {
        Some(true) => Ok(Switch::Yes),
        Some(false) => Ok(Switch::No),
        None => value::choice(value),
    }
}

/// The value of a switch.
pub(super) fn switch_value(switch: Switch) -> Option<Value> {
    Some(switch.word().into())
}

/// Parses `"auto"`, `"passive"` or `"active"`.
pub(super) fn fxp_role(value: &Value) -> Result<Switch, Expected> {
    value::choice::<FxpRole>(value).map(|role| role.0)
}

/// The value of an FXP role.
pub(super) fn fxp_role_value(switch: Switch) -> Option<Value> {
    Some(FxpRole(switch).word().into())
}

/// Parses the name of a site.
pub(super) fn site_name(value: &Value) -> Result<String, Expected> {
    value.as_str().filter(|name| is_site_name(name)).map(str::to_owned).ok_or_else(|| {
        Expected::new("a name without “:”, “/”, control characters, or spaces at either end")
    })
}

/// True for a valid site name, which can be used as `NAME:PATH`.
#[must_use]
pub fn is_site_name(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && text::visible_str(name) == name
        && !name.contains([':', '/'])
}

/// Parses one host or a list of hosts.
pub(super) fn hosts(value: &Value) -> Result<Vec<String>, Expected> {
    let wrong = || {
        Expected::new("a host name or IP address, or a list of them in brackets, without a port")
    };
    let hosts = value::strings(value).map_err(|_| wrong())?;
    if hosts.is_empty() || !hosts.iter().all(|host| is_host(host)) {
        return Err(wrong());
    }
    Ok(hosts)
}

/// True for a host name or an IP address, IPv6 without brackets.
#[must_use]
pub fn is_host(host: &str) -> bool {
    let (address, zone) = host.split_once('%').unwrap_or((host, "zone"));
    is_host_name(host) || (address.parse::<Ipv6Addr>().is_ok() && is_host_name(zone))
}

/// The value of a list of texts: a single text or an array; `None` for an empty list.
pub(super) fn strings_value(texts: &[String]) -> Option<Value> {
    match texts {
        [] => None,
        [one] => Some(one.as_str().into()),
        many => Some(Value::Array(many.iter().map(String::as_str).collect())),
    }
}

/// Parses a port number.
pub(super) fn port(value: &Value) -> Result<u16, Expected> {
    let port = value::integer(value, 1..=65_535)?;
    u16::try_from(port).map_err(|_| Expected::new("a port"))
}

/// Parses addresses and networks.
pub(super) fn networks(value: &Value) -> Result<Vec<String>, Expected> {
    let wrong =
        || Expected::new("an IP address or a network such as 10.0.0.0/8, or a list of them");
    let networks = value::strings(value).map_err(|_| wrong())?;
    if networks.iter().all(|network| network.parse::<Network>().is_ok()) {
        Ok(networks)
    } else {
        Err(wrong())
    }
}

/// The value of patterns; `None` when there are none.
pub(super) fn patterns_value(patterns: &Patterns) -> Option<Value> {
    (!patterns.is_empty()).then(|| patterns.as_str().into())
}

/// Parses a path: a text, or `{ base64 = "…" }` for a path that is not UTF-8.
pub(super) fn remote_path(value: &Value) -> Result<RemotePath, Expected> {
    let wrong = || Expected::new("a path such as \"/pub\", or { base64 = \"…\" } of its bytes");
    let bytes = match value {
        Value::String(path) => path.value().as_bytes().to_vec(),
        Value::InlineTable(table) => {
            let encoded = only(table).filter(|(key, _)| *key == "base64").ok_or_else(wrong)?;
            let encoded = encoded.1.as_str().ok_or_else(wrong)?;
            STANDARD.decode(encoded).map_err(|_| wrong())?
        }
        _ => return Err(wrong()),
    };
    if bytes.is_empty() || bytes.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(wrong());
    }
    Ok(RemotePath::new(bytes))
}

/// The value of a path: a text where possible, otherwise base64.
pub(super) fn remote_path_value(path: &RemotePath) -> Value {
    match str::from_utf8(path.as_bytes()) {
        Ok(text) => text.into(),
        Err(_) => pair("base64", STANDARD.encode(path.as_bytes()).into()),
    }
}

/// Parses the paths of the client certificate. They must be absolute or start with `~/`, because
/// the working directory is arbitrary.
pub(super) fn certificate(value: &Value) -> Result<ClientCertificate, Expected> {
    let wrong = || {
        Expected::new(
            "the path of a PEM file that starts with / or ~/, or { certificate = \"PATH\", \
             key = \"PATH\" }",
        )
    };
    let path = |value: &Value| {
        let path = value::name(value).map(PathBuf::from).map_err(|_| wrong())?;
        if path.is_absolute() || path.starts_with("~") { Ok(path) } else { Err(wrong()) }
    };
    match value {
        Value::String(_) => Ok(ClientCertificate { certificate: path(value)?, key: None }),
        Value::InlineTable(table) => {
            if table.iter().any(|(key, _)| !matches!(key, "certificate" | "key")) {
                return Err(wrong());
            }
            let certificate = path(table.get("certificate").ok_or_else(wrong)?)?;
            let key = table.get("key").map(path).transpose()?;
            Ok(ClientCertificate { certificate, key })
        }
        _ => Err(wrong()),
    }
}

/// The value of a client certificate: one path, or a table of two.
pub(super) fn certificate_value(certificate: &ClientCertificate) -> Value {
    let first = certificate.certificate.to_string_lossy().into_owned();
    match &certificate.key {
        None => first.into(),
        Some(key) => {
            let mut table = InlineTable::new();
            table.insert("certificate", first.into());
            table.insert("key", key.to_string_lossy().into_owned().into());
            Value::InlineTable(table)
        }
    }
}

/// Parses a password reference, such as `{ env = "X" }`.
pub(super) fn password(value: &Value) -> Result<PasswordRef, Expected> {
    let wrong = || {
        Expected::new(
            "one of { ask = true }, { env = \"VARIABLE\" }, { command = \"pass show …\" }, \
             { netrc = true }, { vault = \"NAME\" } and { plain = \"…\" }",
        )
    };
    let (key, value) = value.as_inline_table().and_then(only).ok_or_else(wrong)?;
    match key {
        "ask" if value.as_bool() == Some(true) => Ok(PasswordRef::Ask),
        "netrc" if value.as_bool() == Some(true) => Ok(PasswordRef::Netrc),
        "vault" => value::name(value).map(PasswordRef::Vault).map_err(|_| wrong()),
        "env" => value::name(value).map(PasswordRef::Env).map_err(|_| wrong()),
        "command" => value::name(value).map(PasswordRef::Command).map_err(|_| wrong()),
        "plain" => {
            let plain = value.as_str().ok_or_else(wrong)?;
            obscured::password(plain)
                .map(PasswordRef::Plain)
                .map_err(|error| Expected::new(format!("readable: {error}")))
        }
        _ => Err(wrong()),
    }
}

/// The value of a password reference. The plain form contains the password, so this is only for
/// `sites.toml` itself.
pub(super) fn password_value(password: &PasswordRef) -> Option<Value> {
    match password {
        PasswordRef::Ask => None,
        PasswordRef::Env(name) => Some(pair("env", name.as_str().into())),
        PasswordRef::Command(command) => Some(pair("command", command.as_str().into())),
        PasswordRef::Netrc => Some(pair("netrc", true.into())),
        PasswordRef::Vault(entry) => Some(pair("vault", entry.as_str().into())),
        PasswordRef::Plain(secret) => Some(pair("plain", obscured::encoded(secret).into())),
    }
}

/// Parses a proxy: `"host:port"`, or a table with host, port, user and password.
pub(super) fn proxy(value: &Value) -> Result<SiteProxy, Expected> {
    let wrong = || {
        Expected::new(
            "a SOCKS5 proxy: \"HOST:PORT\", or { host = \"HOST\", port = 1080, user = \"USER\", \
             password = { env = \"VARIABLE\" } }",
        )
    };
    match value {
        Value::String(text) => parse_proxy(text.value()).ok_or_else(wrong),
        Value::InlineTable(table) => {
            let known = |key: &str| matches!(key, "host" | "port" | "user" | "password");
            if !table.iter().all(|(key, _)| known(key)) {
                return Err(wrong());
            }
            let host = table.get("host").and_then(Value::as_str).filter(|host| is_host(host));
            let mut proxy = new_proxy(host.ok_or_else(wrong)?);
            if let Some(value) = table.get("port") {
                proxy.port = port(value).map_err(|_| wrong())?;
            }
            proxy.user = table.get("user").map(value::name).transpose().map_err(|_| wrong())?;
            if let Some(value) = table.get("password") {
                proxy.password = password(value)?;
            }
            Ok(proxy)
        }
        _ => Err(wrong()),
    }
}

const SOCKS_PORT: u16 = 1080;

fn new_proxy(host: &str) -> SiteProxy {
    SiteProxy { host: host.to_owned(), port: SOCKS_PORT, user: None, password: PasswordRef::Ask }
}

fn parse_proxy(text: &str) -> Option<SiteProxy> {
    let address = text.strip_prefix("socks5://").unwrap_or(text);
    let (host, port) = match address.rsplit_once(':') {
        _ if address.starts_with('[') && address.ends_with(']') => (address, None),
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (address, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let mut proxy = Some(new_proxy(host)).filter(|_| is_host(host))?;
    if let Some(port) = port {
        proxy.port = port.parse().ok().filter(|&port| port != 0)?;
    }
    Some(proxy)
}

/// The value of a proxy: one text without a login, otherwise a table.
pub(super) fn proxy_value(proxy: &SiteProxy) -> Value {
    if proxy.user.is_none() && proxy.password == PasswordRef::Ask {
        let host = &proxy.host;
        return if host.contains(':') {
            format!("[{host}]:{}", proxy.port).into()
        } else {
            format!("{host}:{}", proxy.port).into()
        };
    }
    let mut table = InlineTable::new();
    table.insert("host", proxy.host.as_str().into());
    table.insert("port", i64::from(proxy.port).into());
    if let Some(user) = &proxy.user {
        table.insert("user", user.as_str().into());
    }
    if let Some(password) = password_value(&proxy.password) {
        table.insert("password", password);
    }
    Value::InlineTable(table)
}

/// Parses an offset from UTC such as `"+02:00"` into seconds.
pub(super) fn offset(value: &Value) -> Result<i32, Expected> {
    value
        .as_str()
        .and_then(parse_offset)
        .ok_or_else(|| Expected::new("the server's offset from UTC, from \"-18:00\" to \"+18:00\""))
}

fn parse_offset(text: &str) -> Option<i32> {
    let (sign, clock) = match text.split_at_checked(1)? {
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let number = |digits: &str| -> Option<i32> {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        if two { digits.parse().ok() } else { None }
    };
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= 18 * 60)
        .then_some(sign * (hours * 3600 + minutes * 60))
}

/// The value of an offset, in hours and minutes; seconds are dropped.
pub(super) fn offset_value(seconds: i32) -> Value {
    let minutes = seconds.unsigned_abs() / 60;
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60).into()
}

/// Parses a table of custom keys with texts.
pub(super) fn extra(value: &Value) -> Result<BTreeMap<String, String>, Expected> {
    let wrong = || Expected::new("a table of texts, such as { note = \"text\" }");
    let table = value.as_inline_table().ok_or_else(wrong)?;
    let pairs = table.iter().map(|(key, value)| {
        value::string(value).map(|text| (key.to_owned(), text)).map_err(|_| wrong())
    });
    pairs.collect()
}

/// The value of a table of texts; `None` when it is empty.
pub(super) fn extra_value(extra: &BTreeMap<String, String>) -> Option<Value> {
    if extra.is_empty() {
        return None;
    }
    let pairs = extra.iter().map(|(key, text)| (key.as_str(), Value::from(text.as_str())));
    Some(Value::InlineTable(pairs.collect()))
}

/// The pair of a table that has exactly one.
fn only(table: &InlineTable) -> Option<(&str, &Value)> {
    let mut pairs = table.iter();
    pairs.next().filter(|_| pairs.next().is_none())
}

fn pair(key: &str, value: Value) -> Value {
    let mut table = InlineTable::new();
    table.insert(key, value);
    Value::InlineTable(table)
}
