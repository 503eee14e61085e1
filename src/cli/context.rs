//! What commands that connect share: sites, settings, the engine, the output.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::base::{RemotePath, Secret, text};
use crate::cli::ask;
use crate::cli::connect::ConnectOverrides;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::{self, Passphrase};
use crate::config::{Settings, UserDirs};
use crate::engine::{Command, Directory, EngineHandle, Failure, FailureKind};
use crate::ftp::{Entry, Kind};
use crate::site::{Location, Parsed, PasswordRef, Site, SiteKey, Sites, Trust, Vault, VaultError};

/// Everything that a command works with.
#[derive(Debug)]
pub struct Context {
    /// Paths of the user's files.
    pub dirs: UserDirs,
    /// The settings of `config.toml`.
    pub settings: Settings,
    /// The sites of `sites.toml`.
    pub sites: Sites,
    /// The trusted certificates.
    pub trust: Arc<Trust>,
    /// The engine that connects and transfers.
    pub engine: EngineHandle,
    /// Results and messages.
    pub out: Output,
    /// True if the user can be asked at a terminal.
    pub interactive: bool,
    passphrase: Passphrase,
    unlocked: bool,
    /// Sites that were prepared in this run, so that no password is asked for twice.
    prepared: HashSet<String>,
    /// Directories of which an entry was looked up alone.
    looked_up: HashSet<LocationKey>,
    listed: HashMap<LocationKey, Arc<Directory>>,
}

impl Context {
    /// A context without a passphrase source; see [`Context::with_passphrase`].
    #[must_use]
    pub fn new(
        dirs: UserDirs,
        settings: Settings,
        sites: Sites,
        trust: Arc<Trust>,
        engine: EngineHandle,
        out: Output,
    ) -> Self {
        let interactive = ask::is_interactive();
        Self {
            dirs,
            settings,
            sites,
            trust,
            engine,
            out,
            interactive,
            passphrase: Passphrase::default(),
            unlocked: false,
            prepared: HashSet::new(),
            looked_up: HashSet::new(),
            listed: HashMap::new(),
        }
    }

    /// Sets where the vault passphrase comes from; the default is the terminal.
    #[must_use]
    pub fn with_passphrase(mut self, passphrase: Passphrase) -> Self {
        self.passphrase = passphrase;
        self
    }

    /// Parses a location on a server, applies the overrides and gets the password.
    ///
    /// # Errors
    /// [`CliError`]: no such site, invalid URL, no password.
    pub async fn remote(
        &mut self,
        text: &OsStr,
        overrides: &ConnectOverrides,
    ) -> Result<(Arc<Site>, RemotePath), CliError> {
        let at = Location::parse_remote(text, &self.sites)?.location;
        let at = self.prepare(at, overrides).await?;
        match at {
            Location::Remote { site, path } => Ok((site, path)),
            Location::Local(_) => Err(CliError::NotFound(text.to_string_lossy().into_owned())),
        }
    }

    /// Parses a location, remote or local.
    ///
    /// # Errors
    /// [`CliError`]: no such site, invalid URL.
    pub fn parse(&self, text: &OsStr) -> Result<Location, CliError> {
        Ok(Location::parse(text, &self.sites)?.location)
    }

    /// Like [`Context::parse`], with the transfer type at the end of a URL (`;type=a`).
    ///
    /// # Errors
    /// See [`Context::parse`].
    pub fn parse_typed(&self, text: &OsStr) -> Result<Parsed, CliError> {
        Ok(Location::parse(text, &self.sites)?)
    }

    /// Applies the overrides to a location, warns about unsafe ones, and gets the password.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn prepare(
        &mut self,
        at: Location,
        overrides: &ConnectOverrides,
    ) -> Result<Location, CliError> {
        let at = overrides.apply(at)?;
        let Some((site, _)) = at.remote() else { return Ok(at) };
        let site = site.clone();
        let key = site.key().0;
        if !self.prepared.insert(key) {
            return Ok(at);
        }
        let label = text::visible_str(&site.label());
        if site.insecure {
            self.out.message(format_args!(
                "fxpane: WARNING: the certificate of {label} is not checked (--insecure): an \
                 attacker on the network can read and change everything, including the password"
            ));
        }
        if overrides.save_cert && overrides.accept_cert.is_none() {
            return Err(CliError::SaveWithoutAccept);
        }
        let anonymous = matches!(site.user(), "anonymous" | "ftp");
        if site.password == PasswordRef::Ask && !anonymous {
            self.ask_password(&site, &label).await?;
        }
        let in_vault = |password: &PasswordRef| matches!(password, PasswordRef::Vault(_));
        if in_vault(&site.password) || site.proxy.as_ref().is_some_and(|p| in_vault(&p.password)) {
            self.unlock().await?;
        }
        Ok(at)
    }

    /// Unlocks the vault for this run; asks again after a wrong passphrase.
    async fn unlock(&mut self) -> Result<(), CliError> {
        if self.unlocked {
            return Ok(());
        }
        let mut tries = 1;
        loop {
            let passphrase = self.ask_passphrase()?;
            let opened = self.engine.unlock(passphrase).await;
            let may_retry = tries < passphrase::TRIES && !self.passphrase.is_in_file();
            match opened {
                Err(failure) if may_retry && failure.kind == FailureKind::VaultLocked => {
                    self.out.error(failure);
                    tries += 1;
                }
                opened => {
                    opened?;
                    self.unlocked = true;
                    return Ok(());
                }
            }
        }
    }

    fn ask_passphrase(&mut self) -> Result<Secret, CliError> {
        if !Vault::new(self.dirs.vault_file()).exists() {
            return Err(VaultError::Missing.into());
        }
        self.passphrase.get(passphrase::QUESTION, &mut self.out)
    }

    async fn ask_password(&mut self, site: &Arc<Site>, label: &str) -> Result<(), CliError> {
        let user = text::visible_str(site.user());
        if !self.interactive {
            return Err(CliError::NoPassword { site: label.to_owned(), user });
        }
        let echo_off = ask::without_echo()?;
        self.out.ask(format_args!("Password of {user} on {label}:"));
        let password = ask::password().await;
        drop(echo_off);
        self.out.message("");
        let command = Command::Password { site: site.key(), password: password? };
        Ok(self.engine.send(command).await?)
    }

    /// Remembers the certificates that `--save-cert` names; called after the command succeeded.
    ///
    /// # Errors
    /// [`CliError::Config`] if they cannot be written.
    pub fn save_certs(&self, at: &Location, overrides: &ConnectOverrides) -> Result<(), CliError> {
        let (Some((site, _)), true) = (at.remote(), overrides.save_cert) else { return Ok(()) };
        for cert in &site.accept_certs {
            self.trust.accept(site, cert, true)?;
        }
        Ok(())
    }

    /// Asks the server about one entry.
    async fn stat_remote(&mut self, at: &Location) -> Result<Option<Entry>, CliError> {
        loop {
            match self.engine.stat(at.clone()).await {
                Err(failure) if self.ask_trust(at, &failure).await? => {}
                found => return Ok(found?),
            }
        }
    }

    /// True if the location is a directory that can be entered.
    ///
    /// # Errors
    /// [`CliError::Failure`] if the server could not be asked.
    pub async fn is_dir(&mut self, at: &Location) -> Result<bool, CliError> {
        if let Location::Local(path) = at {
            return Ok(path.is_dir());
        }
        loop {
            match self.engine.is_dir(at.clone()).await {
                Err(failure) if self.ask_trust(at, &failure).await? => {}
                found => return Ok(found?),
            }
        }
    }

    /// Lists a directory; cached, so that each one is listed once per run.
    ///
    /// # Errors
    /// [`CliError::Failure`].
    pub async fn list(&mut self, at: &Location) -> Result<Arc<Directory>, CliError> {
        let key = location_key(at);
        if let Some(directory) = self.listed.get(&key) {
            return Ok(directory.clone());
        }
        let directory = loop {
            match self.engine.list(at.clone(), false).await {
                Err(failure) if self.ask_trust(at, &failure).await? => {}
                listed => break listed?,
            }
        };
        self.listed.insert(key, directory.clone());
        Ok(directory)
    }

    /// Asks the user whether to trust an unknown certificate; true if the operation should be
    /// tried again. False for any other failure, when not interactive, and when the user declines.
    ///
    /// # Errors
    /// [`CliError`] if the terminal fails or the certificate cannot be saved.
    pub async fn ask_trust(&mut self, at: &Location, failure: &Failure) -> Result<bool, CliError> {
        let FailureKind::UnknownCertificate { shown, trusted } = &failure.kind else {
            return Ok(false);
        };
        let (Some((site, _)), true) = (at.remote(), self.interactive) else { return Ok(false) };
        let label = text::visible_str(&site.label());
        if trusted.is_some() {
            self.out.message(format_args!(
                "WARNING: {label} presents a different certificate from the one you trusted."
            ));
        }
        self.out.message(format_args!("{}", failure.cause));
        let choices = ["No", "Once", "Always"].map(str::to_owned);
        self.out.ask(format_args!(
            "Trust the certificate of {label}, SHA-256 {shown}? {}:",
            ask::menu(&choices)
        ));
        let typed = ask::line().await?.unwrap_or_default();
        let keep = match ask::choice(&typed, &choices) {
            Some(1) => false,
            Some(2) => true,
            _ => return Ok(false),
        };
        self.engine.trust(site.key(), shown.fingerprint.clone(), keep).await?;
        Ok(true)
    }

    /// Looks up the entry at a location; `None` if there is none.
    ///
    /// # Errors
    /// [`CliError::Failure`] if the server could not be asked.
    pub async fn stat(&mut self, at: &Location) -> Result<Option<Entry>, CliError> {
        let (site, path) = match at {
            Location::Local(path) => return Ok(stat_local(path)),
            Location::Remote { site, path } => (site, path),
        };
        let Some(parent) = path.parent() else {
            // the root and the start directory have no entry to look up, so list them instead
            self.list(at).await?;
            return Ok(Some(Entry::new(path.as_bytes(), Kind::Dir)));
        };
        let parent = Location::Remote { site: site.clone(), path: parent };
        // the first entry of a directory is looked up alone; from the second on, list the
        // directory once, as more may follow
        let found = if self.looked_up.insert(location_key(&parent)) {
            self.stat_remote(at).await
        } else {
            let directory = self.list(&parent).await;
            directory.map(|d| d.entries.iter().find(|entry| *entry.name == *path.name()).cloned())
        };
        match found {
            // only entering a link shows whether it points to a directory
            Ok(Some(entry)) if entry.kind == Kind::Link && self.is_dir(at).await? => {
                Ok(Some(Entry { kind: Kind::Dir, ..entry }))
            }
            // `.`, `..` and hidden directories have no entry in the listing
            Ok(None) if self.is_dir(at).await? => Ok(Some(Entry::new(path.name(), Kind::Dir))),
            // the directory above cannot be listed: that says nothing about its entries
            Err(CliError::Failure(failure)) if failure.kind == FailureKind::Refused => {
                match self.is_dir(at).await {
                    Ok(true) => Ok(Some(Entry::new(path.name(), Kind::Dir))),
                    _ => Err(failure.into()),
                }
            }
            found => found,
        }
    }
}

/// Key of the caches: site and path.
type LocationKey = (Option<SiteKey>, Vec<u8>);

fn location_key(at: &Location) -> LocationKey {
    (at.key(), at.path_bytes().to_vec())
}

fn stat_local(path: &Path) -> Option<Entry> {
    let metadata = fs::metadata(path).ok()?;
    let name = path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes();
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => Kind::Dir,
        kind if kind.is_file() => Kind::File,
        _ => Kind::Other,
    };
    let mut entry = Entry::new(name, kind);
    entry.size = (kind == Kind::File).then_some(metadata.len());
    Some(entry)
}
