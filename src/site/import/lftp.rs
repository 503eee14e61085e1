//! lftp's bookmarks: `NAME<blank>URL` on each line.
//!
//! Checked against files that lftp 4.9 wrote: its paths are below the login directory, and
//! absolute when they begin with `%2F`.

use crate::base::SourceText;
use crate::site::import::Lost;
use crate::site::import::collect::Collector;
use crate::site::import::urls::{self, Paths};

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) {
    for (at, line) in source.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, target)) = line.split_once(char::is_whitespace) else {
            to.lost(at, "", Lost::Line);
            continue;
        };
        let target = target.trim();
        // what stands there is the argument of lftp's open: a bare word is a host
        let url =
            if target.contains("://") { target.to_owned() } else { format!("ftp://{target}") };
        match urls::site(&url, Paths::Login) {
            Err(lost) => to.lost(at, name, lost),
            Ok(mut site) => {
                site.name = name.to_owned();
                to.add(at, site);
            }
        }
    }
}
