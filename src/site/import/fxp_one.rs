//! The file of sites of an FXP.One engine: `SITE|NAME=…|HOST=…` on each line.
//!
//! Written after its description (docs/fxp-one.md "Site fields").

use crate::base::{FxpOneLine, SourceText};
use crate::site::fxp_one::{self, FieldError};
use crate::site::import::collect::Collector;
use crate::site::import::{LossKind, SiteImportError};

const EXPECTED: &str = "an unencrypted site file of FXP.One";

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), SiteImportError> {
    let mut recognized = false;
    for (at, text) in source.lines() {
        let Some(line) = FxpOneLine::parse(text).filter(|_| !text.starts_with('#')) else {
            continue;
        };
        match line.verb.as_str() {
            "SITE" => read_site(at, &line, to),
            // marks the end of an encrypted file
            "MUTE" => {}
            _ if !recognized => {
                return Err(SiteImportError::Other {
                    place: source.location(at),
                    expected: EXPECTED,
                });
            }
            _ => to.lost(at, "", LossKind::Line),
        }
        recognized = true;
    }
    Ok(())
}

fn read_site(at: usize, line: &FxpOneLine, to: &mut Collector<'_>) {
    let name = line.get("NAME").unwrap_or_default().to_owned();
    // the collector makes the name valid, so it is not checked here
    let mut checked = FxpOneLine::new("SITE");
    for (key, value) in line.pairs() {
        let is_name = key.eq_ignore_ascii_case("NAME");
        checked.push(key, if is_name { "name" } else { value });
    }
    let mut site = loop {
        match fxp_one::site(&checked) {
            Ok(site) => break site,
            Err(FieldError::Local) => {
                to.lost(at, &name, LossKind::Local);
                return;
            }
            Err(error @ (FieldError::Missing(_) | FieldError::Value("host"))) => {
                to.lost(at, &name, LossKind::Unusable(error.to_string()));
                return;
            }
            Err(FieldError::Value(field)) => {
                to.setting(at, &name, format!("{field}: invalid value"));
                let before = checked.pairs().len();
                checked = fxp_one::without(&checked, field);
                if checked.pairs().len() == before {
                    // cannot happen: the invalid field was in the line
                    return;
                }
            }
        }
    };
    site.name = name;
    to.add(at, site);
}
