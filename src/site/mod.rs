//! Sites: saved FTP servers with their login, security and FXP settings, and locations on them.
//!
//! Rung 4.

pub mod fields;
pub mod fxp_one;
pub mod import;
pub mod location;
pub mod model;
pub mod netrc;
pub mod obscured;
pub mod overrides;
pub mod password;
pub mod sites;
pub mod sites_file;
pub mod trust;
pub mod url;
pub mod values;
pub mod vault;

pub use location::{Location, LocationError, Parsed};
pub use model::{
    ClientCertificate, DataProtection, ListCommand, ListType, PasswordRef, Security, Site, SiteKey,
    SiteProxy, Switch, TempNames,
};
pub use overrides::SiteOverrides;
pub use password::{Login, PasswordError};
pub use sites::Sites;
pub use trust::Trust;
pub use url::TransferType;
pub use vault::{Vault, VaultError};
