//! References of jobs to their sites: saved sites by name, others by their settings without
//! passwords.

use std::sync::Arc;

use rusqlite::Row;

use crate::base::SourceText;
use crate::site::{Site, SiteKey, SiteOverrides, Sites, sites_file};

/// The name of sites without a name in `settings`.
const NAMELESS: &str = "nameless";

/// A reference of a job to a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRef {
    /// The key of the site.
    pub key: SiteKey,
    /// The settings when the job was submitted, as the text of a `sites.toml` without passwords.
    pub settings: String,
    /// The settings that the command line overrides.
    pub overrides: SiteOverrides,
}

impl SiteRef {
    /// The reference to a site.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let mut named = site.clone();
        if named.name.is_empty() {
            named.name = NAMELESS.to_owned();
        }
        Self {
            key: site.key(),
            settings: sites_file::export(&[&named], false),
            overrides: site.overrides.clone(),
        }
    }

    /// The site: a saved site with its current settings, or a site without a name with the stored
    /// ones; in both cases with the overrides. `None` for a saved site that no longer exists.
    #[must_use]
    pub fn site(&self, sites: &Sites) -> Option<Arc<Site>> {
        let mut site = self.without_overrides(sites)?;
        site.apply_overrides(&self.overrides);
        Some(Arc::new(site))
    }

    fn without_overrides(&self, sites: &Sites) -> Option<Site> {
        if let Some(site) = sites.find(&self.key.0) {
            return Some(Site::clone(site));
        }
        let stored = sites_file::parse(&SourceText::new("queue.db", &*self.settings)).ok()?;
        let mut site = Site::clone(stored.iter().next()?);
        if site.name != NAMELESS || site.key() == self.key {
            // a saved site that no longer exists
            return None;
        }
        site.name.clear();
        Some(site)
    }

    /// The name for display.
    #[must_use]
    pub fn label(&self) -> String {
        let stored = sites_file::parse(&SourceText::new("queue.db", &*self.settings)).ok();
        let site = stored.as_ref().and_then(|sites| sites.iter().next());
        match site {
            Some(site) if site.name != NAMELESS => site.label(),
            Some(site) => {
                let mut site = Site::clone(site);
                site.name.clear();
                site.label()
            }
            None => self.key.0.clone(),
        }
    }
}

/// The three columns of a site; the key is empty for this machine.
pub(super) fn columns(site: Option<&Site>) -> (String, Option<String>, Option<String>) {
    match site.map(SiteRef::of) {
        Some(SiteRef { key, settings, overrides }) => (key.0, Some(settings), overrides.to_json()),
        None => (String::new(), None, None),
    }
}

/// Reads the columns of [`columns`].
pub(super) fn read(
    row: &Row<'_>,
    [key, settings, overrides]: [usize; 3],
) -> rusqlite::Result<Option<SiteRef>> {
    let key = SiteKey(row.get(key)?);
    let (settings, overrides): (Option<String>, Option<String>) =
        (row.get(settings)?, row.get(overrides)?);
    let overrides = overrides.as_deref().map(SiteOverrides::from_json).unwrap_or_default();
    Ok(settings.map(|settings| SiteRef { key, settings, overrides }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{PasswordRef, Security};

    #[test]
    fn a_site_without_a_name_is_restored_without_its_password() {
        let mut site = Site::new("ftp.example.org");
        site.port = Some(2121);
        site.user = Some("me".to_owned());
        site.security = Security::None;
        site.password = PasswordRef::Plain("secret".into());
        let reference = SiteRef::of(&site);
        assert!(!reference.settings.contains("secret"));
        let back = reference.site(&Sites::new()).unwrap();
        assert_eq!(back.key(), site.key());
        assert_eq!(back.password, PasswordRef::Ask);
        assert_eq!(reference.label(), "ftp.example.org:2121");
    }

    #[test]
    fn overrides_are_restored() {
        let mut site = Site::new("h");
        site.name = "nas".to_owned();
        site.password = PasswordRef::Plain("secret".into());
        let overrides = SiteOverrides {
            security: Some("explicit".to_owned()),
            data_protection: Some("require".to_owned()),
            accept_cert: Some("ab".repeat(32)),
            insecure: false,
            user: Some("me".to_owned()),
            timeout: Some(7),
        };
        let saved: Sites = [site.clone()].into_iter().collect();
        site.apply_overrides(&overrides);
        let (_, _, stored) = columns(Some(&site));
        let reference =
            SiteRef { overrides: SiteOverrides::from_json(&stored.unwrap()), ..SiteRef::of(&site) };
        let back = reference.site(&saved).unwrap();
        assert_eq!(*back, site);
        assert_eq!(
            (back.security, &*back.accept_certs),
            (Security::Explicit, &["ab".repeat(32)][..])
        );
        assert_eq!((back.user(), &back.password), ("me", &PasswordRef::Ask));
        assert_eq!(SiteOverrides::default().to_json(), None);
        assert_eq!(SiteOverrides::from_json("of a later version"), SiteOverrides::default());
    }

    #[test]
    fn a_saved_site_has_its_current_settings() {
        let mut site = Site::new("old.example.org");
        site.name = "nas".to_owned();
        let reference = SiteRef::of(&site);
        assert_eq!(reference.site(&Sites::new()), None);
        let now = Site { hosts: vec!["new.example.org".to_owned()], ..site };
        let sites: Sites = [now.clone()].into_iter().collect();
        assert_eq!(*reference.site(&sites).unwrap(), now);
        assert_eq!(reference.label(), "nas");
    }
}
