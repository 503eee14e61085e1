//! `sites import`: imports the sites of other programs.

use std::path::PathBuf;

use crate::base::{text, words};
use crate::cli::connect::choice_parser;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::Passphrase;
use crate::cli::record::{self, LossRecord, SiteImportSummary};
use crate::config::UserDirs;
use crate::site::import::{self, ImportLoss, Program};
use crate::site::sites_file::{self, SiteChange};
use crate::site::{PasswordRef, Site, Vault, fields};

/// Import the sites of another program, and list what could not be converted
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites import filezilla --dry-run
  fxpane sites import lftp ~/.local/share/lftp/bookmarks --folder lftp
  fxpane sites import cbftp cbftp-data --passwords vault
Existing sites are skipped; a different site with an existing name gets a number appended.")]
pub(super) struct Import {
    /// Program to import from; `fxpane` reads files of `sites export`
    #[arg(value_parser = choice_parser::<Program>())]
    program: Program,
    /// Site file of the program [default: its usual location]
    file: Option<PathBuf>,
    /// Preview: only show what would be added
    #[arg(long)]
    dry_run: bool,
    /// Put the sites into FOLDER, keeping their own folders below it
    #[arg(long)]
    folder: Option<String>,
    /// Where to store imported passwords: plain (unencrypted in sites.toml), vault (encrypted), or
    /// ask (do not store them)
    #[arg(
        long,
        value_name = "STORAGE",
        default_value = "plain",
        value_parser = choice_parser::<Passwords>()
    )]
    passwords: Passwords,
}

/// Where imported passwords are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passwords {
    Plain,
    Vault,
    Ask,
}

words!(Passwords { Plain: "plain", Vault: "vault", Ask: "ask" });

impl Import {
    pub(super) fn run(
        &self,
        dirs: &UserDirs,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let file = dirs.sites_file();
        let own = sites_file::load(&file)?.sites;
        let usual = || self.program.default_file().ok_or(CliError::NoImportFile);
        let from = self.file.clone().map_or_else(usual, Ok)?;
        let mut imported = import::import(self.program, &from)?;
        for site in &mut imported.sites {
            self.apply_options(site);
        }
        let (mut changes, losses) = imported.changes(&own);
        if !self.dry_run && self.passwords == Passwords::Vault {
            self.move_to_vault(&mut changes, dirs, passphrase, out)?;
        }
        if !self.dry_run && !changes.is_empty() {
            sites_file::change(&file, &changes)?;
        }
        let mut added = 0;
        for change in &changes {
            let SiteChange::Add(site) = change else { continue };
            added += 1;
            print_site(site, self.dry_run, out)?;
        }
        for loss in &losses {
            print_loss(loss, out)?;
        }
        if out.is_json() {
            let (event, lost) = ("summary", losses.len());
            return out.object(&SiteImportSummary { event, added, lost, dry_run: self.dry_run });
        }
        let sites = text::counted(added, "site");
        let lost = text::counted(losses.len() as u64, "setting");
        let done = if self.dry_run { "would be added" } else { "added" };
        out.note(format_args!("{sites} {done}, {lost} not converted"));
        if !self.dry_run && changes.iter().any(has_plain) {
            out.note(
                "Passwords are stored unencrypted in sites.toml; --passwords vault encrypts them.",
            );
        }
        Ok(())
    }

    /// Applies `--folder` and `--passwords ask`.
    fn apply_options(&self, site: &mut Site) {
        if let Some(folder) = self.folder.as_deref().map(|folder| folder.trim_matches('/')) {
            site.folder = Some(match &site.folder {
                Some(own) => format!("{folder}/{own}"),
                None => folder.to_owned(),
            });
        }
        if self.passwords == Passwords::Ask {
            *site = fields::without_passwords(site);
        }
    }

    /// Moves passwords from the sites into the vault.
    fn move_to_vault(
        &self,
        changes: &mut [SiteChange],
        dirs: &UserDirs,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        if !changes.iter().any(has_plain) {
            return Ok(());
        }
        let vault = passphrase.open_or_create(dirs, out)?;
        for change in changes {
            let SiteChange::Add(site) = change else { continue };
            let name = site.name.clone();
            store_in_vault(&vault, &name, &mut site.password)?;
            if let Some(proxy) = &mut site.proxy {
                store_in_vault(&vault, &format!("{name} proxy"), &mut proxy.password)?;
            }
        }
        Ok(())
    }
}

fn has_plain(change: &SiteChange) -> bool {
    matches!(change, SiteChange::Add(site) if **site != fields::without_passwords(site))
}

fn store_in_vault(vault: &Vault, entry: &str, password: &mut PasswordRef) -> Result<(), CliError> {
    if let PasswordRef::Plain(secret) = password {
        let taken = vault.names()?;
        let mut free = entry.to_owned();
        let mut number = 1;
        while taken.contains(&free) {
            number += 1;
            free = format!("{entry} {number}");
        }
        vault.set(&free, secret.clone())?;
        *password = PasswordRef::Vault(free);
    }
    Ok(())
}

fn print_site(site: &Site, dry_run: bool, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        let mut object = record::settings(&fields::record(site, true));
        if let Some(object) = object.as_object_mut() {
            object.insert("event".to_owned(), "site".into());
        }
        return out.object(&object);
    }
    let verb = if dry_run { "would add" } else { "added" };
    let (name, user) = (text::visible_str(&site.name), text::visible_str(site.user()));
    let at = text::visible_str(&site.address());
    let folder = site
        .folder
        .as_ref()
        .map_or_else(String::new, |folder| format!("  in {}", text::visible_str(folder)));
    out.info(format_args!("{verb} {name}  {user}@{at}{folder}"))
}

fn print_loss(loss: &ImportLoss, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        return out.object(&LossRecord::of(loss));
    }
    out.note(loss);
    Ok(())
}
