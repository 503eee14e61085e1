//! The file of sites of an FXP.One engine: `SITE|NAME=…|HOST=…` on each line.
//!
//! Made after its description (reference/fxp-one.md section 6).

use crate::base::{Line, SourceText};
use crate::site::fxp_one::{self, FieldError};
use crate::site::import::collect::Collector;
use crate::site::import::{ImportError, Lost};

const WHAT: &str = "a file of sites of FXP.One, or it is encrypted";

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), ImportError> {
    let mut understood = false;
    for (at, text) in source.lines() {
        let Some(line) = Line::parse(text).filter(|_| !text.starts_with('#')) else { continue };
        match line.verb.as_str() {
            "SITE" => read_site(at, &line, to),
            // the mark of the right key at the end of an encrypted file
            "MUTE" => {}
            _ if !understood => {
                return Err(ImportError::Other { place: source.place(at), what: WHAT });
            }
            _ => to.lost(at, "", Lost::Line),
        }
        understood = true;
    }
    Ok(())
}

fn read_site(at: usize, line: &Line, to: &mut Collector<'_>) {
    let name = line.get("NAME").unwrap_or_default().to_owned();
    // a name that this program cannot have is made good by the collector, so it is not judged here
    let mut judged = Line::new("SITE");
    for (key, value) in line.pairs() {
        let is_name = key.eq_ignore_ascii_case("NAME");
        judged.push(key, if is_name { "name" } else { value });
    }
    let mut site = loop {
        match fxp_one::site(&judged) {
            Ok(site) => break site,
            Err(FieldError::Local) => {
                to.lost(at, &name, Lost::Local);
                return;
            }
            Err(error @ (FieldError::Missing(_) | FieldError::Value("host"))) => {
                to.lost(at, &name, Lost::Unusable(error.to_string()));
                return;
            }
            Err(FieldError::Value(field)) => {
                to.setting(at, &name, format!("{field}, whose value cannot be used"));
                let before = judged.pairs().len();
                judged = fxp_one::without(&judged, field);
                if judged.pairs().len() == before {
                    // cannot happen: a field that is wrong was there
                    return;
                }
            }
        }
    };
    site.name = name;
    to.add(at, site);
}
