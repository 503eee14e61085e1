//! The user's saved sites, in the order of the file.

use std::sync::Arc;

use crate::base::text;
use crate::site::Site;

/// All saved sites, in the order of `sites.toml`. Names are unique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sites {
    sites: Vec<Arc<Site>>,
}

impl Sites {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The site with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Site>> {
        // a site from a URL has an empty name and is not a saved one
        self.sites.iter().find(|site| site.name == name && !name.is_empty())
    }

    /// The name that is most similar, for a suggestion after a typing error.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<String> {
        text::nearest(name, self.sites.iter().map(|site| site.name.as_str())).map(str::to_owned)
    }

    /// The sites in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.sites.iter()
    }

    /// The number of sites.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// True when there is no site.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }
}

impl FromIterator<Site> for Sites {
    /// Collects sites; of two with the same name, the first is kept.
    fn from_iter<I: IntoIterator<Item = Site>>(sites: I) -> Self {
        let mut collected = Self::new();
        for site in sites {
            if collected.find(&site.name).is_none() {
                collected.sites.push(Arc::new(site));
            }
        }
        collected
    }
}
