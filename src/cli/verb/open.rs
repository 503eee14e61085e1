//! `open`: the screen with two locations.

use std::ffi::OsString;

use crate::cli::connect::{Changes, TwoSides};
use crate::cli::error::CliError;
use crate::site::{Location, Sites};

/// Opens the screen
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane open nas mirror:/pub
  fxpane open ftp://ftp.example.org/pub nas")]
pub struct Open {
    /// SITE, SITE:PATH or a URL for the left pane
    left: Option<OsString>,
    /// SITE, SITE:PATH or a URL for the right pane
    right: Option<OsString>,
    /// The connections; `--src-…` is for the left pane.
    #[command(flatten)]
    pub connect: TwoSides,
}

impl Open {
    /// True when no place is named.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.left.is_none() && self.right.is_none()
    }

    /// What the panes open.
    ///
    /// # Errors
    /// [`CliError`]: no such site, a wrong URL, an unreadable file of a password.
    pub fn places(&self, sites: &Sites) -> Result<[Option<Location>; 2], CliError> {
        let place = |text: &Option<OsString>, changes: Changes| match text {
            None => Ok(None),
            Some(text) => {
                let at = Location::parse_remote(text, sites)?.location;
                changes.apply(at).map(Some)
            }
        };
        Ok([
            place(&self.left, self.connect.of_source())?,
            place(&self.right, self.connect.of_target())?,
        ])
    }
}
