//! A site in the words of FXP.One (seed 001): the fields of `SITEADD`, `SITELIST` and of the file
//! of sites, to and fro (reference/fxp-one.md section 6).

use crate::base::{Line, Patterns, RemotePath, Secret};
use crate::config::value::Value;
use crate::site::{DataProtection, ListType, PasswordRef, Security, Site, Switch, fields};

/// Why fields make no site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A needed field is not there.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// A field has a value that it cannot have.
    #[error("the field {0} has a value that it cannot have")]
    Value(&'static str),
    /// `HOST=<local>`: files on the engine's own machine.
    #[error("the site is the engine's own machine, which is no FTP server")]
    Local,
}

/// `YES`/`1`, `NO`/`0`, `AUTO`/empty/any other number; any other word is NO.
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

/// Takes the fields of a line over into a site, for a new site and for changes alike.
///
/// An empty value puts a field back to its default. Fields that are not known are kept as free
/// keys; `SITEID` is the protocol's business and left out.
///
/// # Errors
/// [`FieldError`]; the site is then to be dropped.
pub fn apply(line: &Line, site: &mut Site) -> Result<(), FieldError> {
    for (key, value) in line.pairs() {
        apply_one(&key.to_ascii_uppercase(), key, value, site)?;
    }
    Ok(())
}

/// A new site from the fields of `SITEADD` or of the file of sites.
///
/// # Errors
/// [`FieldError`], also when one of NAME, HOST and USER is missing.
pub fn site(line: &Line) -> Result<Site, FieldError> {
    for needed in ["NAME", "HOST", "USER"] {
        if line.get(needed).is_none_or(str::is_empty) {
            return Err(FieldError::Missing(needed));
        }
    }
    let mut site = fields::blank();
    // what FXP.One does when nothing is said: empty files and directories are left out
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
    let wrong = FieldError::Value(name);
    match field.name {
        "port" | "bind_port" => {
            let port = value.trim().parse::<i64>().map_err(|_| wrong)?;
            (field.set)(site, &Value::from(port)).map_err(|_| wrong)
        }
        _ => (field.set)(site, &Value::from(value)).map_err(|_| wrong),
    }
}

/// Fields whose text is taken over as it is.
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

/// The line without the pairs of a setting that was refused with [`FieldError::Value`].
#[must_use]
pub fn without(line: &Line, setting: &str) -> Line {
    let mut rest = Line::new(&line.verb);
    for (key, value) in line.pairs() {
        if field_of(&key.to_ascii_uppercase()) != Some(setting) {
            rest.push(key, value.as_str());
        }
    }
    rest
}

/// Features that a site can be told not to use, by their keys.
const FEATURES: [(&str, &str); 3] =
    [("FEAT_CCSN", "CCSN"), ("FEAT_SSCN", "SSCN"), ("FEAT_PRET", "PRET")];

fn apply_special(upper: &str, key: &str, value: &str, site: &mut Site) -> Result<(), FieldError> {
    let yna = switch(value);
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
        "PASSIVE" => site.passive = yna,
        "FXP_PASSIVE" => site.fxp_passive = yna,
        "CONTROL_TLS" if site.security == Security::Implicit && yna != Switch::No => {}
        "CONTROL_TLS" => {
            site.security = match yna {
                Switch::Auto => Security::Auto,
                Switch::Yes => Security::Explicit,
                Switch::No => Security::None,
            };
        }
        "IMPLICIT_TLS" if yna == Switch::Yes => site.security = Security::Implicit,
        "IMPLICIT_TLS" if site.security == Security::Implicit => site.security = Security::Auto,
        "IMPLICIT_TLS" => {}
        "DATA_TLS" => {
            site.data_protection = match yna {
                Switch::Auto => DataProtection::default(),
                Switch::Yes => DataProtection::Require,
                Switch::No => DataProtection::Off,
            };
        }
        "DESIRED_TYPE" => {
            site.list_type = match yna {
                Switch::Auto => ListType::Auto,
                Switch::Yes => ListType::Binary,
                Switch::No => ListType::Ascii,
            };
        }
        "RESUME" => site.resume = yna,
        "RESUME_LAST" => site.resume_last = yna == Switch::Yes,
        "PRET" => site.pret = yna,
        "USE_XDUPE" => site.xdupe = yna,
        "FSKIPEMPTY" => site.files.skip_empty = yna != Switch::No,
        "DSKIPEMPTY" => site.dirs.skip_empty = yna != Switch::No,
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
        // keys are found whatever their case, and given back as they were first written
        site.extra.retain(|own, _| !own.eq_ignore_ascii_case(key));
        if !value.is_empty() {
            site.extra.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// Adds the fields of a site to a line, as `SITELIST` gives them: what stands at its default is
/// left out where the protocol says so.
///
/// The password is written only when it is known without asking anybody, and `with_password` is
/// given; else the field is there and empty.
pub fn describe(site: &Site, with_password: bool, line: &mut Line) {
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
    // AUTO means that empty ones are left out
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
    let add_patterns = |line: &mut Line, key: &str, patterns: &Patterns| {
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
        site(&Line::parse(text).unwrap())
    }

    #[test]
    fn the_seeds_example() {
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
    fn words_of_yes_no_auto() {
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
    fn a_change_touches_only_what_it_names() {
        let mut site =
            read("SITEADD|NAME=a|HOST=h|USER=u|FPASSLIST=*.iso|Note=x|PORT=2121").unwrap();
        let change =
            Line::parse("SITEMOD|SITEID=3|FPASSLIST=|note=|PORT=|FSKIPLIST=*.nfo").unwrap();
        apply(&change, &mut site).unwrap();
        assert!(site.files.pass.is_empty() && site.extra.is_empty());
        assert_eq!((site.port(), site.name.as_str()), (21, "a"));
        assert_eq!(site.files.skip, Patterns::new("*.nfo"));
    }

    #[test]
    fn wrong_fields_are_refused() {
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
    fn all_fields_go_to_and_fro() {
        for text in [
            "SITE|NAME=a|HOST=h|USER=u|PASS=p|CONTROL_TLS=1|DATA_TLS=0|DESIRED_TYPE=1|RESUME=0|\
             RESUME_LAST=1|PRET=1|FSKIPLIST=*.a/*.b|DSKIPLIST=c|FPASSLIST=d|DPASSLIST=e|\
             FSKIPEMPTY=0|DSKIPEMPTY=0|FMOVEFIRST=f|DMOVEFIRST=g|IFACE=192.0.2.1|IPORT=4000|\
             LISTARGS=-la|STARTDIR=/pub|USE_XDUPE=0|FEAT_SSCN=NO|FEAT_PRET=NO|own_key=x y",
            "SITE|NAME=a|HOST=::1|USER=u|PASS=p|IMPLICIT_TLS=YES|CONTROL_TLS=1|PORT=991|DATA_TLS=1",
            "SITE|NAME=a|HOST=h|USER=u|PASS=p",
        ] {
            let mut site = read(text).unwrap();
            let mut line = Line::new("SITE");
            describe(&site, true, &mut line);
            let mut back = read(&line.to_string()).unwrap();
            // the port is always told
            (site.port, back.port) = (Some(site.port()), Some(back.port()));
            assert_eq!(back, site, "{line}");
            let mut silent = Line::new("SITE");
            describe(&site, false, &mut silent);
            assert_eq!(silent.get("PASS"), Some(""));
        }
    }
}
