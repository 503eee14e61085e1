//! `sites list` and `sites show`.

use unicode_width::UnicodeWidthStr as _;

use crate::base::{Word, text};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::record;
use crate::config::UserDirs;
use crate::site::sites_file::{self, SitesError};
use crate::site::{Site, Sites, fields};

/// List the sites
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only sites in FOLDER and its subfolders
    #[arg(long, value_name = "FOLDER")]
    folder: Option<String>,
}

impl List {
    pub(super) fn run(&self, dirs: &UserDirs, out: &mut Output) -> Result<(), CliError> {
        let loaded = sites_file::load(&dirs.sites_file())?;
        loaded.warnings.iter().for_each(|warning| out.note(warning));
        let sites: Vec<&Site> =
            loaded.sites.iter().map(|site| &**site).filter(|site| self.shows(site)).collect();
        let label = |site: &Site| match &site.folder {
            Some(folder) => format!("{folder}/{}", site.name),
            None => site.name.clone(),
        };
        let widest = sites.iter().map(|site| label(site).width()).max().unwrap_or_default();
        for site in sites {
            if out.is_json() {
                out.object(&record::settings(&fields::record(site, true)))?;
                continue;
            }
            let label = label(site);
            let pad = " ".repeat(widest - label.width());
            let (user, at) = (text::visible_str(site.user()), text::visible_str(&site.address()));
            let security = site.security.word();
            let more = match site.hosts.len() {
                1 => String::new(),
                hosts => format!("  and {}", text::counted(hosts as u64 - 1, "more host")),
            };
            let read_only = if site.read_only { "  read-only" } else { "" };
            out.line(format_args!("{label}{pad}  {user}@{at}  TLS: {security}{more}{read_only}"))?;
        }
        Ok(())
    }

    fn shows(&self, site: &Site) -> bool {
        let Some(wanted) = self.folder.as_deref().map(|folder| folder.trim_matches('/')) else {
            return true;
        };
        let rest = site.folder.as_deref().and_then(|folder| folder.strip_prefix(wanted));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Show all settings of a site
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// Name of the site
    name: String,
    /// Document each setting, including those that are not set
    #[arg(long)]
    explain: bool,
}

impl Show {
    pub(super) fn run(&self, dirs: &UserDirs, out: &mut Output) -> Result<(), CliError> {
        let sites = sites_file::load(&dirs.sites_file())?.sites;
        let site = find(&sites, &self.name)?;
        let record = fields::record(site, true);
        if out.is_json() {
            return out.object(&record::settings(&record));
        }
        if !self.explain {
            for (name, value) in record {
                out.line(format_args!("{name} = {}", value.to_string().trim()))?;
            }
            return Ok(());
        }
        // list unset settings too, so that users see what can be set
        for field in fields::FIELDS {
            for line in field.help.lines() {
                out.line(format_args!("# {line}"))?;
            }
            match record.iter().find(|(name, _)| *name == field.name) {
                Some((name, value)) => {
                    out.line(format_args!("{name} = {}\n", value.to_string().trim()))?;
                }
                None => out.line(format_args!("# {} = …\n", field.name))?,
            }
        }
        Ok(())
    }
}

/// Finds the site with this name.
///
/// # Errors
/// [`SitesError::Unknown`].
pub(super) fn find<'a>(sites: &'a Sites, name: &str) -> Result<&'a Site, CliError> {
    let found = sites.find(name).map(|site| &**site);
    found.ok_or_else(|| {
        CliError::Sites(SitesError::Unknown { name: name.to_owned(), nearest: sites.nearest(name) })
    })
}
