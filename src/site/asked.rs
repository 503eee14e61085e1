//! What a command line says about a site beside its settings: kept with a job, so that another run
//! of the program can go on with it. It holds no secret.

use serde::{Deserialize, Serialize};

/// What a command line says about a site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Protection of the control connection, as the setting's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<String>,
    /// Protection of data connections, as the setting's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_protection: Option<String>,
    /// A certificate that is accepted, as lower-case SHA-256 hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_cert: Option<String>,
    /// Any certificate is accepted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// Login name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Seconds until giving up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
}

impl Asked {
    /// As it stands in the queue's store; nothing when nothing was asked for.
    #[must_use]
    pub fn written(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }

    /// Reads what [`Asked::written`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Self {
        // words of a later version: then nothing is changed, which is the safe side
        serde_json::from_str(text).unwrap_or_default()
    }
}
