//! FileZilla's `sitemanager.xml`, and its list of recent servers, which has the same format.
//!
//! Checked against files that FileZilla 3.63 wrote.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::base::{RemotePath, Secret, SourceText};
use crate::site::import::collect::{Collector, one_line};
use crate::site::import::xml::{self, Element};
use crate::site::import::{LossKind, SiteImportError};
use crate::site::{PasswordRef, Security, Site, Switch, fields};

const EXPECTED: &str = "a site list of FileZilla (sitemanager.xml)";

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), SiteImportError> {
    let other = |at| SiteImportError::Other { place: source.location(at), expected: EXPECTED };
    let root = xml::parse(source.text()).map_err(other)?;
    let lists: Vec<_> = root
        .children
        .iter()
        .filter(|child| matches!(child.name.as_str(), "Servers" | "RecentServers"))
        .collect();
    if !root.name.starts_with("FileZilla") || lists.is_empty() {
        return Err(other(root.at));
    }
    for list in lists {
        read_folder(list, "", to);
    }
    Ok(())
}

fn read_folder(folder: &Element, path: &str, to: &mut Collector<'_>) {
    for child in &folder.children {
        match child.name.as_str() {
            "Folder" => {
                let name = one_line(&child.text).replace('/', "-");
                let inner = if path.is_empty() { name } else { format!("{path}/{name}") };
                read_folder(child, &inner, to);
            }
            "Server" => read_server(child, path, to),
            _ => {}
        }
    }
}

fn read_server(server: &Element, folder: &str, to: &mut Collector<'_>) {
    let host = server.text_of("Host");
    // old versions store the name as the text of the element itself
    let name = [server.text_of("Name"), &server.text, host];
    let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let mut site = fields::blank();
    site.name = name.to_owned();
    site.folder = Some(folder.to_owned()).filter(|folder| !folder.is_empty());
    site.security = match server.text_of("Protocol") {
        "0" | "" => Security::Auto,
        "3" => Security::Implicit,
        "4" => Security::Explicit,
        "6" => Security::None,
        other => {
            let protocol = match other {
                "1" => "SFTP".to_owned(),
                "2" | "5" => "HTTP".to_owned(),
                number => format!("FileZilla's protocol number {number}"),
            };
            to.lost(server.at, name, LossKind::Protocol(protocol));
            return;
        }
    };
    if host.is_empty() {
        to.lost(server.at, name, LossKind::Unusable("it has no host".to_owned()));
        return;
    }
    site.hosts = vec![host.trim_matches(['[', ']']).to_owned()];
    let port = server.text_of("Port").parse().ok().filter(|&port| port != 0);
    site.port = port.filter(|&port| port != site.port());
    read_login(server, name, &mut site, to);
    read_options(server, name, &mut site, to);
    read_path_and_note(server, name, &mut site, to);
    record_unsupported(server, name, to);
    to.add(server.at, site);
}

fn read_login(server: &Element, name: &str, site: &mut Site, to: &mut Collector<'_>) {
    const ANONYMOUS: &str = "0";
    const ACCOUNT: &str = "4";
    let logon = server.text_of("Logontype");
    if logon == ANONYMOUS {
        return;
    }
    site.user = Some(server.text_of("User").to_owned()).filter(|user| !user.is_empty());
    if logon == ACCOUNT {
        to.setting(server.at, name, "the account (ACCT)");
    }
    let Some(pass) = server.child("Pass").filter(|pass| !pass.text.is_empty()) else { return };
    match pass.attribute("encoding") {
        Some("base64") => {
            let bytes = STANDARD.decode(&pass.text).map(Zeroizing::new);
            match bytes.ok().and_then(|bytes| str::from_utf8(&bytes).map(Secret::from).ok()) {
                Some(password) => site.password = PasswordRef::Plain(password),
                None => to.lost(pass.at, name, LossKind::Damaged),
            }
        }
        None => site.password = PasswordRef::Plain(Secret::from(pass.text.as_str())),
        Some(_) => to.lost(pass.at, name, LossKind::Encrypted),
    }
}

fn read_options(server: &Element, name: &str, site: &mut Site, to: &mut Collector<'_>) {
    site.passive = match server.text_of("PasvMode") {
        "MODE_PASSIVE" => Switch::Yes,
        "MODE_ACTIVE" => Switch::No,
        _ => Switch::Auto,
    };
    if let Ok(max) = server.text_of("MaximumMultipleConnections").parse::<usize>()
        && max > 0
    {
        site.max_sessions = max;
    }
    match server.text_of("EncodingType") {
        "UTF-8" => site.encoding = Some(encoding_rs::UTF_8),
        "Custom" => {
            let custom = server.text_of("CustomEncoding");
            site.encoding = encoding_rs::Encoding::for_label(custom.as_bytes());
            if site.encoding.is_none() {
                to.setting(server.at, name, format!("the encoding {}", one_line(custom)));
            }
        }
        _ => {}
    }
    // FileZilla adds this to the server's clock to get UTC
    if let Ok(minutes) = server.text_of("TimezoneOffset").parse::<i32>()
        && minutes != 0
        && minutes.abs() <= 18 * 60
    {
        site.time_offset = Some(-minutes * 60);
    }
}

fn read_path_and_note(server: &Element, name: &str, site: &mut Site, to: &mut Collector<'_>) {
    if let Some(path) = server.child("RemoteDir").filter(|path| !path.text.is_empty()) {
        match remote_path(&path.text) {
            Some(remote) => site.start_path = Some(remote),
            None => to.setting(path.at, name, "the remote directory, which is not a Unix path"),
        }
    }
    let comments = one_line(server.text_of("Comments"));
    if !comments.is_empty() {
        site.extra.insert("note".to_owned(), comments);
    }
}

/// Parses FileZilla's encoded paths: `1 0 3 pub 7 odd dir` is `/pub/odd dir`. The first number is
/// the kind of path, the second the length of a prefix; then each component follows its length in
/// characters.
fn remote_path(encoded: &str) -> Option<RemotePath> {
    let (kind, rest) = encoded.split_once(' ')?;
    // Unix, VxWorks and Cygwin use slashes; other kinds have a different syntax
    if !matches!(kind, "0" | "1" | "5" | "9") {
        return None;
    }
    let (prefix, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
    if prefix != "0" {
        return None;
    }
    let mut path = String::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_once(' ')?;
        let length: usize = length.parse().ok()?;
        let end = after.char_indices().nth(length).map_or(after.len(), |(at, _)| at);
        path.push('/');
        path.push_str(&after[..end]);
        rest = after[end..].strip_prefix(' ').unwrap_or(&after[end..]);
    }
    if path.is_empty() {
        path.push('/');
    }
    Some(RemotePath::from(path.as_str()))
}

/// Records the settings that this program does not have.
fn record_unsupported(server: &Element, name: &str, to: &mut Collector<'_>) {
    for child in &server.children {
        let is_set = !matches!(child.text.as_str(), "" | "0");
        let setting = match child.name.as_str() {
            "Type" if is_set => "the server type",
            "BypassProxy" if is_set => "bypassing the proxy",
            "LocalDir" if is_set => "the local directory",
            "SyncBrowsing" if is_set => "synchronized browsing",
            "DirectoryComparison" if is_set => "directory comparison",
            "Keyfile" if is_set => "the key file",
            "Colour" if is_set => "the colour",
            "PostLoginCommands" => "the commands after login",
            "Bookmark" => {
                let bookmark = one_line(child.text_of("Name"));
                to.setting(child.at, name, format!("the bookmark “{bookmark}” of the site"));
                continue;
            }
            _ => continue,
        };
        to.setting(child.at, name, setting);
    }
}
