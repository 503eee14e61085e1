//! How a job names its sites: a bookmark by its name, any other site by its settings without any
//! password.

use std::sync::Arc;

use rusqlite::Row;

use crate::base::SourceText;
use crate::site::{Asked, Site, SiteKey, Sites, sites_file};

/// The name that a site without one is written down under.
const NAMELESS: &str = "nameless";

/// A site as a job names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRef {
    /// What the engine knows it by.
    pub key: SiteKey,
    /// Its settings when the job was made, as the text of a `sites.toml` without passwords.
    pub settings: String,
    /// What the command line said about it.
    pub asked: Asked,
}

impl SiteRef {
    /// The reference of a site.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let mut named = site.clone();
        if named.name.is_empty() {
            named.name = NAMELESS.to_owned();
        }
        Self {
            key: site.key(),
            settings: sites_file::export(&[&named], false),
            asked: site.asked.clone(),
        }
    }

    /// The site: the bookmark as it is now, or what was written down of one without a name; in
    /// both cases with what the command line said about it.
    #[must_use]
    pub fn site(&self, sites: &Sites) -> Option<Arc<Site>> {
        let mut site = self.plain(sites)?;
        site.ask(&self.asked);
        Some(Arc::new(site))
    }

    fn plain(&self, sites: &Sites) -> Option<Site> {
        if let Some(site) = sites.find(&self.key.0) {
            return Some(Site::clone(site));
        }
        let written = sites_file::parse(&SourceText::new("queue.db", &*self.settings)).ok()?;
        let mut site = Site::clone(written.iter().next()?);
        if site.name != NAMELESS || site.key() == self.key {
            // a bookmark that is not there any more
            return None;
        }
        site.name.clear();
        Some(site)
    }

    /// The name on the screen.
    #[must_use]
    pub fn label(&self) -> String {
        let written = sites_file::parse(&SourceText::new("queue.db", &*self.settings)).ok();
        let site = written.as_ref().and_then(|sites| sites.iter().next());
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

/// The three columns of a site; an empty key for this machine.
pub(super) fn columns(site: Option<&Site>) -> (String, Option<String>, Option<String>) {
    match site.map(SiteRef::of) {
        Some(SiteRef { key, settings, asked }) => (key.0, Some(settings), asked.written()),
        None => (String::new(), None, None),
    }
}

/// Reads what [`columns`] gave.
pub(super) fn read(
    row: &Row<'_>,
    [key, settings, asked]: [usize; 3],
) -> rusqlite::Result<Option<SiteRef>> {
    let key = SiteKey(row.get(key)?);
    let (settings, asked): (Option<String>, Option<String>) = (row.get(settings)?, row.get(asked)?);
    let asked = asked.as_deref().map(Asked::read).unwrap_or_default();
    Ok(settings.map(|settings| SiteRef { key, settings, asked }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{PasswordRef, Security};

    #[test]
    fn a_site_without_a_name_comes_back_without_its_password() {
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
    fn what_the_command_line_said_comes_back() {
        let mut site = Site::new("h");
        site.name = "nas".to_owned();
        site.password = PasswordRef::Plain("secret".into());
        let asked = Asked {
            security: Some("explicit".to_owned()),
            data_protection: Some("require".to_owned()),
            accept_cert: Some("ab".repeat(32)),
            insecure: false,
            user: Some("me".to_owned()),
            timeout: Some(7),
        };
        let bookmarks: Sites = [site.clone()].into_iter().collect();
        site.ask(&asked);
        let (_, _, written) = columns(Some(&site));
        let reference = SiteRef { asked: Asked::read(&written.unwrap()), ..SiteRef::of(&site) };
        let back = reference.site(&bookmarks).unwrap();
        assert_eq!(*back, site);
        assert_eq!(
            (back.security, &*back.accept_certs),
            (Security::Explicit, &["ab".repeat(32)][..])
        );
        assert_eq!((back.user(), &back.password), ("me", &PasswordRef::Ask));
        assert_eq!(Asked::default().written(), None);
        assert_eq!(Asked::read("of a later version"), Asked::default());
    }

    #[test]
    fn a_bookmark_is_as_it_is_now_or_gone() {
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
