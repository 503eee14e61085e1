//! What every command that connects works with: bookmarks, settings, the engine, the output.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::base::{RemotePath, Secret, text};
use crate::cli::ask;
use crate::cli::connect::Changes;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::{self, Passphrase};
use crate::config::{Folders, Settings};
use crate::engine::{Command, Directory, EngineHandle, Failure, FailureKind};
use crate::ftp::{Entry, Kind};
use crate::site::{Location, Parsed, PasswordRef, Site, SiteKey, Sites, Trust, Vault, VaultError};

/// Everything that a command works with.
#[derive(Debug)]
pub struct Context {
    /// Where the user's files are.
    pub folders: Folders,
    /// `config.toml`.
    pub settings: Settings,
    /// `sites.toml`.
    pub sites: Sites,
    /// Which certificates are trusted.
    pub trust: Arc<Trust>,
    /// Does the work.
    pub engine: EngineHandle,
    /// Where results go.
    pub out: Output,
    /// True when a person can be asked.
    pub interactive: bool,
    passphrase: Passphrase,
    unlocked: bool,
    asked: HashSet<String>,
    looked: HashSet<Place>,
    listed: HashMap<Place, Arc<Directory>>,
}

impl Context {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        folders: Folders,
        settings: Settings,
        sites: Sites,
        trust: Arc<Trust>,
        engine: EngineHandle,
        out: Output,
    ) -> Self {
        let interactive = ask::is_interactive();
        Self {
            folders,
            settings,
            sites,
            trust,
            engine,
            out,
            interactive,
            passphrase: Passphrase::default(),
            unlocked: false,
            asked: HashSet::new(),
            looked: HashSet::new(),
            listed: HashMap::new(),
        }
    }

    /// Where the passphrase of the vault comes from; the terminal unless told.
    #[must_use]
    pub fn with_passphrase(mut self, passphrase: Passphrase) -> Self {
        self.passphrase = passphrase;
        self
    }

    /// A location on a server, as the options want it, with its password at hand.
    ///
    /// # Errors
    /// [`CliError`]: no such site, wrong URL, no password.
    pub async fn remote(
        &mut self,
        text: &OsStr,
        changes: &Changes,
    ) -> Result<(Arc<Site>, RemotePath), CliError> {
        let at = Location::parse_remote(text, &self.sites)?.location;
        let at = self.prepare(at, changes).await?;
        match at {
            Location::Remote { site, path } => Ok((site, path)),
            Location::Local(_) => Err(CliError::NotFound(text.to_string_lossy().into_owned())),
        }
    }

    /// A location anywhere.
    ///
    /// # Errors
    /// [`CliError`]: no such site, wrong URL.
    pub fn parse(&self, text: &OsStr) -> Result<Location, CliError> {
        Ok(Location::parse(text, &self.sites)?.location)
    }

    /// A location anywhere, and the transfer type at the end of a URL.
    ///
    /// # Errors
    /// As [`Context::parse`].
    pub fn parse_typed(&self, text: &OsStr) -> Result<Parsed, CliError> {
        Ok(Location::parse(text, &self.sites)?)
    }

    /// Applies the options to a location, says aloud what is unsafe, and gets the password.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn prepare(&mut self, at: Location, changes: &Changes) -> Result<Location, CliError> {
        let at = changes.apply(at)?;
        let Some((site, _)) = at.remote() else { return Ok(at) };
        let site = site.clone();
        let key = site.key().0;
        if !self.asked.insert(key) {
            return Ok(at);
        }
        let label = text::visible_str(&site.label());
        if site.insecure {
            self.out.say(format_args!(
                "fxpane: WARNING: the certificate of {label} is not checked (--insecure): anybody \
                 on the way can read and change everything, the password too"
            ));
        }
        if changes.save_cert && changes.accept_cert.is_none() {
            return Err(CliError::NothingToSave);
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

    /// Opens the vault for this command; a wrong passphrase may be typed again.
    async fn unlock(&mut self) -> Result<(), CliError> {
        if self.unlocked {
            return Ok(());
        }
        let mut tries = 1;
        loop {
            let passphrase = self.ask_passphrase()?;
            let opened = self.engine.unlock(passphrase).await;
            let again = tries < passphrase::TRIES && !self.passphrase.is_in_file();
            match opened {
                Err(failure) if again && failure.kind == FailureKind::VaultLocked => {
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
        if !Vault::new(self.folders.vault_file()).exists() {
            return Err(VaultError::Missing.into());
        }
        self.passphrase.get(passphrase::QUESTION, &mut self.out)
    }

    async fn ask_password(&mut self, site: &Arc<Site>, label: &str) -> Result<(), CliError> {
        let user = text::visible_str(site.user());
        if !self.interactive {
            return Err(CliError::NoPassword { site: label.to_owned(), user });
        }
        let unechoed = ask::without_echo()?;
        self.out.ask(format_args!("Password of {user} on {label}:"));
        let password = ask::password().await;
        drop(unechoed);
        self.out.say("");
        let command = Command::Password { site: site.key(), password: password? };
        Ok(self.engine.send(command).await?)
    }

    /// Keeps the certificates that `--save-cert` names, after all went well.
    ///
    /// # Errors
    /// [`CliError::Config`] when they cannot be written down.
    pub fn save_certs(&self, at: &Location, changes: &Changes) -> Result<(), CliError> {
        let (Some((site, _)), true) = (at.remote(), changes.save_cert) else { return Ok(()) };
        for cert in &site.accept_certs {
            self.trust.accept(site, cert, true)?;
        }
        Ok(())
    }

    /// One entry, as the server tells of it.
    async fn look(&mut self, at: &Location) -> Result<Option<Entry>, CliError> {
        loop {
            match self.engine.stat(at.clone()).await {
                Err(failure) if self.trusts(at, &failure).await? => {}
                found => return Ok(found?),
            }
        }
    }

    /// Whether there is a directory that can be gone into.
    ///
    /// # Errors
    /// [`CliError::Failure`] when the server cannot be asked.
    pub async fn is_dir(&mut self, at: &Location) -> Result<bool, CliError> {
        if let Location::Local(path) = at {
            return Ok(path.is_dir());
        }
        loop {
            match self.engine.is_dir(at.clone()).await {
                Err(failure) if self.trusts(at, &failure).await? => {}
                found => return Ok(found?),
            }
        }
    }

    /// A directory; each is listed once in a command.
    ///
    /// # Errors
    /// [`CliError::Failure`].
    pub async fn list(&mut self, at: &Location) -> Result<Arc<Directory>, CliError> {
        let key = place(at);
        if let Some(directory) = self.listed.get(&key) {
            return Ok(directory.clone());
        }
        let directory = loop {
            match self.engine.list(at.clone(), false).await {
                Err(failure) if self.trusts(at, &failure).await? => {}
                listed => break listed?,
            }
        };
        self.listed.insert(key, directory.clone());
        Ok(directory)
    }

    /// Asks whether an unknown certificate is to be trusted; false when that is not the failure,
    /// or nobody says yes.
    ///
    /// # Errors
    /// [`CliError`] when the terminal fails or the certificate cannot be kept.
    pub async fn trusts(&mut self, at: &Location, failure: &Failure) -> Result<bool, CliError> {
        let FailureKind::UnknownCertificate { shown, trusted } = &failure.kind else {
            return Ok(false);
        };
        let (Some((site, _)), true) = (at.remote(), self.interactive) else { return Ok(false) };
        let label = text::visible_str(&site.label());
        if trusted.is_some() {
            self.out.say(format_args!(
                "WARNING: {label} shows another certificate than the one you trusted before."
            ));
        }
        self.out.say(format_args!("{}", failure.cause));
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

    /// What is at a location; `None` when nothing is.
    ///
    /// # Errors
    /// [`CliError::Failure`] when the server cannot be asked.
    pub async fn stat(&mut self, at: &Location) -> Result<Option<Entry>, CliError> {
        let (site, path) = match at {
            Location::Local(path) => return Ok(stat_local(path)),
            Location::Remote { site, path } => (site, path),
        };
        let Some(parent) = path.parent() else {
            // a directory without parent has no entry anywhere, but must be there
            self.list(at).await?;
            return Ok(Some(Entry::new(path.as_bytes(), Kind::Dir)));
        };
        let parent = Location::Remote { site: site.clone(), path: parent };
        // one entry is asked for; who asks for a second one beside it may ask for many
        let found = if self.looked.insert(place(&parent)) {
            self.look(at).await
        } else {
            let directory = self.list(&parent).await;
            directory.map(|d| d.entries.iter().find(|entry| *entry.name == *path.name()).cloned())
        };
        let found = match found {
            Err(CliError::Failure(failure)) if failure.kind == FailureKind::Refused => {
                return Ok(None);
            }
            found => found?,
        };
        match found {
            // what a link leads to is seen by going there
            Some(entry) if entry.kind == Kind::Link && self.list(at).await.is_ok() => {
                Ok(Some(Entry { kind: Kind::Dir, ..entry }))
            }
            // `.` and `..` at the end, and what a server hides, are no entries
            None if self.list(at).await.is_ok() => Ok(Some(Entry::new(path.name(), Kind::Dir))),
            found => Ok(found),
        }
    }
}

/// A path of a site, or of this machine.
type Place = (Option<SiteKey>, Vec<u8>);

fn place(at: &Location) -> Place {
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
