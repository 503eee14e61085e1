//! `sites`: the bookmarks.

use crate::base::text;
use crate::cli::ask;
use crate::cli::connect::word;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record;
use crate::config::{Choice, Folders};
use crate::site::fields::{self, FIELDS};
use crate::site::sites_file::{self, Change, SitesError};
use crate::site::{DataProtection, Location, PasswordRef, Security, Site, Sites};

/// Lists and changes the bookmarks
#[derive(Debug, clap::Args)]
pub struct SitesVerb {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Lists the bookmarks
    List,
    /// Shows all settings of a bookmark
    Show {
        /// The bookmark
        name: String,
    },
    /// Adds a bookmark
    Add(Box<Add>),
    /// Removes a bookmark
    Rm {
        /// The bookmark
        #[arg(required = true)]
        names: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// What stands before the colon of NAME:PATH
    name: String,
    /// The server: ftp://USER@HOST:PORT/PATH (TLS if offered), ftpes:// (explicit TLS), ftps://
    /// (implicit TLS), or HOST
    url: String,
    /// Login name
    #[arg(long)]
    user: Option<String>,
    /// Protection of the control connection
    #[arg(long, value_parser = word::<Security>())]
    security: Option<Security>,
    /// Protection of data connections
    #[arg(long, value_parser = word::<DataProtection>())]
    data_protection: Option<DataProtection>,
    /// The password is the value of this variable
    #[arg(long, value_name = "VARIABLE", group = "password")]
    password_env: Option<String>,
    /// The password is the first line that this command prints
    #[arg(long, value_name = "COMMAND", group = "password")]
    password_command: Option<String>,
    /// The password is in ~/.netrc
    #[arg(long, group = "password")]
    password_netrc: bool,
    /// Type the password now; it is kept in sites.toml (mode 0600) as plain text
    #[arg(long, group = "password")]
    password_plain: bool,
    /// Any other setting, such as max_sessions=2; `sites show` names them
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
}

impl SitesVerb {
    /// Lists or changes.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn run(&self, folders: &Folders, out: &mut Output) -> Result<Exit, CliError> {
        let loaded = sites_file::load(&folders.sites_file())?;
        match &self.what {
            What::List => {
                loaded.warnings.iter().for_each(|warning| out.remark(warning));
                list(&loaded.sites, out)?;
            }
            What::Show { name } => show(&loaded.sites, name, out)?,
            What::Add(add) => {
                let site = add.site(out)?;
                sites_file::change(&folders.sites_file(), &[Change::Add(Box::new(site))])?;
            }
            What::Rm { names } => {
                let changes: Vec<_> = names.iter().cloned().map(Change::Remove).collect();
                sites_file::change(&folders.sites_file(), &changes)?;
            }
        }
        Ok(Exit::Done)
    }
}

fn list(sites: &Sites, out: &mut Output) -> Result<(), CliError> {
    let widest = sites.iter().map(|site| site.name.chars().count()).max().unwrap_or_default();
    for site in sites.iter() {
        if out.is_json() {
            out.object(&record::settings(&fields::record(site, false)))?;
        } else {
            let pad = " ".repeat(widest - site.name.chars().count());
            let (user, host) = (text::visible_str(site.user()), text::visible_str(site.host()));
            let (port, security) = (site.port(), site.security.word());
            out.line(format_args!("{}{pad}  {user}@{host}:{port}  TLS: {security}", site.name))?;
        }
    }
    Ok(())
}

fn show(sites: &Sites, name: &str, out: &mut Output) -> Result<(), CliError> {
    let site = sites.find(name).ok_or_else(|| {
        CliError::Sites(SitesError::Unknown { name: name.to_owned(), nearest: sites.nearest(name) })
    })?;
    let record = fields::record(site, true);
    if out.is_json() {
        return out.object(&record::settings(&record));
    }
    for (name, value) in record {
        out.line(format_args!("{name} = {}", value.to_string().trim()))?;
    }
    Ok(())
}

impl Add {
    fn site(&self, out: &mut Output) -> Result<Site, CliError> {
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
        site.security = self.security.unwrap_or(site.security);
        site.data_protection = self.data_protection.unwrap_or(site.data_protection);
        if let Some(password) = self.password(out)? {
            site.password = password;
        }
        for setting in &self.settings {
            set(&mut site, setting)?;
        }
        Ok(site)
    }

    fn password(&self, out: &mut Output) -> Result<Option<PasswordRef>, CliError> {
        if let Some(name) = &self.password_env {
            return Ok(Some(PasswordRef::Env(name.clone())));
        }
        if let Some(command) = &self.password_command {
            return Ok(Some(PasswordRef::Command(command.clone())));
        }
        if self.password_netrc {
            return Ok(Some(PasswordRef::Netrc));
        }
        if self.password_plain {
            out.ask(format_args!("Password for {}:", text::visible_str(&self.name)));
            let password = ask::password_now();
            out.say("");
            let password = password?;
            if password.is_empty() {
                return Err(CliError::EmptyPassword);
            }
            return Ok(Some(PasswordRef::Plain(password)));
        }
        Ok(None)
    }
}

/// `NAME=VALUE`, the value as in sites.toml, where the quotes round a text may be left out.
fn set(site: &mut Site, setting: &str) -> Result<(), CliError> {
    let (name, value) =
        setting.split_once('=').ok_or_else(|| CliError::NoAssignment(setting.to_owned()))?;
    let field = fields::field(name).ok_or_else(|| CliError::UnknownSetting {
        name: name.to_owned(),
        nearest: text::nearest(name, FIELDS.iter().map(|field| field.name)),
    })?;
    field
        .set_text(site, value)
        .map_err(|expected| CliError::Setting { name: name.to_owned(), expected })
}
