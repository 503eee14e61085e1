//! Reading and writing a site in the format of FXP.One: the fields of `SITEADD`, `SITELIST` and of
//! the file of sites (docs/fxp-one.md "Site fields").

use crate::base::{FxpOneLine, Patterns, RemotePath, Secret};
use crate::config::value::Value;
use crate::site::{DataProtection, ListType, PasswordRef, Security, Site, Switch, fields};

/// Why the fields do not describe a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A required field is missing.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// A field has an invalid value.
    #[error("the field {0} has an invalid value")]
    Value(&'static str),
    /// `HOST=<local>`: files on the engine's own machine.
    #[error("the site is the engine's own machine, not an FTP server")]
    Local,
}

/// Parses `YES`/`1`, `NO`/`0` or `AUTO`/empty/any other number; any other word is NO.
#[must_use]
pub fn switch(text: &str) -> Switch {
    match text.trim() {
        "" => Switch::Auto,
        "1" => Switch::Yes,
        "0" => Switch::No,
        word if word.eq_ignore_ascii_case("yes") => Switch::Yes,
        word if word.eq_ignore_ascii_case("auto") => Switch::Auto,
        word if word.bytes().all(|b| b.is_ascii_digit()) => Switch::Auto,
        _ => Switch::No,
    }
}

/// The digit of a yes/no/auto field: `0` no, `1` yes, `2` auto.
#[must_use]
pub fn digit(switch: Switch) -> &'static str {
    match switch {
        Switch::No => "0",
        Switch::Yes => "1",
        Switch::Auto => "2",
    }
}

/// Applies the fields of a line to a site, for new sites and for changes.
///
/// An empty value resets a field to its default. Unknown fields are kept as custom keys; `SITEID`
/// belongs to the protocol and is ignored.
///
/// # Errors
/// [`FieldError`]; the site is incomplete then and must be discarded.
pub fn apply(line: &FxpOneLine, site: &mut Site) -> Result<(), FieldError> {
    for (key, value) in line.pairs() {
        apply_one(&key.to_ascii_uppercase(), key, value, site)?;
    }
    Ok(())
}

/// Creates a site from the fields of `SITEADD` or of the file of sites.
///
/// # Errors
/// [`FieldError`], also when NAME, HOST or USER is missing.
pub fn site(line: &FxpOneLine) -> Result<Site, FieldError> {
    for required in ["NAME", "HOST", "USER"] {
        if line.get(required).is_none_or(str::is_empty) {
            return Err(FieldError::Missing(required));
        }
    }
    let mut site = fields::blank();
    // the default of FXP.One: empty files and directories are excluded
    (site.files.skip_empty, site.dirs.skip_empty) = (true, true);
    apply(line, &mut site)?;
    Ok(site)
}

fn apply_one(upper: &str, key: &str, value: &str, site: &mut Site) -> Result<(), FieldError> {
    let Some(name) = field_of(upper) else { return apply_special(upper, key, value, site) };
    let Some(field) = fields::field(name) else { return Ok(()) };
    if value.is_empty() {
        fields::reset(site, field);
        return Ok(());
    }
    let invalid = FieldError::Value(name);
    match field.name {
        "port" | "bind_port" => {
            let port = value.trim().parse::<i64>().map_err(|_| invalid)?;
            (field.set)(site, &Value::from(port)).map_err(|_| invalid)
        }
        _ => (field.set)(site, &Value::from(value)).map_err(|_| invalid),
    }
}

/// The setting of a field whose text is used unchanged.
fn field_of(upper: &str) -> Option<&'static str> {
    Some(match upper {
        "NAME" => "name",
        "USER" => "user",
        "PORT" => "port",
        "IFACE" => "bind_address",
        "IPORT" => "bind_port",
        "FSKIPLIST" => "skip_files",
        "DSKIPLIST" => "skip_dirs",
        "FPASSLIST" => "pass_files",
        "DPASSLIST" => "pass_dirs",
        "FMOVEFIRST" => "first_files",
        "DMOVEFIRST" => "first_dirs",
        "LISTARGS" => "list_args",
        _ => return None,
    })
}

/// The line without the fields of a setting that was refused with [`FieldError::Value`].
#[must_use]
pub fn without(line: &FxpOneLine, setting: &str) -> FxpOneLine {
    let mut rest = FxpOneLine::new(&line.verb);
    for (key, value) in line.pairs() {
        if field_of(&key.to_ascii_uppercase()) != Some(setting) {
            rest.push(key, value.as_str());
        }
    }
    rest
}

/// The keys of features that can be disabled for a site.
const FEATURES: [(&str, &str); 3] =
    [("FEAT_CCSN", "CCSN"), ("FEAT_SSCN", "SSCN"), ("FEAT_PRET", "PRET")];

fn apply_special(upper: &str, key: &str, value: &str, site: &mut Site) -> Result<(), FieldError> {
    let value_switch = switch(value);
    match upper {
        "SITEID" | "TYPE" | "BEGIN" | "END" | "OK" => {}
        "HOST" if value.eq_ignore_ascii_case("<local>") => return Err(FieldError::Local),
        "HOST" => {
            let host = value.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(value);
            site.hosts = vec![host.to_owned()];
            fields::check(site).or_else(|(name, _)| {
                if name == "host" { Err(FieldError::Value("host")) } else { Ok(()) }
            })?;
        }
        "PASS" => site.password = PasswordRef::Plain(Secret::from(value)),
        "PASSIVE" => site.passive = value_switch,
        "FXP_PASSIVE" => site.fxp_passive = value_switch,
        "CONTROL_TLS" if site.security == Security::Implicit && value_switch != Switch::No => {}
        "CONTROL_TLS" => {
            site.security = match value_switch {
                Switch::Auto => Security::Auto,
                Switch::Yes => Security::Explicit,
                Switch::No => Security::None,
            };
        }
        "IMPLICIT_TLS" if value_switch == Switch::Yes => site.security = Security::Implicit,
        "IMPLICIT_TLS" if site.security == Security::Implicit => site.security = Security::Auto,
        "IMPLICIT_TLS" => {}
        "DATA_TLS" => {
            site.data_protection = match value_switch {
                Switch::Auto => DataProtection::default(),
                Switch::Yes => DataProtection::Require,
                Switch::No => DataProtection::Off,
            };
        }
        "DESIRED_TYPE" => {
            site.list_type = match value_switch {
                Switch::Auto => ListType::Auto,
                Switch::Yes => ListType::Binary,
                Switch::No => ListType::Ascii,
            };
        }
        "RESUME" => site.resume = value_switch,
        "RESUME_LAST" => site.resume_last = value_switch == Switch::Yes,
        "PRET" => site.pret = value_switch,
        "USE_XDUPE" => site.xdupe = value_switch,
        "FSKIPEMPTY" => site.files.skip_empty = value_switch != Switch::No,
        "DSKIPEMPTY" => site.dirs.skip_empty = value_switch != Switch::No,
        "STARTDIR" => {
            site.start_path = Some(value).filter(|v| !v.is_empty()).map(RemotePath::from);
        }
        _ => apply_free(upper, key, value, site),
    }
    Ok(())
}

fn apply_free(upper: &str, key: &str, value: &str, site: &mut Site) {
    if let Some((_, feature)) = FEATURES.iter().find(|(key, _)| *key == upper) {
        site.ignore_features.retain(|ignored| !ignored.eq_ignore_ascii_case(feature));
        if switch(value) == Switch::No {
            site.ignore_features.push((*feature).to_owned());
        }
    } else {
        // keys are case-insensitive, and keep the case in which they were first written
        site.extra.retain(|known, _| !known.eq_ignore_ascii_case(key));
        if !value.is_empty() {
            site.extra.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// Adds the fields of a site to a line, as in `SITELIST`. Fields at their default are left out if
/// the protocol says so.
///
/// The password is included only if it is stored in plain form and `with_password` is set;
/// otherwise the field is empty.
pub fn describe(site: &Site, with_password: bool, line: &mut FxpOneLine) {
    line.push("NAME", site.name.as_str());
    line.push("HOST", site.host());
    line.push("PORT", site.port().to_string());
    line.push("USER", site.user());
    let password = match &site.password {
        PasswordRef::Plain(secret) if with_password => secret.reveal(),
        _ => "",
    };
    line.push("PASS", password);
    line.push("PASSIVE", digit(site.passive));
    line.push("FXP_PASSIVE", digit(site.fxp_passive));
    let control = match site.security {
        Security::Auto => Switch::Auto,
        Security::Explicit | Security::Implicit => Switch::Yes,
        Security::None => Switch::No,
    };
    line.push("CONTROL_TLS", digit(control));
    let data = match site.data_protection {
        DataProtection::Require => Switch::Yes,
        DataProtection::Off => Switch::No,
        DataProtection::Ask | DataProtection::Prefer => Switch::Auto,
    };
    line.push("DATA_TLS", digit(data));
    if site.security == Security::Implicit {
        line.push("IMPLICIT_TLS", "YES");
    }
    if let Some(address) = site.bind_address {
        line.push("IFACE", address.to_string());
    }
    if let Some(port) = site.bind_port {
        line.push("IPORT", port.to_string());
    }
    let list_type = match site.list_type {
        ListType::Auto => Switch::Auto,
        ListType::Binary => Switch::Yes,
        ListType::Ascii => Switch::No,
    };
    let resume_last = if site.resume_last { Switch::Yes } else { Switch::Auto };
    // AUTO means that empty ones are excluded
    let skip_empty = |skip| if skip { Switch::Auto } else { Switch::No };
    for (key, switch) in [
        ("DESIRED_TYPE", list_type),
        ("RESUME", site.resume),
        ("RESUME_LAST", resume_last),
        ("PRET", site.pret),
        ("FSKIPEMPTY", skip_empty(site.files.skip_empty)),
        ("DSKIPEMPTY", skip_empty(site.dirs.skip_empty)),
        ("USE_XDUPE", site.xdupe),
    ] {
        if switch != Switch::Auto {
            line.push(key, digit(switch));
        }
    }
    let add_patterns = |line: &mut FxpOneLine, key: &str, patterns: &Patterns| {
        if !patterns.is_empty() {
            line.push(key, patterns.as_str());
        }
    };
    add_patterns(line, "FSKIPLIST", &site.files.skip);
    add_patterns(line, "DSKIPLIST", &site.dirs.skip);
    add_patterns(line, "FPASSLIST", &site.files.pass);
    add_patterns(line, "DPASSLIST", &site.dirs.pass);
    add_patterns(line, "FMOVEFIRST", &site.files.first);
    add_patterns(line, "DMOVEFIRST", &site.dirs.first);
    if let Some(args) = &site.list_args {
        line.push("LISTARGS", args.as_str());
    }
    if let Some(path) = site.start_path.as_ref().and_then(|p| str::from_utf8(p.as_bytes()).ok()) {
        line.push("STARTDIR", path);
    }
    for (key, feature) in FEATURES {
        if site.ignore_features.iter().any(|ignored| ignored.eq_ignore_ascii_case(feature)) {
            line.push(key, "NO");
        }
    }
    for (key, value) in &site.extra {
        line.push(key, value.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Site, FieldError> {
        site(&FxpOneLine::parse(text).unwrap())
    }

    #[test]
    fn a_siteadd_line_is_parsed() {
        let site = read(
            "SITEADD|NAME=local|host=localhost|port=56688|user=mp3|pass=mp3|passive=1|\
             fxp_passive=2|control_TLS=2|data_TLS=2|extrafield=somestuff|OS=Unix",
        )
        .unwrap();
        assert_eq!((site.name.as_str(), site.host(), site.port()), ("local", "localhost", 56688));
        assert_eq!(site.passive, Switch::Yes);
        assert_eq!(site.fxp_passive, Switch::Auto);
        assert_eq!(site.security, Security::Auto);
        assert!(site.files.skip_empty && site.dirs.skip_empty);
        assert_eq!(site.extra.get("OS").map(String::as_str), Some("Unix"));
    }

    #[test]
    fn values_of_yes_no_auto() {
        for (text, expected) in [
            ("YES", Switch::Yes),
            ("yes", Switch::Yes),
            ("1", Switch::Yes),
            ("0", Switch::No),
            ("no", Switch::No),
            ("never", Switch::No),
            ("2", Switch::Auto),
            ("17", Switch::Auto),
            ("", Switch::Auto),
            ("Auto", Switch::Auto),
        ] {
            assert_eq!(switch(text), expected, "{text}");
        }
    }

    #[test]
    fn a_change_affects_only_its_fields() {
        let mut site =
            read("SITEADD|NAME=a|HOST=h|USER=u|FPASSLIST=*.iso|Note=x|PORT=2121").unwrap();
        let change =
            FxpOneLine::parse("SITEMOD|SITEID=3|FPASSLIST=|note=|PORT=|FSKIPLIST=*.nfo").unwrap();
        apply(&change, &mut site).unwrap();
        assert!(site.files.pass.is_empty() && site.extra.is_empty());
        assert_eq!((site.port(), site.name.as_str()), (21, "a"));
        assert_eq!(site.files.skip, Patterns::new("*.nfo"));
    }

    #[test]
    fn invalid_fields_are_refused() {
        for (text, error) in [
            ("SITE|HOST=h|USER=u", FieldError::Missing("NAME")),
            ("SITE|NAME=a|HOST=h|USER=", FieldError::Missing("USER")),
            ("SITE|NAME=a|HOST=<local>|USER=u", FieldError::Local),
            ("SITE|NAME=a|HOST=h h|USER=u", FieldError::Value("host")),
            ("SITE|NAME=a|HOST=h|USER=u|PORT=x", FieldError::Value("port")),
            ("SITE|NAME=a|HOST=h|USER=u|IFACE=eth0", FieldError::Value("bind_address")),
        ] {
            assert_eq!(read(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn all_fields_survive_a_round_trip() {
        for text in [
            "SITE|NAME=a|HOST=h|USER=u|PASS=p|CONTROL_TLS=1|DATA_TLS=0|DESIRED_TYPE=1|RESUME=0|\
             RESUME_LAST=1|PRET=1|FSKIPLIST=*.a/*.b|DSKIPLIST=c|FPASSLIST=d|DPASSLIST=e|\
             FSKIPEMPTY=0|DSKIPEMPTY=0|FMOVEFIRST=f|DMOVEFIRST=g|IFACE=192.0.2.1|IPORT=4000|\
             LISTARGS=-la|STARTDIR=/pub|USE_XDUPE=0|FEAT_SSCN=NO|FEAT_PRET=NO|own_key=x y",
            "SITE|NAME=a|HOST=::1|USER=u|PASS=p|IMPLICIT_TLS=YES|CONTROL_TLS=1|PORT=991|DATA_TLS=1",
            "SITE|NAME=a|HOST=h|USER=u|PASS=p",
        ] {
            let mut site = read(text).unwrap();
            let mut line = FxpOneLine::new("SITE");
            describe(&site, true, &mut line);
            let mut back = read(&line.to_string()).unwrap();
            // the port is always included
            (site.port, back.port) = (Some(site.port()), Some(back.port()));
            assert_eq!(back, site, "{line}");
            let mut without_password = FxpOneLine::new("SITE");
            describe(&site, false, &mut without_password);
            assert_eq!(without_password.get("PASS"), Some(""));
        }
    }
}
