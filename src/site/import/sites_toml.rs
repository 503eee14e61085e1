//! A `sites.toml` from another machine or user.

use crate::base::SourceText;
use crate::site::import::collect::Collector;
use crate::site::import::{LossKind, SiteImportError};
use crate::site::{PasswordRef, Site, sites_file};

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), SiteImportError> {
    for site in sites_file::parse(source)?.iter() {
        let mut site = Site::clone(site);
        let name = site.name.clone();
        let mut remove_command = |password: &mut PasswordRef| {
            if matches!(password, PasswordRef::Command(_)) {
                *password = PasswordRef::Ask;
                to.lost(0, &name, LossKind::Command);
            }
        };
        remove_command(&mut site.password);
        if let Some(proxy) = &mut site.proxy {
            remove_command(&mut proxy.password);
        }
        to.add(0, site);
    }
    Ok(())
}
