//! `open`: opens the screen, optionally at two locations.

use std::ffi::OsString;

use crate::cli::connect::{ConnectOverrides, PairConnectOptions};
use crate::cli::error::CliError;
use crate::site::{Location, Sites};

/// Open the screen
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane open nas mirror:/pub
  fxpane open ftp://ftp.example.org/pub nas")]
pub struct Open {
    /// Location for the left pane: SITE, SITE:PATH or a URL
    left: Option<OsString>,
    /// Location for the right pane: SITE, SITE:PATH or a URL
    right: Option<OsString>,
    /// Connection options; `--src-…` applies to the left pane, `--dst-…` to the right one.
    #[command(flatten)]
    pub connect: PairConnectOptions,
}

impl Open {
    /// True if no location is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_none() && self.right.is_none()
    }

    /// The locations for the left and the right pane.
    ///
    /// # Errors
    /// [`CliError`]: no such site, an invalid URL, an unreadable password file.
    pub fn locations(&self, sites: &Sites) -> Result<[Option<Location>; 2], CliError> {
        let location = |text: &Option<OsString>, overrides: ConnectOverrides| match text {
            None => Ok(None),
            Some(text) => {
                let at = Location::parse_remote(text, sites)?.location;
                overrides.apply(at).map(Some)
            }
        };
        Ok([
            location(&self.left, self.connect.of_source())?,
            location(&self.right, self.connect.of_target())?,
        ])
    }
}
