//! The form that edits a site: all its settings, one per line.

use crate::config::Expected;
use crate::config::value::Value;
use crate::site::fields::{self, FIELDS};
use crate::site::sites_file::SiteChange;
use crate::site::{PasswordRef, Site};

/// A site that is being added or edited.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteForm {
    /// The current name in `sites.toml`; `None` for a new site.
    pub saved_name: Option<String>,
    /// The site before the changes.
    pub before: Site,
    /// The site with the changes.
    pub site: Site,
}

impl SiteForm {
    /// A form for a saved site, or for a new one.
    #[must_use]
    pub fn new(site: Option<&Site>) -> Self {
        let before = site.cloned().unwrap_or_else(fields::blank);
        Self { saved_name: site.map(|site| site.name.clone()), site: before.clone(), before }
    }

    /// True if there are unsaved changes.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.site != self.before
    }

    /// The change to `sites.toml`.
    ///
    /// # Errors
    /// The name of a missing or invalid setting, and what it must be.
    pub fn change(&self) -> Result<SiteChange, (&'static str, Expected)> {
        fields::check(&self.site)?;
        let site = Box::new(self.site.clone());
        Ok(match &self.saved_name {
            Some(name) => SiteChange::Replace { name: name.clone(), site },
            None => SiteChange::Add(site),
        })
    }

    /// The text of a setting, as typed; empty if it has no value.
    #[must_use]
    pub fn typed(&self, field: usize) -> String {
        let Some(field) = FIELDS.get(field) else { return String::new() };
        match (field.get)(&self.site) {
            None => String::new(),
            Some(value) => typed(&value),
        }
    }

    /// The text of a setting for display, with a stored password masked.
    #[must_use]
    pub fn shown(&self, field: usize) -> String {
        let is_password = FIELDS.get(field).is_some_and(|field| field.name == "password");
        if is_password && matches!(self.site.password, PasswordRef::Plain(_)) {
            return "{ plain = \"****\" }".to_owned();
        }
        self.typed(field)
    }

    /// True if the setting differs from its default.
    #[must_use]
    pub fn is_set(&self, field: usize) -> bool {
        let blank = fields::blank();
        FIELDS.get(field).is_some_and(|field| {
            let text = |site: &Site| (field.get)(site).map(|value| typed(&value));
            text(&self.site) != text(&blank)
        })
    }

    /// Sets a setting from its text; an empty text restores the default.
    ///
    /// # Errors
    /// What the setting must be.
    pub fn set(&mut self, at: usize, text: &str) -> Result<(), Expected> {
        let Some(field) = FIELDS.get(at) else { return Ok(()) };
        let mut site = self.without(at)?;
        if !text.is_empty() {
            field.set_text(&mut site, text)?;
        }
        self.site = site;
        Ok(())
    }

    /// The site with one setting at its default.
    fn without(&self, at: usize) -> Result<Site, Expected> {
        let mut site = fields::blank();
        for field in FIELDS.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, f)| f) {
            if let Some(value) = (field.get)(&self.site)
                && Some(typed(&value)) != (field.get)(&fields::blank()).map(|value| typed(&value))
            {
                (field.set)(&mut site, &value)?;
            }
        }
        Ok(site)
    }
}

fn typed(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> usize {
        FIELDS.iter().position(|field| field.name == name).unwrap()
    }

    #[test]
    fn settings_are_typed_validated_and_reset() {
        let mut form = SiteForm::new(None);
        assert_eq!(form.change().unwrap_err().0, "name");
        for (name, text) in [
            ("name", "nas"),
            ("host", "a.example.net"),
            ("port", "2121"),
            ("read_only", "true"),
            ("password", "{ env = \"NAS\" }"),
            ("start_path", "/a b"),
        ] {
            form.set(field(name), text).unwrap();
            assert_eq!(form.typed(field(name)), text, "{name}");
            assert!(form.is_set(field(name)), "{name}");
        }
        assert!(form.set(field("port"), "many").is_err());
        assert!(form.set(field("security"), "perhaps").is_err());
        form.set(field("port"), "").unwrap();
        assert!(!form.is_set(field("port")));
        assert_eq!(form.site.port, None);
        assert_eq!(form.site.hosts, ["a.example.net"]);
        let Ok(SiteChange::Add(site)) = form.change() else { panic!() };
        assert!(site.read_only);
        form.set(field("password"), "{ plain = \"secret\" }").unwrap();
        assert!(!form.shown(field("password")).contains("secret"));
    }

    #[test]
    fn other_settings_of_a_site_are_kept() {
        let mut form = SiteForm::new(None);
        form.set(field("name"), "a").unwrap();
        form.set(field("host"), "[\"a\", \"b\"]").unwrap();
        form.set(field("max_sessions"), "7").unwrap();
        let site = form.site.clone();
        let mut form = SiteForm::new(Some(&site));
        form.set(field("user"), "joe").unwrap();
        assert_eq!(form.site, Site { user: Some("joe".to_owned()), ..site });
        let Ok(SiteChange::Replace { name, .. }) = form.change() else { panic!() };
        assert_eq!(name, "a");
    }
}
