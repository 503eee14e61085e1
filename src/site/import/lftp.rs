//! lftp's bookmarks: `NAME URL` on each line, separated by whitespace.
//!
//! Checked against files that lftp 4.9 wrote: paths are relative to the login directory, and
//! absolute when they start with `%2F`.

use crate::base::SourceText;
use crate::site::import::LossKind;
use crate::site::import::collect::Collector;
use crate::site::import::urls::{self, Paths};

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) {
    for (at, line) in source.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, target)) = line.split_once(char::is_whitespace) else {
            to.lost(at, "", LossKind::Line);
            continue;
        };
        let target = target.trim();
        // the value is an argument of lftp's `open`: a bare word is a host
        let url =
            if target.contains("://") { target.to_owned() } else { format!("ftp://{target}") };
        match urls::site(&url, Paths::Relative) {
            Err(lost) => to.lost(at, name, lost),
            Ok(mut site) => {
                site.name = name.to_owned();
                to.add(at, site);
            }
        }
    }
}
