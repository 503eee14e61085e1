//! Connection options, for both servers or for one side.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::base::{RemotePath, Word};
use crate::cli::error::CliError;
use crate::cli::form::TypeOption;
use crate::cli::passphrase::read_first_line;
use crate::config::Expected;
use crate::site::obscured;
use crate::site::trust::normal_fingerprint;
use crate::site::{DataProtection, Location, PasswordRef, Security, Site, SiteOverrides};

/// Parses the value of an enumerated setting; help, errors and completions list the values.
pub fn choice_parser<C: Word + Send + Sync>() -> impl TypedValueParser<Value = C> {
    let words = C::WORDS.iter().map(|(word, _)| *word).filter(|word| !word.is_empty());
    PossibleValuesParser::new(words.collect::<Vec<_>>()).try_map(|word| {
        C::from_word(&word).ok_or_else(|| Expected::new("one of the listed values"))
    })
}

/// Settings of a site that the command line overrides, for this run only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectOverrides {
    /// Protection of the control connection.
    pub security: Option<Security>,
    /// Protection of data connections.
    pub data_protection: Option<DataProtection>,
    /// SHA-256 fingerprint of a certificate to accept.
    pub accept_cert: Option<String>,
    /// Remember the accepted certificate.
    pub save_cert: bool,
    /// Accept any certificate.
    pub insecure: bool,
    /// Login name.
    pub user: Option<String>,
    /// File whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Time limit for connecting and for replies, in seconds.
    pub timeout: Option<u64>,
}

macro_rules! side {
    ($name:ident, $prefix:literal, $side:literal, $heading:literal) => {
        #[doc = concat!("Connection options of ", $side, ".")]
        #[derive(Debug, Clone, Default, clap::Args)]
        #[command(next_help_heading = $heading)]
        #[group(id = stringify!($name))]
        pub struct $name {
            /// Protection of the control connection.
            #[arg(id = concat!($prefix, "security"), long = concat!($prefix, "security"),
                value_parser = choice_parser::<Security>())]
            security: Option<Security>,
            /// Protection of data connections.
            #[arg(id = concat!($prefix, "data-protection"),
                long = concat!($prefix, "data-protection"),
                value_parser = choice_parser::<DataProtection>())]
            data_protection: Option<DataProtection>,
            /// Accept the certificate with this fingerprint, for this run.
            #[arg(id = concat!($prefix, "accept-cert"), long = concat!($prefix, "accept-cert"),
                value_name = "SHA256-HEX")]
            accept_cert: Option<String>,
            /// Remember the certificate given with --accept-cert.
            #[arg(id = concat!($prefix, "save-cert"), long = concat!($prefix, "save-cert"),
                requires = concat!($prefix, "accept-cert"))]
            save_cert: bool,
            /// Accept any certificate (insecure).
            #[arg(id = concat!($prefix, "insecure"), long = concat!($prefix, "insecure"))]
            insecure: bool,
            /// Login name.
            #[arg(id = concat!($prefix, "user"), long = concat!($prefix, "user"),
                value_name = "NAME")]
            user: Option<String>,
            /// Read the password from the first line of FILE (“-” for standard input).
            #[arg(id = concat!($prefix, "password-file"),
                long = concat!($prefix, "password-file"), value_name = "FILE")]
            password_file: Option<PathBuf>,
            /// Give up after S seconds without progress.
            #[arg(id = concat!($prefix, "timeout"), long = concat!($prefix, "timeout"),
                value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
            timeout: Option<u64>,
        }

        impl From<&$name> for ConnectOverrides {
            fn from(side: &$name) -> Self {
                Self {
                    security: side.security,
                    data_protection: side.data_protection,
                    accept_cert: side.accept_cert.clone(),
                    save_cert: side.save_cert,
                    insecure: side.insecure,
                    user: side.user.clone(),
                    password_file: side.password_file.clone(),
                    timeout: side.timeout,
                }
            }
        }
    };
}

side!(ConnectOptions, "", "every server", "Connection");
side!(SourceConnectOptions, "src-", "the source", "Connection to the source");
side!(TargetConnectOptions, "dst-", "the destination", "Connection to the destination");

/// Connection options for both servers (`--user`) and for one side (`--src-user`, `--dst-user`).
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PairConnectOptions {
    /// Apply to both sides.
    #[command(flatten)]
    pub both: ConnectOptions,
    /// Apply to the source only, before those of `both`.
    #[command(flatten)]
    pub source: SourceConnectOptions,
    /// Apply to the destination only, before those of `both`.
    #[command(flatten)]
    pub target: TargetConnectOptions,
}

impl PairConnectOptions {
    /// The overrides for the source.
    #[must_use]
    pub fn of_source(&self) -> ConnectOverrides {
        ConnectOverrides::from(&self.source).or(ConnectOverrides::from(&self.both))
    }

    /// The overrides for the destination.
    #[must_use]
    pub fn of_target(&self) -> ConnectOverrides {
        ConnectOverrides::from(&self.target).or(ConnectOverrides::from(&self.both))
    }
}

/// The longest `--timeout` given: the engine has a single limit for all sites.
#[must_use]
pub fn timeout(overrides: &[ConnectOverrides]) -> Option<Duration> {
    overrides.iter().filter_map(|overrides| overrides.timeout).max().map(Duration::from_secs)
}

impl ConnectOverrides {
    /// These overrides, completed by `other` where they are unset.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            security: self.security.or(other.security),
            data_protection: self.data_protection.or(other.data_protection),
            save_cert: self.save_cert || (self.accept_cert.is_none() && other.save_cert),
            accept_cert: self.accept_cert.or(other.accept_cert),
            insecure: self.insecure || other.insecure,
            user: self.user.or(other.user),
            password_file: self.password_file.or(other.password_file),
            timeout: self.timeout.or(other.timeout),
        }
    }

    /// The location with these overrides applied to its site.
    ///
    /// # Errors
    /// [`CliError`]: an invalid fingerprint, an unreadable password file.
    pub fn apply(&self, at: Location) -> Result<Location, CliError> {
        let Location::Remote { site, path } = at else { return Ok(at) };
        let mut site = Site::clone(&site);
        let cert = self.accept_cert.as_ref();
        let cert = cert
            .map(|cert| normal_fingerprint(cert).ok_or(CliError::Fingerprint(cert.clone())))
            .transpose()?;
        let overrides = SiteOverrides {
            security: self.security.map(|security| security.word().to_owned()),
            data_protection: self.data_protection.map(|protection| protection.word().to_owned()),
            accept_cert: cert,
            insecure: self.insecure,
            user: self.user.clone(),
            timeout: self.timeout,
        };
        site.apply_overrides(&overrides);
        if let Some(file) = &self.password_file {
            let line = read_first_line(file)?;
            let password = obscured::password(line.reveal()).map_err(|error| {
                let source = io::Error::new(io::ErrorKind::InvalidData, error);
                CliError::PasswordFile { path: file.clone(), source }
            })?;
            site.password = PasswordRef::Plain(password);
        }
        Ok(Location::Remote { site: Arc::new(site), path })
    }
}

/// Options that override parts of the location.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Override parts of the URL")]
pub struct UrlOptions {
    /// Host name or address; needs --path.
    #[arg(long, requires = "path")]
    host: Option<String>,
    /// Port of the control connection; ignored without --host.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Path on the server.
    #[arg(long)]
    path: Option<String>,
    /// Transfer type of the files, or of the listing.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<TypeOption>,
}

impl UrlOptions {
    /// True if `--host` is given.
    #[must_use]
    pub fn names_host(&self) -> bool {
        self.host.is_some()
    }

    /// The location that `--host` and `--path` name without a URL; `None` without `--host`.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        let site = Arc::new(Site::new(self.host.clone()?));
        Some(self.apply(Location::Remote { site, path: RemotePath::default() }))
    }

    /// The location with the given parts replaced.
    #[must_use]
    pub fn apply(&self, at: Location) -> Location {
        let Location::Remote { site, path } = at else { return at };
        let mut changed = Site::clone(&site);
        if let Some(host) = &self.host {
            if !site.name.is_empty() && site.hosts.first() != Some(host) {
                // the password of a saved site must not go to another host
                changed = Site { security: site.security, ..Site::new(host.clone()) };
            }
            changed.hosts = vec![host.clone()];
            // the port of the URL belongs to the URL's host
            changed.port = self.port;
        }
        if changed != *site {
            // it is no longer that saved site
            changed.name.clear();
        }
        let path = self.path.as_deref().map_or(path, RemotePath::from);
        Location::Remote { site: Arc::new(changed), path }
    }
}
