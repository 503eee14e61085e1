//! A `sites.toml` of this program, from another machine or another user.

use crate::base::SourceText;
use crate::site::import::collect::Collector;
use crate::site::import::{ImportError, Lost};
use crate::site::{PasswordRef, Site, sites_file};

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), ImportError> {
    for site in sites_file::parse(source)?.iter() {
        let mut site = Site::clone(site);
        let name = site.name.clone();
        let mut disarm = |password: &mut PasswordRef| {
            if matches!(password, PasswordRef::Command(_)) {
                *password = PasswordRef::Ask;
                to.lost(0, &name, Lost::Command);
            }
        };
        disarm(&mut site.password);
        if let Some(proxy) = &mut site.proxy {
            disarm(&mut proxy.password);
        }
        to.add(0, site);
    }
    Ok(())
}
