//! cbftp's data file: `SiteManager.NAME$KEY=VALUE` on each line.
//!
//! Written after its source code. Both spellings of keys that it has used over the years are
//! accepted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::base::{Patterns, RemotePath, Secret, SourceText};
use crate::site::import::collect::{Collector, one_line};
use crate::site::import::{LossKind, SiteImportError};
use crate::site::{
    DataProtection, ListCommand, PasswordRef, Security, Site, SiteProxy, Switch, fields,
};

const EXPECTED: &str = "a data file of cbftp";

/// True for a file that `openssl enc` encrypted.
pub(super) fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(b"Salted__")
}

/// A byte offset in the file and the value there.
type Located<'a> = (usize, &'a str);

/// The values of one site or proxy, by key; some keys occur more than once.
type Values<'a> = BTreeMap<&'a str, Vec<Located<'a>>>;

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), SiteImportError> {
    let mut sites: Vec<(&str, Values<'_>)> = Vec::new();
    let mut proxies: BTreeMap<&str, Values<'_>> = BTreeMap::new();
    let mut default_proxy = None;
    let mut recognized = false;
    for (at, line) in source.lines() {
        let Some((owner, rest)) = line.split_once('.') else { continue };
        let pair = rest.split_once('$').and_then(|(name, rest)| {
            let (key, value) = rest.split_once('=')?;
            Some((name, key, value))
        });
        match (owner, pair) {
            ("SiteManager", Some((name, key, value))) => {
                let known = sites.iter().position(|(own, _)| *own == name);
                let index = known.unwrap_or(sites.len());
                if known.is_none() {
                    sites.push((name, Values::new()));
                }
                if let Some((_, values)) = sites.get_mut(index) {
                    values.entry(key).or_default().push((at, value));
                }
            }
            ("ProxyManager", Some((name, key, value))) => {
                proxies.entry(name).or_default().entry(key).or_default().push((at, value));
            }
            ("ProxyManagerDefaults", _) => default_proxy = rest.strip_prefix("useproxy="),
            _ => {}
        }
        recognized |= owner.ends_with("Manager") || owner.ends_with("Defaults");
    }
    if !recognized {
        return Err(SiteImportError::Other { place: source.file_location(), expected: EXPECTED });
    }
    for (name, values) in &sites {
        read_site(name, values, &proxies, default_proxy, to);
    }
    Ok(())
}

fn first<'a>(values: &Values<'a>, keys: &[&str]) -> Option<Located<'a>> {
    keys.iter().find_map(|key| values.get(*key)?.first().copied())
}

fn has_value(values: &Values<'_>, key: &str, expected: &str) -> bool {
    first(values, &[key]).is_some_and(|(_, value)| value == expected)
}

fn read_site(
    name: &str,
    values: &Values<'_>,
    proxies: &BTreeMap<&str, Values<'_>>,
    default_proxy: Option<&str>,
    to: &mut Collector<'_>,
) {
    let (at, addresses) = first(values, &["addr"]).unwrap_or_default();
    let mut site = fields::blank();
    site.name = name.to_owned();
    let mut ports = Vec::new();
    for address in addresses.split_whitespace() {
        let (host, port) = split_address(address);
        site.hosts.push(host.to_owned());
        ports.push(port);
    }
    if site.hosts.is_empty() {
        to.lost(at, name, LossKind::Unusable("it has no address".to_owned()));
        return;
    }
    site.port = ports.first().copied().flatten();
    if ports.iter().any(|port| *port != site.port) {
        to.setting(
            at,
            name,
            "different ports for different addresses; the first port is used for all",
        );
    }
    let user = first(values, &["user"]).map(|(_, user)| user.to_owned());
    site.user = user.filter(|user| !user.is_empty());
    site.password = password(values, name, to);
    read_protection(values, name, &mut site, to);
    read_options(values, name, &mut site, to);
    read_lists(values, name, &mut site, to);
    read_proxy(values, name, proxies, default_proxy, &mut site, to);
    to.add(at, site);
}

/// `host`, `host:port`, `[v6]:port`; a bare IPv6 address has no port.
fn split_address(address: &str) -> (&str, Option<u16>) {
    let bare = address.matches(':').count() > 1 && !address.starts_with('[');
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !bare && !port.ends_with(']') => (host, port.parse().ok()),
        _ => (address, None),
    };
    (host.trim_matches(['[', ']']), port)
}

fn password(values: &Values<'_>, name: &str, to: &mut Collector<'_>) -> PasswordRef {
    let Some((at, encoded)) = first(values, &["passwordb64"]) else {
        let plain = first(values, &["pass"]).filter(|(_, plain)| !plain.is_empty());
        return plain.map_or(PasswordRef::Ask, |(_, p)| PasswordRef::Plain(Secret::from(p)));
    };
    let bytes = STANDARD.decode(encoded).map(Zeroizing::new).ok();
    match bytes.as_ref().and_then(|bytes| str::from_utf8(bytes).ok()) {
        Some("") => PasswordRef::Ask,
        Some(password) => PasswordRef::Plain(Secret::from(password)),
        None => {
            to.lost(at, name, LossKind::Damaged);
            PasswordRef::Ask
        }
    }
}

fn read_protection(values: &Values<'_>, name: &str, site: &mut Site, to: &mut Collector<'_>) {
    if let Some((at, mode)) = first(values, &["tlsmode"]) {
        match mode {
            "0" => site.security = Security::None,
            "1" => site.security = Security::Explicit,
            "2" => site.security = Security::Implicit,
            _ => to.setting(at, name, "the TLS mode"),
        }
    }
    if let Some((at, policy)) = first(values, &["ssltransfer"]) {
        match policy {
            // "prefer off" follows the other side, and so does off here, since the stricter of two
            // settings applies
            "830" | "831" => site.data_protection = DataProtection::Off,
            "832" => site.data_protection = DataProtection::Prefer,
            "833" => site.data_protection = DataProtection::Require,
            _ => to.setting(at, name, "the TLS transfer policy"),
        }
    }
    for (key, feature) in [("sscn", "SSCN"), ("cpsv", "CPSV"), ("cepr", "CEPR")] {
        if has_value(values, key, "false") {
            site.ignore_features.push(feature.to_owned());
        }
    }
}

fn read_options(values: &Values<'_>, name: &str, site: &mut Site, to: &mut Collector<'_>) {
    if let Some((_, path)) = first(values, &["basepath"]).filter(|(_, path)| !path.is_empty()) {
        site.start_path = Some(RemotePath::from(path)).filter(|path| !path.is_root());
    }
    let logins = first(values, &["logins2", "logins"]);
    if let Some(logins) = logins.and_then(|(_, logins)| logins.parse::<usize>().ok())
        && logins > 0
    {
        site.max_sessions = logins.min(100);
    }
    if let Some((at, command)) = first(values, &["listcommand"]) {
        match command {
            // the default of cbftp, which does not support MLSD
            "840" => {}
            "841" => site.list_command = ListCommand::List,
            "842" => {
                site.list_command = ListCommand::Stat;
                site.list_args = Some("-L".to_owned());
            }
            _ => to.setting(at, name, "the list command"),
        }
    }
    if has_value(values, "pret", "true") {
        site.pret = Switch::Yes;
    }
    if has_value(values, "xdupe", "false") {
        site.xdupe = Switch::No;
    }
    if has_value(values, "binary", "true") {
        site.list_type = crate::site::ListType::Binary;
    }
    if has_value(values, "brokenpasv", "true") {
        (site.passive, site.fxp_passive) = (Switch::No, Switch::No);
    }
    if let Some((_, text)) = first(values, &["freetextb64"]) {
        let text = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = one_line(&text.unwrap_or_default());
        if !text.is_empty() {
            site.extra.insert("note".to_owned(), text);
        }
    }
    for (key, default, what) in [
        ("disabled", "false", "the site is disabled"),
        ("allowupload", "1", "limits on uploads"),
        ("allowdownload", "1", "limits on downloads"),
        ("affil", "", "affils"),
        ("exceptsourcesite", "", "sites that are excluded as sources"),
        ("excepttargetsite", "", "sites that are excluded as targets"),
    ] {
        if let Some((at, value)) = first(values, &[key])
            && value != default
        {
            to.setting(at, name, what);
        }
    }
}

/// Sections become custom keys, and skip lists become patterns where the meaning is the same.
fn read_lists(values: &Values<'_>, name: &str, site: &mut Site, to: &mut Collector<'_>) {
    for (_, section) in values.get("section").into_iter().flatten() {
        if let Some((section, path)) = section.split_once('$') {
            site.extra.insert(format!("section {}", one_line(section)), one_line(path));
        }
    }
    let (mut files, mut dirs) = (Vec::new(), Vec::new());
    for (at, entry) in values.get("skiplistentry").into_iter().flatten() {
        let mut parts: Vec<&str> = entry.split('$').collect();
        // the older spelling has no flag for regular expressions
        let is_regex = match parts.first() {
            Some(&"true") if parts.len() == 6 => Some(true),
            Some(&"false") if parts.len() == 6 => Some(false),
            _ => None,
        };
        if is_regex.is_some() {
            parts.remove(0);
        }
        const DENY: &str = "1";
        match parts[..] {
            [pattern, for_files, for_dirs, _scope, DENY]
                if is_regex != Some(true) && !pattern.contains('/') && !pattern.is_empty() =>
            {
                let pattern = pattern.replace("#end#", "$");
                if for_files == "true" {
                    files.push(pattern.clone());
                }
                if for_dirs == "true" {
                    dirs.push(pattern);
                }
            }
            _ => to.setting(*at, name, "a skip list entry that is not a simple pattern"),
        }
    }
    site.files.skip = Patterns::new(&files.join("/"));
    site.dirs.skip = Patterns::new(&dirs.join("/"));
}

fn read_proxy(
    values: &Values<'_>,
    name: &str,
    proxies: &BTreeMap<&str, Values<'_>>,
    default_proxy: Option<&str>,
    site: &mut Site,
    to: &mut Collector<'_>,
) {
    let (at, proxy_name) = match first(values, &["proxytype"]) {
        Some((at, "820")) => (at, default_proxy),
        Some((at, "822")) => (at, first(values, &["proxyname"]).map(|(_, proxy)| proxy)),
        _ => return,
    };
    let Some(proxy_name) = proxy_name.filter(|name| !name.is_empty()) else { return };
    let proxy = proxies.get(proxy_name).and_then(|proxy| {
        let host = first(proxy, &["addr"])?.1;
        let port = first(proxy, &["port"])?.1.parse().ok()?;
        let user = first(proxy, &["user"]).map(|(_, user)| user.to_owned());
        let user = user.filter(|user| !user.is_empty());
        let password = password(proxy, name, to);
        let password = if user.is_some() { password } else { PasswordRef::Ask };
        Some(SiteProxy { host: host.to_owned(), port, user, password })
    });
    if proxy.is_none() {
        to.setting(at, name, "the proxy");
    }
    site.proxy = proxy;
}
