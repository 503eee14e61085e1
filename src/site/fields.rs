//! The settings of a site in `sites.toml`, one table line each.

use crate::base::{Patterns, Secret, Word};
use crate::config::field::Field;
use crate::config::value::{self, Expected, Value};
use crate::site::{PasswordRef, Site, values};

/// All settings of a site, in the order in which they are written.
pub const FIELDS: &[Field<Site>] = &[
    Field {
        name: "name",
        help: "The name: what stands before the colon of NAME:PATH.",
        get: |s| Some(s.name.as_str().into()),
        set: |s, v| values::site_name(v).map(|name| s.name = name),
    },
    Field {
        name: "folder",
        help: "The folder that it is shown in; folders within folders are separated by /.",
        get: |s| s.folder.as_deref().map(Value::from),
        set: |s, v| value::name(v).map(|folder| s.folder = Some(folder)),
    },
    Field {
        name: "host",
        help: "Host name or address, or a list of them that are tried in order.",
        get: |s| values::of_strings(&s.hosts),
        set: |s, v| values::hosts(v).map(|hosts| s.hosts = hosts),
    },
    Field {
        name: "port",
        help: "Port; 21, or 990 for implicit TLS, when absent.",
        get: |s| s.port.map(|port| i64::from(port).into()),
        set: |s, v| values::port(v).map(|port| s.port = Some(port)),
    },
    Field {
        name: "user",
        help: "Login name; anonymous when absent.",
        get: |s| s.user.as_deref().map(Value::from),
        set: |s, v| value::name(v).map(|user| s.user = Some(user)),
    },
    Field {
        name: "password",
        help: "Where the password comes from: { ask = true }, { env = \"VARIABLE\" },\n\
               { command = \"pass show …\" }, { netrc = true },\n\
               { vault = \"NAME\" } or { plain = \"…\" }.",
        get: |s| values::of_password(&s.password),
        set: |s, v| values::password(v).map(|password| s.password = password),
    },
    Field {
        name: "security",
        help: "\"auto\" (TLS if offered, demanded from then on), \"explicit\", \"implicit\" or\n\
               \"none\".",
        get: |s| Some(s.security.word().into()),
        set: |s, v| value::choice(v).map(|security| s.security = security),
    },
    Field {
        name: "data_protection",
        help: "Encryption of data: \"ask\" (asks before data goes in the clear), \"require\",\n\
               \"prefer\" or \"off\". Of two sites the stricter one rules.",
        get: |s| Some(s.data_protection.word().into()),
        set: |s, v| value::choice(v).map(|protection| s.data_protection = protection),
    },
    Field {
        name: "min_tls",
        help: "The oldest TLS version, \"1.2\" or \"1.3\".",
        get: |s| Some(s.min_tls.word().into()),
        set: |s, v| value::choice(v).map(|min| s.min_tls = min),
    },
    Field {
        name: "client_certificate",
        help: "Our own certificate: a PEM file with chain and key, or { certificate, key }.",
        get: |s| s.client_certificate.as_ref().map(values::of_certificate),
        set: |s, v| values::certificate(v).map(|files| s.client_certificate = Some(files)),
    },
    Field {
        name: "passive",
        help: "Passive mode for listings, downloads and uploads: \"auto\", \"yes\" or \"no\".",
        get: |s| values::of_switch(s.passive),
        set: |s, v| values::switch(v).map(|passive| s.passive = passive),
    },
    Field {
        name: "fxp_role",
        help: "Its side of a transfer between servers: \"auto\", always \"passive\" or always\n\
               \"active\".",
        get: |s| values::of_fxp_role(s.fxp_passive),
        set: |s, v| values::fxp_role(v).map(|role| s.fxp_passive = role),
    },
    Field {
        name: "fxp_address",
        help: "The address that other servers reach it by, when it is not the one we use.",
        get: |s| s.fxp_address.as_deref().map(Value::from),
        set: |s, v| {
            let host = v.as_str().filter(|host| values::is_host(host));
            let host = host.ok_or_else(|| Expected::new("an IP address or a host name"))?;
            s.fxp_address = Some(host.to_owned());
            Ok(())
        },
    },
    Field {
        name: "fxp_allow_addresses",
        help: "Addresses and networks that it may announce instead of its own (clusters).",
        get: |s| values::of_strings(&s.fxp_allow_addresses),
        set: |s, v| values::networks(v).map(|networks| s.fxp_allow_addresses = networks),
    },
    Field {
        name: "max_sessions",
        help: "Most sessions at the same time, 1 to 100.",
        get: |s| i64::try_from(s.max_sessions).ok().map(Value::from),
        set: |s, v| {
            let most = value::integer(v, 1..=100)?;
            s.max_sessions = usize::try_from(most).unwrap_or(s.max_sessions);
            Ok(())
        },
    },
    Field {
        name: "start_path",
        help: "Where a pane opens; the login directory when absent.",
        get: |s| s.start_path.as_ref().map(values::of_remote_path),
        set: |s, v| values::remote_path(v).map(|path| s.start_path = Some(path)),
    },
    Field {
        name: "use_temp_name",
        help: "Files arrive under a temporary name: \"auto\", \"always\" or \"never\".",
        get: |s| Some(s.use_temp_name.word().into()),
        set: |s, v| value::choice(v).map(|names| s.use_temp_name = names),
    },
    Field {
        name: "read_only",
        help: "true: nothing is ever changed on it.",
        get: |s| Some(s.read_only.into()),
        set: |s, v| value::boolean(v).map(|on| s.read_only = on),
    },
    Field {
        name: "resume",
        help: "Partial files on it are continued: \"auto\", \"yes\", or \"no\" (begun anew).",
        get: |s| values::of_switch(s.resume),
        set: |s, v| values::switch(v).map(|resume| s.resume = resume),
    },
    Field {
        name: "resume_last",
        help: "true: what must be continued comes last in the queue.",
        get: |s| Some(s.resume_last.into()),
        set: |s, v| value::boolean(v).map(|on| s.resume_last = on),
    },
    Field {
        name: "skip_files",
        help: "Files that it does not receive: patterns such as \"*.nfo/*.txt\" or a list.",
        get: |s| values::of_patterns(&s.files.skip),
        set: |s, v| take(v, &mut s.files.skip),
    },
    Field {
        name: "pass_files",
        help: "When given, the only files that it receives.",
        get: |s| values::of_patterns(&s.files.pass),
        set: |s, v| take(v, &mut s.files.pass),
    },
    Field {
        name: "first_files",
        help: "Files that it receives first.",
        get: |s| values::of_patterns(&s.files.first),
        set: |s, v| take(v, &mut s.files.first),
    },
    Field {
        name: "skip_empty_files",
        help: "true: it does not receive empty files.",
        get: |s| Some(s.files.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.files.skip_empty = on),
    },
    Field {
        name: "skip_dirs",
        help: "Directories that it does not receive.",
        get: |s| values::of_patterns(&s.dirs.skip),
        set: |s, v| take(v, &mut s.dirs.skip),
    },
    Field {
        name: "pass_dirs",
        help: "When given, the only directories that it receives.",
        get: |s| values::of_patterns(&s.dirs.pass),
        set: |s, v| take(v, &mut s.dirs.pass),
    },
    Field {
        name: "first_dirs",
        help: "Directories that it receives first.",
        get: |s| values::of_patterns(&s.dirs.first),
        set: |s, v| take(v, &mut s.dirs.first),
    },
    Field {
        name: "skip_empty_dirs",
        help: "true: it does not receive empty directories.",
        get: |s| Some(s.dirs.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.dirs.skip_empty = on),
    },
    Field {
        name: "list_command",
        help: "How directories are listed: \"auto\", \"mlsd\", \"list\", \"stat\"\n\
               (without data connections) or \"nlst\" (names only).",
        get: |s| Some(s.list_command.word().into()),
        set: |s, v| value::choice(v).map(|command| s.list_command = command),
    },
    Field {
        name: "list_args",
        help: "Arguments of LIST and STAT, such as \"-a\".",
        get: |s| s.list_args.as_deref().map(Value::from),
        set: |s, v| value::name(v).map(|args| s.list_args = Some(args)),
    },
    Field {
        name: "list_type",
        help: "The type of listings: \"auto\", \"ascii\" or \"binary\".",
        get: |s| Some(s.list_type.word().into()),
        set: |s, v| value::choice(v).map(|list_type| s.list_type = list_type),
    },
    Field {
        name: "encoding",
        help: "The encoding of names, such as \"windows-1252\"; found out when absent.",
        get: |s| s.encoding.map(|encoding| encoding.name().to_ascii_lowercase().into()),
        set: |s, v| {
            let label = v.as_str().map(str::as_bytes).unwrap_or_default();
            let encoding = encoding_rs::Encoding::for_label(label);
            // no command line can carry UTF-16
            let encoding = encoding.filter(|e| e.is_ascii_compatible()).ok_or_else(|| {
                Expected::new("an encoding such as \"utf-8\", \"windows-1252\" or \"shift_jis\"")
            })?;
            s.encoding = Some(encoding);
            Ok(())
        },
    },
    Field {
        name: "time_offset",
        help: "The server's distance from UTC, such as \"+02:00\"; found out when absent.",
        get: |s| s.time_offset.map(values::of_offset),
        set: |s, v| values::offset(v).map(|offset| s.time_offset = Some(offset)),
    },
    Field {
        name: "pret",
        help: "PRET before PASV: \"auto\" (when the server lists it), \"yes\" or \"no\".",
        get: |s| values::of_switch(s.pret),
        set: |s, v| values::switch(v).map(|pret| s.pret = pret),
    },
    Field {
        name: "ignore_features",
        help: "Features that the server lists but that are not to be used: \"MLST\", or a list.",
        get: |s| values::of_strings(&s.ignore_features),
        set: |s, v| value::strings(v).map(|features| s.ignore_features = features),
    },
    Field {
        name: "xdupe",
        help: "SITE XDUPE, which names existing files: \"auto\", \"yes\" or \"no\".",
        get: |s| values::of_switch(s.xdupe),
        set: |s, v| values::switch(v).map(|xdupe| s.xdupe = xdupe),
    },
    Field {
        name: "allo",
        help: "ALLO before STOR: \"auto\", \"yes\" or \"no\".",
        get: |s| values::of_switch(s.allo),
        set: |s, v| values::switch(v).map(|allo| s.allo = allo),
    },
    Field {
        name: "keep_permissions",
        help: "Copies get the permissions of their sources (SITE CHMOD): \"auto\" (as the job says), \"yes\" or \"no\".",
        get: |s| values::of_switch(s.keep_permissions),
        set: |s, v| values::switch(v).map(|keep| s.keep_permissions = keep),
    },
    Field {
        name: "urgent_abort",
        help: "true: ABOR is sent with a Telnet interrupt, as some old servers want it.",
        get: |s| Some(s.urgent_abort.into()),
        set: |s, v| value::boolean(v).map(|on| s.urgent_abort = on),
    },
    Field {
        name: "keepalive",
        help: "Seconds after which an idle session gets a NOOP; 0 for never.",
        get: |s| Some(s.keepalive.map_or_else(|| 0.into(), value::of_seconds)),
        set: |s, v| {
            let every = value::seconds(v, 0..=86_400)?;
            s.keepalive = Some(every).filter(|every| !every.is_zero());
            Ok(())
        },
    },
    Field {
        name: "bind_address",
        help: "The local address that connections go out from.",
        get: |s| s.bind_address.map(|address| address.to_string().into()),
        set: |s, v| {
            let address = v.as_str().and_then(|text| text.parse().ok());
            let address = address.ok_or_else(|| Expected::new("an IP address of this machine"))?;
            s.bind_address = Some(address);
            Ok(())
        },
    },
    Field {
        name: "bind_port",
        help: "The local port that the first control connection goes out from; others take the ones\n\
               after it.",
        get: |s| s.bind_port.map(|port| i64::from(port).into()),
        set: |s, v| values::port(v).map(|port| s.bind_port = Some(port)),
    },
    Field {
        name: "proxy",
        help: "A SOCKS5 proxy: \"HOST:PORT\", or { host, port, user, password }.",
        get: |s| s.proxy.as_ref().map(values::of_proxy),
        set: |s, v| values::proxy(v).map(|proxy| s.proxy = Some(proxy)),
    },
    Field {
        name: "extra",
        help: "Free texts, such as { note = \"…\" }.",
        get: |s| values::of_extra(&s.extra),
        set: |s, v| values::extra(v).map(|extra| s.extra = extra),
    },
];

fn take(value: &Value, patterns: &mut Patterns) -> Result<(), Expected> {
    *patterns = value::patterns(value)?;
    Ok(())
}

/// The setting of that name.
#[must_use]
pub fn field(name: &str) -> Option<&'static Field<Site>> {
    FIELDS.iter().find(|field| field.name == name)
}

/// The settings of a site as they may be shown: names and values, the password only as where it
/// comes from. With `all` also those that stand at their default.
#[must_use]
pub fn record(site: &Site, all: bool) -> Vec<(&'static str, Value)> {
    let default = blank();
    let mut record = revealing_record(&masked(site));
    record.retain(|(name, value)| {
        let usual = field(name).and_then(|field| (field.get)(&default));
        all || usual.is_none_or(|usual| usual.to_string() != value.to_string())
    });
    record
}

/// All settings of a site with plain passwords as they are: only for an export that shall have
/// them.
#[must_use]
pub fn revealing_record(site: &Site) -> Vec<(&'static str, Value)> {
    FIELDS.iter().filter_map(|field| (field.get)(site).map(|value| (field.name, value))).collect()
}

/// The site with stars instead of plain passwords.
fn masked(site: &Site) -> Site {
    with_plain(site, || PasswordRef::Plain(Secret::from("****")))
}

/// The site with plain passwords replaced by the question for them.
#[must_use]
pub fn without_passwords(site: &Site) -> Site {
    with_plain(site, || PasswordRef::Ask)
}

/// The site with something else instead of plain passwords.
fn with_plain(site: &Site, instead: impl Fn() -> PasswordRef) -> Site {
    let mut site = site.clone();
    let hide = |password: &mut PasswordRef| {
        if matches!(password, PasswordRef::Plain(_)) {
            *password = instead();
        }
    };
    hide(&mut site.password);
    if let Some(proxy) = &mut site.proxy {
        hide(&mut proxy.password);
    }
    site
}

/// A site of which nothing is known yet, not even its host.
#[must_use]
pub fn blank() -> Site {
    let mut site = Site::new("");
    site.hosts.clear();
    site
}

/// Puts a setting back to its default; name and host cannot go.
pub fn reset(site: &mut Site, field: &Field<Site>) {
    if matches!(field.name, "name" | "host") {
        return;
    }
    let mut fresh = blank();
    fresh.insecure = site.insecure;
    fresh.accept_certs = std::mem::take(&mut site.accept_certs);
    fresh.asked = std::mem::take(&mut site.asked);
    for other in FIELDS.iter().filter(|other| other.name != field.name) {
        if let Some(value) = (other.get)(site) {
            // what a site holds can be written, and what is written can be read: see the tests
            let _ = (other.set)(&mut fresh, &value);
        }
    }
    *site = fresh;
}

/// Checks a site that a program put together by the rules of the file.
///
/// # Errors
/// The name of the first setting that is wrong, and what it must be.
pub fn check(site: &Site) -> Result<(), (&'static str, Expected)> {
    for field in FIELDS {
        let value = (field.get)(site);
        match value {
            Some(value) => {
                (field.set)(&mut site.clone(), &value)
                    .map_err(|expected| (field.name, expected))?;
            }
            None if field.name == "host" => {
                return Err((field.name, Expected::new("a host name or IP address")));
            }
            None => {}
        }
    }
    Ok(())
}
