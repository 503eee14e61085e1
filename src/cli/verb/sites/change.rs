//! `sites add`, `sites edit` and `sites rm`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::base::{SourceText, text};
use crate::cli::ask::{self, is_interactive};
use crate::cli::connect::choice_parser;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::Passphrase;
use crate::cli::record::{self, RemovedRecord};
use crate::cli::verb::sites::password::PasswordOptions;
use crate::cli::verb::sites::show::find;
use crate::config::field::Field;
use crate::config::{ConfigError, UserDirs, files};
use crate::site::fields::{self, FIELDS};
use crate::site::sites_file::{self, SiteChange, SitesError};
use crate::site::{DataProtection, Location, PasswordRef, Security, Site, Sites};

/// Add a site
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites add nas ftpes://joe@nas.example/in --password vault
  fxpane sites add mirror ftp://ftp.example.org --folder Mirrors --set read_only=true
  fxpane sites add feed ftps://feed.example --user bot --password env:FEED_PASSWORD
`fxpane sites show NAME --explain` documents all settings.")]
pub(super) struct Add {
    /// The name, used as NAME:/path
    name: String,
    /// Server: ftp://USER@HOST:PORT/PATH (TLS if offered), ftpes:// (explicit TLS), ftps://
    /// (implicit TLS), or HOST
    url: String,
    /// Login name
    #[arg(long)]
    user: Option<String>,
    /// Folder in the list of sites; subfolders are separated by “/”
    #[arg(long)]
    folder: Option<String>,
    /// Protection of the control connection
    #[arg(long, value_parser = choice_parser::<Security>())]
    security: Option<Security>,
    /// Protection of data connections
    #[arg(long, value_parser = choice_parser::<DataProtection>())]
    data_protection: Option<DataProtection>,
    #[command(flatten)]
    password: PasswordOptions,
    /// Set a setting, such as max_sessions=2; can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
}

/// Change a site; keeps the comments and the order of sites.toml
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites edit nas --set max_sessions=2 --unset folder
  fxpane sites edit nas --set name=store          rename the site
  fxpane sites edit nas --password vault          ask for the password, store it in the vault
  fxpane sites edit nas --editor                  edit the site's settings in $EDITOR
`fxpane sites show NAME --explain` documents all settings.")]
pub(super) struct Edit {
    /// Name of the site
    name: String,
    /// Set a setting, such as max_sessions=2; can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Reset a setting to its default; can be repeated
    #[arg(long = "unset", value_name = "NAME")]
    unset: Vec<String>,
    #[command(flatten)]
    password: PasswordOptions,
    /// Edit the site's part of sites.toml in $VISUAL or $EDITOR
    #[arg(long, conflicts_with_all = ["settings", "unset", "password", "password_file"])]
    editor: bool,
}

/// Remove sites
#[derive(Debug, clap::Args)]
pub(super) struct Rm {
    /// Names of the sites
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

impl Add {
    pub(super) fn run(
        &self,
        dirs: &UserDirs,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let file = dirs.sites_file();
        let sites = sites_file::load(&file)?.sites;
        let mut site = self.site()?;
        // check before a password is asked for or stored in the vault
        if sites.find(&site.name).is_some() {
            return Err(SitesError::Exists(site.name).into());
        }
        check(&site)?;
        self.password.apply(&mut site, dirs, passphrase, out)?;
        let name = site.name.clone();
        let sites = sites_file::change(&file, &[SiteChange::Add(Box::new(site))])?;
        report_change(&sites, &name, out)
    }

    fn site(&self) -> Result<Site, CliError> {
        let none = Sites::new();
        let at = if self.url.contains("://") {
            Location::parse(&self.url, &none)?
        } else {
            Location::parse(format!("ftp://{}", self.url), &none)?
        };
        let Some((site, path)) = at.location.remote() else {
            return Err(CliError::NoServer(at.location.to_string()));
        };
        let mut site = Site::clone(site);
        site.name.clone_from(&self.name);
        if !path.is_root() {
            site.start_path = Some(path.clone());
        }
        if let Some(user) = &self.user {
            site.user = Some(user.clone());
        }
        site.folder = self.folder.clone().or(site.folder);
        site.security = self.security.unwrap_or(site.security);
        site.data_protection = self.data_protection.unwrap_or(site.data_protection);
        for setting in &self.settings {
            set(&mut site, setting)?;
        }
        Ok(site)
    }
}

impl Edit {
    pub(super) fn run(
        &self,
        dirs: &UserDirs,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let file = dirs.sites_file();
        if self.editor {
            return edit_text(&self.name, dirs, out);
        }
        if self.settings.is_empty() && self.unset.is_empty() && self.password.is_empty() {
            return Err(CliError::NoChange);
        }
        let sites = sites_file::load(&file)?.sites;
        let mut site = find(&sites, &self.name)?.clone();
        for name in &self.unset {
            let field = field(name)?;
            if matches!(field.name, "name" | "host") {
                return Err(CliError::RequiredSetting(field.name));
            }
            fields::reset(&mut site, field);
        }
        for setting in &self.settings {
            set(&mut site, setting)?;
        }
        if site.name != self.name && sites.find(&site.name).is_some() {
            return Err(SitesError::Exists(site.name).into());
        }
        check(&site)?;
        self.password.apply(&mut site, dirs, passphrase, out)?;
        let name = site.name.clone();
        let change = SiteChange::Replace { name: self.name.clone(), site: Box::new(site) };
        let sites = sites_file::change(&file, &[change])?;
        report_change(&sites, &name, out)
    }
}

impl Rm {
    pub(super) fn run(&self, dirs: &UserDirs, out: &mut Output) -> Result<(), CliError> {
        let file = dirs.sites_file();
        let before = sites_file::load(&file)?.sites;
        let changes: Vec<_> = self.names.iter().cloned().map(SiteChange::Remove).collect();
        sites_file::change(&file, &changes)?;
        for name in &self.names {
            if out.is_json() {
                out.object(&RemovedRecord { removed: name })?;
            }
            let site = before.find(name);
            if let Some(PasswordRef::Vault(entry)) = site.map(|site| &site.password) {
                out.note(format_args!(
                    "The password “{}” is still in the vault; `fxpane sites vault rm` removes it.",
                    text::visible_str(entry)
                ));
            }
        }
        Ok(())
    }
}

fn check(site: &Site) -> Result<(), CliError> {
    Ok(fields::check(site).map_err(|(field, expected)| SitesError::Value { field, expected })?)
}

/// Prints the changed site with `--json`; notes a password in plain text.
fn report_change(sites: &Sites, name: &str, out: &mut Output) -> Result<(), CliError> {
    let site = find(sites, name)?;
    if matches!(site.password, PasswordRef::Plain(_)) {
        out.note(format_args!(
            "The password of {} is stored unencrypted in sites.toml; --password vault encrypts it.",
            text::visible_str(name)
        ));
    }
    if out.is_json() { out.object(&record::settings(&fields::record(site, true))) } else { Ok(()) }
}

/// Applies `NAME=VALUE`. The value is written as in sites.toml, but strings need no quotes.
fn set(site: &mut Site, setting: &str) -> Result<(), CliError> {
    let (name, value) = setting.split_once('=').ok_or(CliError::NoAssignment)?;
    field(name.trim())?
        .set_text(site, value.trim())
        .map_err(|expected| CliError::Setting { name: name.to_owned(), expected })
}

fn field(name: &str) -> Result<&'static Field<Site>, CliError> {
    fields::field(name).ok_or_else(|| CliError::UnknownSetting {
        name: name.to_owned(),
        nearest: text::nearest(name, FIELDS.iter().map(|field| field.name)),
    })
}

/// The file for the editor. Deleted when dropped, as it can contain a password.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // the editor may have moved or deleted it
        let _ = fs::remove_file(&self.0);
    }
}

fn edit_text(name: &str, dirs: &UserDirs, out: &mut Output) -> Result<(), CliError> {
    let file = dirs.sites_file();
    let source = files::read(&file)?.unwrap_or_else(|| SourceText::new(&file, ""));
    let before = sites_file::text_of(&source, name)?;
    let draft = Draft(dirs.data.join(format!("site-{}.toml", std::process::id())));
    files::write(&draft.0, before.as_bytes())?;
    loop {
        run_editor(&draft.0)?;
        let Some(edited) = files::read(&draft.0)? else { return Err(no_draft(&draft.0)) };
        if edited.text() == before {
            out.note("Nothing was changed.");
            return Ok(());
        }
        let text = SourceText::new(PathBuf::from("the site"), edited.text());
        let change = SiteChange::Rewrite { name: name.to_owned(), text: text.clone() };
        let error = match sites_file::change(&file, &[change]) {
            Ok(sites) => {
                let now = sites_file::parse(&text).ok();
                let now = now.as_ref().and_then(|now| now.iter().next());
                return report_change(&sites, now.map_or(name, |site| &site.name), out);
            }
            Err(error) => error,
        };
        if !is_interactive() {
            return Err(error.into());
        }
        out.error(&error);
        let choices = ["Edit again", "Discard changes"].map(str::to_owned);
        out.ask(format_args!("{}:", ask::menu(&choices)));
        let answer = ask::line_now()?.and_then(|typed| ask::choice(&typed, &choices));
        if answer != Some(0) {
            return Err(error.into());
        }
    }
}

fn no_draft(path: &Path) -> CliError {
    let source = std::io::ErrorKind::NotFound.into();
    CliError::Config(ConfigError::Read { path: path.to_owned(), source })
}

/// Runs the user's editor in a shell, as $VISUAL and $EDITOR can contain options.
fn run_editor(path: &Path) -> Result<(), CliError> {
    let named = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|editor| !editor.trim().is_empty()));
    let default = if cfg!(windows) { "notepad" } else { "vi" };
    let editor = named.unwrap_or_else(|| default.to_owned());
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.arg("/C").arg(&editor).arg(path);
        command
    } else {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path);
        command
    };
    let failed = |reason: String| CliError::Editor { editor: text::visible_str(&editor), reason };
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
