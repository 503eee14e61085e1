//! The user's bookmarks in their order.

use std::sync::Arc;

use crate::base::text;
use crate::site::Site;

/// All bookmarks, in the order of `sites.toml`. Names are unique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sites {
    sites: Vec<Arc<Site>>,
}

impl Sites {
    /// No bookmarks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bookmark of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Site>> {
        // a site from a URL has no name and is nobody's bookmark
        self.sites.iter().find(|site| site.name == name && !name.is_empty())
    }

    /// A bookmark whose name is nearly that.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<String> {
        text::nearest(name, self.sites.iter().map(|site| site.name.as_str())).map(str::to_owned)
    }

    /// The bookmarks in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.sites.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }
}

impl FromIterator<Site> for Sites {
    /// Collects bookmarks; of two with one name the first stays.
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
