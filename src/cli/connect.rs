//! The options of everything that connects, for both sides or for one.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::base::{RemotePath, Word};
use crate::cli::error::CliError;
use crate::cli::form::TypeWord;
use crate::cli::passphrase::read_first_line;
use crate::config::Expected;
use crate::site::obscured;
use crate::site::trust::normal_fingerprint;
use crate::site::{Asked, DataProtection, Location, PasswordRef, Security, Site};

/// Reads one of the words of a setting, and tells them in help, errors and completions.
pub fn word<C: Word + Send + Sync>() -> impl TypedValueParser<Value = C> {
    let words = C::WORDS.iter().map(|(word, _)| *word).filter(|word| !word.is_empty());
    PossibleValuesParser::new(words.collect::<Vec<_>>())
        .try_map(|word| C::from_word(&word).ok_or_else(|| Expected::new("one of the words above")))
}

/// What the command line changes about a site, for this run only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Protection of the control connection.
    pub security: Option<Security>,
    /// Protection of data connections.
    pub data_protection: Option<DataProtection>,
    /// A certificate that is accepted.
    pub accept_cert: Option<String>,
    /// It is kept.
    pub save_cert: bool,
    /// Any certificate is accepted.
    pub insecure: bool,
    /// Login name.
    pub user: Option<String>,
    /// Its first line is the password.
    pub password_file: Option<PathBuf>,
    /// Seconds until giving up.
    pub timeout: Option<u64>,
}

macro_rules! side {
    ($name:ident, $prefix:literal, $side:literal) => {
        #[doc = concat!("Options for ", $side, ".")]
        #[derive(Debug, Clone, Default, clap::Args)]
        #[command(next_help_heading = concat!("Connection of ", $side))]
        #[group(id = stringify!($name))]
        pub struct $name {
            /// Protection of the control connection.
            #[arg(id = concat!($prefix, "security"), long = concat!($prefix, "security"),
                value_parser = word::<Security>())]
            security: Option<Security>,
            /// Protection of data connections.
            #[arg(id = concat!($prefix, "data-protection"),
                long = concat!($prefix, "data-protection"),
                value_parser = word::<DataProtection>())]
            data_protection: Option<DataProtection>,
            /// Accept the certificate with this fingerprint in this run.
            #[arg(id = concat!($prefix, "accept-cert"), long = concat!($prefix, "accept-cert"),
                value_name = "SHA256-HEX")]
            accept_cert: Option<String>,
            /// Keep the certificate that is accepted.
            #[arg(id = concat!($prefix, "save-cert"), long = concat!($prefix, "save-cert"),
                requires = concat!($prefix, "accept-cert"))]
            save_cert: bool,
            /// Accept any certificate: nobody knows who answers.
            #[arg(id = concat!($prefix, "insecure"), long = concat!($prefix, "insecure"))]
            insecure: bool,
            /// Login name.
            #[arg(id = concat!($prefix, "user"), long = concat!($prefix, "user"),
                value_name = "NAME")]
            user: Option<String>,
            /// File whose first line is the password (“-” for standard input).
            #[arg(id = concat!($prefix, "password-file"),
                long = concat!($prefix, "password-file"), value_name = "FILE")]
            password_file: Option<PathBuf>,
            /// Give up when nothing happens for so many seconds.
            #[arg(id = concat!($prefix, "timeout"), long = concat!($prefix, "timeout"),
                value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
            timeout: Option<u64>,
        }

        impl From<&$name> for Changes {
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

side!(Both, "", "servers");
side!(Source, "src-", "the source");
side!(Target, "dst-", "the destination");

/// Options for both sides and for each of them.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TwoSides {
    /// For both.
    #[command(flatten)]
    pub both: Both,
    /// For the source.
    #[command(flatten)]
    pub source: Source,
    /// For the destination.
    #[command(flatten)]
    pub target: Target,
}

impl TwoSides {
    /// What is changed about the source.
    #[must_use]
    pub fn of_source(&self) -> Changes {
        Changes::from(&self.source).or(Changes::from(&self.both))
    }

    /// What is changed about the destination.
    #[must_use]
    pub fn of_target(&self) -> Changes {
        Changes::from(&self.target).or(Changes::from(&self.both))
    }
}

/// The time limit that a command line asks for: the longest, since the engine has one for all.
#[must_use]
pub fn timeout(changes: &[Changes]) -> Option<Duration> {
    changes.iter().filter_map(|changes| changes.timeout).max().map(Duration::from_secs)
}

impl Changes {
    /// These, and where they say nothing, the others.
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

    /// The location with its site changed.
    ///
    /// # Errors
    /// [`CliError`]: no fingerprint, an unreadable file of a password.
    pub fn apply(&self, at: Location) -> Result<Location, CliError> {
        let Location::Remote { site, path } = at else { return Ok(at) };
        let mut site = Site::clone(&site);
        let cert = self.accept_cert.as_ref();
        let cert = cert
            .map(|cert| normal_fingerprint(cert).ok_or(CliError::Fingerprint(cert.clone())))
            .transpose()?;
        let asked = Asked {
            security: self.security.map(|security| security.word().to_owned()),
            data_protection: self.data_protection.map(|protection| protection.word().to_owned()),
            accept_cert: cert,
            insecure: self.insecure,
            user: self.user.clone(),
            timeout: self.timeout,
        };
        site.ask(&asked);
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

/// Options that replace parts of the location (seed 002).
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Instead of parts of the location")]
pub struct Parts {
    /// Host name or address; needs --path.
    #[arg(long, requires = "path")]
    host: Option<String>,
    /// Port of the control connection of --host; without --host it is ignored.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Path on the server.
    #[arg(long)]
    path: Option<String>,
    /// Transfer type: of the files, or of the listing itself.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<TypeWord>,
}

impl Parts {
    /// True when they name a server by themselves.
    #[must_use]
    pub fn names_host(&self) -> bool {
        self.host.is_some()
    }

    /// The location that they make of nothing.
    #[must_use]
    pub fn alone(&self) -> Option<Location> {
        let site = Arc::new(Site::new(self.host.clone()?));
        Some(self.apply(Location::Remote { site, path: RemotePath::default() }))
    }

    /// The location with its parts replaced.
    #[must_use]
    pub fn apply(&self, at: Location) -> Location {
        let Location::Remote { site, path } = at else { return at };
        let mut changed = Site::clone(&site);
        if let Some(host) = &self.host {
            if !site.name.is_empty() && site.hosts.first() != Some(host) {
                // a bookmark's password is for its own host alone
                changed = Site { security: site.security, ..Site::new(host.clone()) };
            }
            changed.hosts = vec![host.clone()];
            // a port belongs to its host
            changed.port = self.port;
        }
        if changed != *site {
            // it is not that bookmark any more
            changed.name.clear();
        }
        let path = self.path.as_deref().map_or(path, RemotePath::from);
        Location::Remote { site: Arc::new(changed), path }
    }
}
