//! `sites export`: writes sites to a file, for another machine.

use std::path::PathBuf;

use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::Passphrase;
use crate::cli::record;
use crate::cli::verb::sites::show::find;
use crate::config::{UserDirs, files};
use crate::site::{PasswordRef, Site, Vault, fields, sites_file};

/// Write sites in the format of sites.toml, by default without passwords
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites export --output sites-backup.toml
  fxpane sites export nas mirror --with-passwords --output secret.toml
`fxpane sites import fxpane FILE` reads the file.")]
pub(super) struct Export {
    /// Names of the sites [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Include the passwords of sites.toml and of the vault, unencrypted
    #[arg(long)]
    with_passwords: bool,
    /// Write to FILE, with mode 0600 [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(super) fn run(
        &self,
        dirs: &UserDirs,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let loaded = sites_file::load(&dirs.sites_file())?;
        let mut sites: Vec<Site> = Vec::new();
        if self.names.is_empty() {
            sites.extend(loaded.sites.iter().map(|site| Site::clone(site)));
        }
        for name in &self.names {
            sites.push(find(&loaded.sites, name)?.clone());
        }
        if self.with_passwords {
            decrypt_passwords(&mut sites, dirs, passphrase, out)?;
        }
        let sites: Vec<&Site> = sites.iter().collect();
        if out.is_json() && self.output.is_none() {
            for site in sites {
                let site =
                    if self.with_passwords { site } else { &fields::without_passwords(site) };
                out.object(&record::settings(&fields::record_with_passwords(site)))?;
            }
            return Ok(());
        }
        let text = sites_file::export(&sites, self.with_passwords);
        let Some(path) = &self.output else { return out.bytes(text.as_bytes()) };
        files::write(path, text.as_bytes())?;
        if out.is_json() {
            out.object(&record::WrittenRecord { written: path.to_string_lossy().into_owned() })?;
        }
        Ok(())
    }
}

/// Replaces references to the vault with the passwords themselves.
fn decrypt_passwords(
    sites: &mut [Site],
    dirs: &UserDirs,
    passphrase: &Passphrase,
    out: &mut Output,
) -> Result<(), CliError> {
    let mut vault: Option<Vault> = None;
    for site in sites {
        let proxy = site.proxy.as_mut().map(|proxy| &mut proxy.password);
        for password in [Some(&mut site.password), proxy].into_iter().flatten() {
            let PasswordRef::Vault(entry) = password else { continue };
            let vault = match &vault {
                Some(vault) => vault,
                None => vault.insert(passphrase.open(dirs, out)?),
            };
            *password = PasswordRef::Plain(vault.get(entry)?);
        }
    }
    Ok(())
}
