//! `sites import`: bookmarks of other programs.

use std::path::PathBuf;

use crate::base::{text, words};
use crate::cli::connect::word;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::Passphrase;
use crate::cli::record::{self, Imported, LossRecord};
use crate::config::Folders;
use crate::site::import::{self, Loss, Program};
use crate::site::sites_file::{self, Change};
use crate::site::{PasswordRef, Site, Vault, fields};

/// Takes over the bookmarks of another program, and tells what could not be carried over
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites import filezilla --dry-run
  fxpane sites import lftp ~/.local/share/lftp/bookmarks --folder lftp
  fxpane sites import cbftp cbftp-data --passwords vault
A bookmark that is there already is left out; one whose name is taken gets a number behind it.")]
pub(super) struct Import {
    /// The program; `fxpane` reads what `sites export` wrote
    #[arg(value_parser = word::<Program>())]
    program: Program,
    /// Its file of bookmarks [default: where the program keeps it]
    file: Option<PathBuf>,
    /// Only shows what would be added
    #[arg(long)]
    dry_run: bool,
    /// Puts all of them into this folder, with their own folders in it
    #[arg(long)]
    folder: Option<String>,
    /// What becomes of passwords that the file holds: plain keeps them in sites.toml, vault seals
    /// them, ask leaves them out
    #[arg(long, value_name = "WHERE", default_value = "plain", value_parser = word::<Passwords>())]
    passwords: Passwords,
}

/// What becomes of passwords that are imported.
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
        folders: &Folders,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let file = folders.sites_file();
        let own = sites_file::load(&file)?.sites;
        let usual = || self.program.usual_file().ok_or(CliError::NoImportFile);
        let from = self.file.clone().map_or_else(usual, Ok)?;
        let mut imported = import::import(self.program, &from)?;
        for site in &mut imported.sites {
            self.place(site);
        }
        let (mut changes, losses) = imported.changes(&own);
        if !self.dry_run && self.passwords == Passwords::Vault {
            self.seal(&mut changes, folders, passphrase, out)?;
        }
        if !self.dry_run && !changes.is_empty() {
            sites_file::change(&file, &changes)?;
        }
        let mut added = 0;
        for change in &changes {
            let Change::Add(site) = change else { continue };
            added += 1;
            tell_site(site, self.dry_run, out)?;
        }
        for loss in &losses {
            tell_loss(loss, out)?;
        }
        if out.is_json() {
            let (event, lost) = ("summary", losses.len());
            return out.object(&Imported { event, added, lost, dry_run: self.dry_run });
        }
        let sites = text::counted(added, "site");
        let lost = text::counted(losses.len() as u64, "remark");
        let done = if self.dry_run { "would be added" } else { "added" };
        out.remark(format_args!("{sites} {done}, {lost}"));
        if !self.dry_run && changes.iter().any(has_plain) {
            out.remark("Passwords are in sites.toml as plain text; --passwords vault seals them.");
        }
        Ok(())
    }

    fn place(&self, site: &mut Site) {
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

    /// Moves passwords from the bookmarks into the vault.
    fn seal(
        &self,
        changes: &mut [Change],
        folders: &Folders,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        if !changes.iter().any(has_plain) {
            return Ok(());
        }
        let vault = passphrase.open_or_make(folders, out)?;
        for change in changes {
            let Change::Add(site) = change else { continue };
            let name = site.name.clone();
            seal_one(&vault, &name, &mut site.password)?;
            if let Some(proxy) = &mut site.proxy {
                seal_one(&vault, &format!("{name} proxy"), &mut proxy.password)?;
            }
        }
        Ok(())
    }
}

fn has_plain(change: &Change) -> bool {
    matches!(change, Change::Add(site) if **site != fields::without_passwords(site))
}

fn seal_one(vault: &Vault, entry: &str, password: &mut PasswordRef) -> Result<(), CliError> {
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

fn tell_site(site: &Site, dry_run: bool, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        let mut object = record::settings(&fields::record(site, true));
        if let Some(object) = object.as_object_mut() {
            object.insert("event".to_owned(), "site".into());
        }
        return out.object(&object);
    }
    let sign = if dry_run { "would add" } else { "added" };
    let (name, user) = (text::visible_str(&site.name), text::visible_str(site.user()));
    let at = text::visible_str(&site.address());
    let folder = site
        .folder
        .as_ref()
        .map_or_else(String::new, |folder| format!("  in {}", text::visible_str(folder)));
    out.done(format_args!("{sign} {name}  {user}@{at}{folder}"))
}

fn tell_loss(loss: &Loss, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        return out.object(&LossRecord::of(loss));
    }
    out.remark(loss);
    Ok(())
}
