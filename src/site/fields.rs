//! The settings of a site in `sites.toml`: one entry per setting.

use crate::base::{Patterns, Secret, Word};
use crate::config::field::Field;
use crate::config::value::{self, Expected, Value};
use crate::site::{PasswordRef, Site, values};

/// All settings of a site, in the order in which they are written.
pub const FIELDS: &[Field<Site>] = &[
    Field {
        name: "name",
        help: "The site's name, used as NAME:/path.",
        get: |s| Some(s.name.as_str().into()),
        set: |s, v| values::site_name(v).map(|name| s.name = name),
    },
    Field {
        name: "folder",
        help: "The folder of the site list that contains it; separate nested folders with /.",
        get: |s| s.folder.as_deref().map(Value::from),
        set: |s, v| value::name(v).map(|folder| s.folder = Some(folder)),
    },
    Field {
        name: "host",
        help: "Host name or address, or a list of them, tried in order.",
        get: |s| values::strings_value(&s.hosts),
        set: |s, v| values::hosts(v).map(|hosts| s.hosts = hosts),
    },
    Field {
        name: "port",
        help: "Port; default 21, or 990 for implicit TLS.",
        get: |s| s.port.map(|port| i64::from(port).into()),
        set: |s, v| values::port(v).map(|port| s.port = Some(port)),
    },
    Field {
        name: "user",
        help: "Login name; default anonymous.",
        get: |s| s.user.as_deref().map(Value::from),
        set: |s, v| value::name(v).map(|user| s.user = Some(user)),
    },
    Field {
        name: "password",
        help: "Where the password comes from: { ask = true }, { env = \"VARIABLE\" },\n\
               { command = \"pass show …\" }, { netrc = true },\n\
               { vault = \"NAME\" } or { plain = \"…\" }.",
        get: |s| values::password_value(&s.password),
        set: |s, v| values::password(v).map(|password| s.password = password),
    },
    Field {
        name: "security",
        help: "\"auto\" (TLS if offered, required from then on), \"explicit\", \"implicit\" or\n\
               \"none\".",
        get: |s| Some(s.security.word().into()),
        set: |s, v| value::choice(v).map(|security| s.security = security),
    },
    Field {
        name: "data_protection",
        help: "Encryption of data: \"ask\" (asks before an unencrypted transfer), \"require\",\n\
               \"prefer\" or \"off\". Between two sites, the stricter setting applies.",
        get: |s| Some(s.data_protection.word().into()),
        set: |s, v| value::choice(v).map(|protection| s.data_protection = protection),
    },
    Field {
        name: "min_tls",
        help: "The oldest TLS version to accept: \"1.2\" or \"1.3\".",
        get: |s| Some(s.min_tls.word().into()),
        set: |s, v| value::choice(v).map(|min| s.min_tls = min),
    },
    Field {
        name: "client_certificate",
        help: "Client certificate: a PEM file with chain and key, or { certificate, key }.",
        get: |s| s.client_certificate.as_ref().map(values::certificate_value),
        set: |s, v| values::certificate(v).map(|files| s.client_certificate = Some(files)),
    },
    Field {
        name: "passive",
        help: "Passive mode for listings, downloads and uploads: \"auto\", \"yes\" or \"no\".",
        get: |s| values::switch_value(s.passive),
        set: |s, v| values::switch(v).map(|passive| s.passive = passive),
    },
    Field {
        name: "fxp_role",
        help: "Role in FXP transfers: \"auto\", \"passive\" (always) or \"active\" (always).",
        get: |s| values::fxp_role_value(s.fxp_passive),
        set: |s, v| values::fxp_role(v).map(|role| s.fxp_passive = role),
    },
    Field {
        name: "fxp_address",
        help: "The address that other servers use to reach it, if it differs from host.",
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
        help: "Addresses and networks to accept in its passive replies (server clusters).",
        get: |s| values::strings_value(&s.fxp_allow_addresses),
        set: |s, v| values::networks(v).map(|networks| s.fxp_allow_addresses = networks),
    },
    Field {
        name: "max_sessions",
        help: "Maximum number of sessions at the same time, 1 to 100.",
        get: |s| i64::try_from(s.max_sessions).ok().map(Value::from),
        set: |s, v| {
            let most = value::integer(v, 1..=100)?;
            s.max_sessions = usize::try_from(most).unwrap_or(s.max_sessions);
            Ok(())
        },
    },
    Field {
        name: "start_path",
        help: "The directory that a pane opens; default: the login directory.",
        get: |s| s.start_path.as_ref().map(values::remote_path_value),
        set: |s, v| values::remote_path(v).map(|path| s.start_path = Some(path)),
    },
    Field {
        name: "use_temp_name",
        help: "Upload files under a temporary name: \"auto\", \"always\" or \"never\".",
        get: |s| Some(s.use_temp_name.word().into()),
        set: |s, v| value::choice(v).map(|names| s.use_temp_name = names),
    },
    Field {
        name: "read_only",
        help: "true: never change anything on this server.",
        get: |s| Some(s.read_only.into()),
        set: |s, v| value::boolean(v).map(|on| s.read_only = on),
    },
    Field {
        name: "resume",
        help: "Resume partial files: \"auto\", \"yes\", or \"no\" (start over).",
        get: |s| values::switch_value(s.resume),
        set: |s, v| values::switch(v).map(|resume| s.resume = resume),
    },
    Field {
        name: "resume_last",
        help: "true: files to resume come last in the queue.",
        get: |s| Some(s.resume_last.into()),
        set: |s, v| value::boolean(v).map(|on| s.resume_last = on),
    },
    Field {
        name: "skip_files",
        help: "Files to exclude when copying to this site: patterns such as \"*.nfo/*.txt\",\n\
               or a list.",
        get: |s| values::patterns_value(&s.files.skip),
        set: |s, v| set_patterns(v, &mut s.files.skip),
    },
    Field {
        name: "pass_files",
        help: "If set, copy only matching files to this site.",
        get: |s| values::patterns_value(&s.files.pass),
        set: |s, v| set_patterns(v, &mut s.files.pass),
    },
    Field {
        name: "first_files",
        help: "Files to copy to this site first.",
        get: |s| values::patterns_value(&s.files.first),
        set: |s, v| set_patterns(v, &mut s.files.first),
    },
    Field {
        name: "skip_empty_files",
        help: "true: do not copy empty files to this site.",
        get: |s| Some(s.files.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.files.skip_empty = on),
    },
    Field {
        name: "skip_dirs",
        help: "Directories to exclude when copying to this site.",
        get: |s| values::patterns_value(&s.dirs.skip),
        set: |s, v| set_patterns(v, &mut s.dirs.skip),
    },
    Field {
        name: "pass_dirs",
        help: "If set, copy only matching directories to this site.",
        get: |s| values::patterns_value(&s.dirs.pass),
        set: |s, v| set_patterns(v, &mut s.dirs.pass),
    },
    Field {
        name: "first_dirs",
        help: "Directories to copy to this site first.",
        get: |s| values::patterns_value(&s.dirs.first),
        set: |s, v| set_patterns(v, &mut s.dirs.first),
    },
    Field {
        name: "skip_empty_dirs",
        help: "true: do not copy empty directories to this site.",
        get: |s| Some(s.dirs.skip_empty.into()),
        set: |s, v| value::boolean(v).map(|on| s.dirs.skip_empty = on),
    },
    Field {
        name: "list_command",
        help: "Command for listings: \"auto\", \"mlsd\", \"list\", \"stat\"\n\
               (without a data connection) or \"nlst\" (names only).",
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
        help: "Transfer type for listings: \"auto\", \"ascii\" or \"binary\".",
        get: |s| Some(s.list_type.word().into()),
        set: |s, v| value::choice(v).map(|list_type| s.list_type = list_type),
    },
    Field {
        name: "encoding",
        help: "Encoding of file names, such as \"windows-1252\"; default: detected.",
        get: |s| s.encoding.map(|encoding| encoding.name().to_ascii_lowercase().into()),
        set: |s, v| {
            let label = v.as_str().map(str::as_bytes).unwrap_or_default();
            let encoding = encoding_rs::Encoding::for_label(label);
            // FTP commands cannot carry UTF-16
            let encoding = encoding.filter(|e| e.is_ascii_compatible()).ok_or_else(|| {
                Expected::new("an encoding such as \"utf-8\", \"windows-1252\" or \"shift_jis\"")
            })?;
            s.encoding = Some(encoding);
            Ok(())
        },
    },
    Field {
        name: "time_offset",
        help: "The server's offset from UTC, such as \"+02:00\"; default: detected.",
        get: |s| s.time_offset.map(values::offset_value),
        set: |s, v| values::offset(v).map(|offset| s.time_offset = Some(offset)),
    },
    Field {
        name: "pret",
        help: "Send PRET before PASV: \"auto\" (if the server lists it), \"yes\" or \"no\".",
        get: |s| values::switch_value(s.pret),
        set: |s, v| values::switch(v).map(|pret| s.pret = pret),
    },
    Field {
        name: "ignore_features",
        help: "Features that the server lists but fxpane must not use: \"MLST\", or a list.",
        get: |s| values::strings_value(&s.ignore_features),
        set: |s, v| value::strings(v).map(|features| s.ignore_features = features),
    },
    Field {
        name: "xdupe",
        help: "Use SITE XDUPE, which lists existing files: \"auto\", \"yes\" or \"no\".",
        get: |s| values::switch_value(s.xdupe),
        set: |s, v| values::switch(v).map(|xdupe| s.xdupe = xdupe),
    },
    Field {
        name: "allo",
        help: "Send ALLO before STOR: \"auto\", \"yes\" or \"no\".",
        get: |s| values::switch_value(s.allo),
        set: |s, v| values::switch(v).map(|allo| s.allo = allo),
    },
    Field {
        name: "keep_permissions",
        help: "Give copies the permissions of their sources (SITE CHMOD): \"auto\" (as the job\n\
               says), \"yes\" or \"no\".",
        get: |s| values::switch_value(s.keep_permissions),
        set: |s, v| values::switch(v).map(|keep| s.keep_permissions = keep),
    },
    Field {
        name: "urgent_abort",
        help: "true: send ABOR with a Telnet interrupt, as some old servers require.",
        get: |s| Some(s.urgent_abort.into()),
        set: |s, v| value::boolean(v).map(|on| s.urgent_abort = on),
    },
    Field {
        name: "keepalive",
        help: "Seconds before an idle session gets a NOOP; 0 for never.",
        get: |s| Some(s.keepalive.map_or_else(|| 0.into(), value::of_seconds)),
        set: |s, v| {
            let every = value::seconds(v, 0..=86_400)?;
            s.keepalive = Some(every).filter(|every| !every.is_zero());
            Ok(())
        },
    },
    Field {
        name: "bind_address",
        help: "Local address of outgoing connections.",
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
        help: "Local port of the first control connection; further connections use the next ports.",
        get: |s| s.bind_port.map(|port| i64::from(port).into()),
        set: |s, v| values::port(v).map(|port| s.bind_port = Some(port)),
    },
    Field {
        name: "proxy",
        help: "SOCKS5 proxy: \"HOST:PORT\", or { host, port, user, password }.",
        get: |s| s.proxy.as_ref().map(values::proxy_value),
        set: |s, v| values::proxy(v).map(|proxy| s.proxy = Some(proxy)),
    },
    Field {
        name: "extra",
        help: "Custom texts, such as { note = \"…\" }.",
        get: |s| values::extra_value(&s.extra),
        set: |s, v| values::extra(v).map(|extra| s.extra = extra),
    },
];

fn set_patterns(value: &Value, patterns: &mut Patterns) -> Result<(), Expected> {
    *patterns = value::patterns(value)?;
    Ok(())
}

/// The setting with this name.
#[must_use]
pub fn field(name: &str) -> Option<&'static Field<Site>> {
    FIELDS.iter().find(|field| field.name == name)
}

/// The names and values of a site's settings for display, with plain passwords masked. Settings at
/// their default are left out, unless `all` is set.
#[must_use]
pub fn record(site: &Site, all: bool) -> Vec<(&'static str, Value)> {
    let default = blank();
    let mut record = record_with_passwords(&masked(site));
    record.retain(|(name, value)| {
        let default_value = field(name).and_then(|field| (field.get)(&default));
        all || default_value.is_none_or(|default| default.to_string() != value.to_string())
    });
    record
}

/// All settings of a site including plain passwords, for an export that must contain them.
#[must_use]
pub fn record_with_passwords(site: &Site) -> Vec<(&'static str, Value)> {
    FIELDS.iter().filter_map(|field| (field.get)(site).map(|value| (field.name, value))).collect()
}

fn masked(site: &Site) -> Site {
    replace_plain(site, || PasswordRef::Plain(Secret::from("****")))
}

/// The site without plain passwords; the program prompts for them instead.
#[must_use]
pub fn without_passwords(site: &Site) -> Site {
    replace_plain(site, || PasswordRef::Ask)
}

/// Replaces the plain passwords of a site and of its proxy.
fn replace_plain(site: &Site, replacement: impl Fn() -> PasswordRef) -> Site {
    let mut site = site.clone();
    let hide = |password: &mut PasswordRef| {
        if matches!(password, PasswordRef::Plain(_)) {
            *password = replacement();
        }
    };
    hide(&mut site.password);
    if let Some(proxy) = &mut site.proxy {
        hide(&mut proxy.password);
    }
    site
}

/// A site with default settings and no host.
#[must_use]
pub fn blank() -> Site {
    let mut site = Site::new("");
    site.hosts.clear();
    site
}

/// Resets a setting to its default; name and host have none and are kept.
pub fn reset(site: &mut Site, field: &Field<Site>) {
    if matches!(field.name, "name" | "host") {
        return;
    }
    let mut fresh = blank();
    fresh.insecure = site.insecure;
    fresh.accept_certs = std::mem::take(&mut site.accept_certs);
    fresh.overrides = std::mem::take(&mut site.overrides);
    for other in FIELDS.iter().filter(|other| other.name != field.name) {
        if let Some(value) = (other.get)(site) {
            // cannot fail: a value that `get` returns is valid for `set`
            let _ = (other.set)(&mut fresh, &value);
        }
    }
    *site = fresh;
}

/// Checks a site that was not read from the file against the rules of the file.
///
/// # Errors
/// The name of the first invalid setting, and the values that are valid.
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
