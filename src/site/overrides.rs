//! Settings of a site that the command line overrides. They are stored with a job, so that another
//! run of the program can continue it. They hold no secret.

use serde::{Deserialize, Serialize};

/// Settings of a site from the command line; `None` leaves the site's own setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteOverrides {
    /// The value of the setting `security`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<String>,
    /// The value of the setting `data_protection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_protection: Option<String>,
    /// The fingerprint of an accepted certificate: SHA-256 in lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_cert: Option<String>,
    /// True to accept any certificate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// Login name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The timeout in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
}

impl SiteOverrides {
    /// The JSON text for the queue's store; `None` when nothing is overridden.
    #[must_use]
    pub fn to_json(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }

    /// Reads the text of [`SiteOverrides::to_json`].
    #[must_use]
    pub fn from_json(text: &str) -> Self {
        // a text of a later version overrides nothing, which is the safe choice
        serde_json::from_str(text).unwrap_or_default()
    }
}
