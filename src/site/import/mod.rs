//! Import of sites from other programs.
//!
//! Every import reports what it could not import. Passwords are imported, unless they are
//! encrypted. A command that prints a password is never imported, because a file from elsewhere
//! must not make this program run anything.

mod cbftp;
mod collect;
mod filezilla;
mod fxp_one;
mod lftp;
mod mc;
mod netrc;
mod sites_toml;
mod urls;
mod xml;

use std::path::{Path, PathBuf};
use std::{fs, io};

use directories::BaseDirs;

use crate::base::source::SourceLocation;
use crate::base::{SourceText, text, words};
use crate::config::error::Problems;
use crate::site::netrc::NetrcError;
use crate::site::sites_file::SiteChange;
use crate::site::{PasswordRef, Site, Sites};
use collect::Collector;

/// The program that wrote the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// FileZilla's `sitemanager.xml`.
    FileZilla,
    /// cbftp's data file.
    Cbftp,
    /// lftp's bookmarks.
    Lftp,
    /// The user's `.netrc`.
    Netrc,
    /// The site file of an FXP.One engine.
    FxpOne,
    /// Midnight Commander's directory hotlist.
    Mc,
    /// A `sites.toml` of this program.
    Fxpane,
}

words!(Program {
    FileZilla: "filezilla",
    Cbftp: "cbftp",
    Lftp: "lftp",
    Netrc: "netrc",
    FxpOne: "fxp-one",
    Mc: "mc",
    Fxpane: "fxpane"
});

/// Why the file could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum SiteImportError {
    /// The file does not exist or cannot be read.
    #[error("cannot read {}: {source}", text::visible(.path.as_os_str().as_encoded_bytes()))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The whole file is encrypted.
    #[error("the file is encrypted; {0}")]
    Encrypted(&'static str),
    /// The file has another format.
    #[error("{place}: this is not {expected}")]
    Other {
        /// The position at which this was detected.
        place: SourceLocation,
        /// The expected format.
        expected: &'static str,
    },
    /// A `.netrc` with an error.
    #[error(transparent)]
    Netrc(#[from] NetrcError),
    /// A `sites.toml` with errors.
    #[error(transparent)]
    Sites(#[from] Problems),
}

/// The imported sites and their losses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportedSites {
    /// The sites, with unique names.
    pub sites: Vec<Site>,
    /// What could not be imported.
    pub losses: Vec<ImportLoss>,
}

/// Something that could not be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLoss {
    /// The position in the file.
    pub place: SourceLocation,
    /// The name of the site in the file; empty if it belongs to none.
    pub site: String,
    /// What could not be imported.
    pub kind: LossKind,
}

/// What could not be imported. Never contains a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LossKind {
    /// The site, because it uses another protocol.
    #[error("skipped: it uses {0}, which fxpane does not support")]
    Protocol(String),
    /// The site, because it is a local directory.
    #[error("skipped: it is a local directory")]
    Local,
    /// The site, because it is not valid.
    #[error("skipped: {0}")]
    Unusable(String),
    /// A setting that this program does not support, or whose value is unknown.
    #[error("not imported: {0}")]
    Setting(String),
    /// The name, which was replaced by this one.
    #[error("imported as “{0}”")]
    Renamed(String),
    /// The password, because it is encrypted.
    #[error("the password is encrypted; fxpane will prompt for it")]
    Encrypted,
    /// The password, because it cannot be decoded.
    #[error("the password is damaged; fxpane will prompt for it")]
    Damaged,
    /// A command that prints the password.
    #[error(
        "the password command was not imported, because an imported file must not run programs; \
         fxpane will prompt for the password"
    )]
    Command,
    /// The site, because the same site already exists.
    #[error("skipped: the same site already exists")]
    Exists,
    /// A line with an unknown format.
    #[error("line not recognized")]
    Line,
}

impl std::fmt::Display for ImportLoss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.site.is_empty() {
            write!(f, "{}: ", text::visible_str(&self.site))?;
        }
        write!(f, "{}", self.kind)
    }
}

impl Program {
    /// The default path of the program's file: the first one that exists, otherwise the first
    /// candidate. `None` for [`Program::Fxpane`].
    #[must_use]
    pub fn default_file(self) -> Option<PathBuf> {
        let dirs = BaseDirs::new()?;
        let (home, config, data) = (dirs.home_dir(), dirs.config_dir(), dirs.data_dir());
        let files = match self {
            Self::FileZilla => {
                vec![
                    config.join("filezilla/sitemanager.xml"),
                    home.join(".filezilla/sitemanager.xml"),
                ]
            }
            Self::Cbftp => vec![home.join(".cbftp/data")],
            Self::Lftp => vec![data.join("lftp/bookmarks"), home.join(".lftp/bookmarks")],
            Self::Netrc => crate::site::netrc::path().into_iter().collect(),
            Self::FxpOne => vec![home.join(".FXP.One/.FXP.One.sites")],
            Self::Mc => vec![config.join("mc/hotlist"), home.join(".mc/hotlist")],
            Self::Fxpane => return None,
        };
        files.iter().find(|file| file.exists()).or(files.first()).cloned()
    }
}

/// Reads the sites from a program's file.
///
/// # Errors
/// [`SiteImportError`] when the file cannot be imported at all.
pub fn import(program: Program, path: &Path) -> Result<ImportedSites, SiteImportError> {
    let bytes =
        fs::read(path).map_err(|source| SiteImportError::Read { path: path.to_owned(), source })?;
    parse(program, path, &bytes)
}

/// Reads sites from the content of a file.
///
/// # Errors
/// [`SiteImportError`] when the file cannot be imported at all.
pub fn parse(
    program: Program,
    path: &Path,
    bytes: &[u8],
) -> Result<ImportedSites, SiteImportError> {
    if program == Program::Cbftp && cbftp::is_encrypted(bytes) {
        return Err(SiteImportError::Encrypted(
            "in cbftp, disable the encryption (Global settings), save, and import again",
        ));
    }
    // old files may use a legacy code page
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    };
    let source = SourceText::new(path, text);
    let mut collector = Collector::new(&source);
    match program {
        Program::FileZilla => filezilla::read(&source, &mut collector)?,
        Program::Cbftp => cbftp::read(&source, &mut collector)?,
        Program::Lftp => lftp::read(&source, &mut collector),
        Program::Netrc => netrc::read(&source, &mut collector)?,
        Program::FxpOne => fxp_one::read(&source, &mut collector)?,
        Program::Mc => mc::read(&source, &mut collector)?,
        Program::Fxpane => sites_toml::read(&source, &mut collector)?,
    }
    Ok(collector.finish())
}

impl ImportedSites {
    /// The changes that add these sites to the existing ones, and all losses.
    ///
    /// A site that already exists is skipped; one whose name is taken gets another name.
    #[must_use]
    pub fn changes(self, existing: &Sites) -> (Vec<SiteChange>, Vec<ImportLoss>) {
        let mut losses = self.losses;
        let mut changes: Vec<SiteChange> = Vec::new();
        let mut names: Vec<String> = existing.iter().map(|site| site.name.clone()).collect();
        for mut site in self.sites {
            let place = SourceLocation { path: PathBuf::from("sites.toml"), position: None };
            let name = site.name.clone();
            if existing.find(&name).is_some_and(|other| is_same(other, &site)) {
                losses.push(ImportLoss { place, site: name, kind: LossKind::Exists });
                continue;
            }
            site.name = collect::free_name(&name, |name| names.iter().any(|taken| taken == name));
            if site.name != name {
                let kind = LossKind::Renamed(site.name.clone());
                losses.push(ImportLoss { place, site: name, kind });
            }
            names.push(site.name.clone());
            changes.push(SiteChange::Add(Box::new(site)));
        }
        (changes, losses)
    }
}

/// True if both are the same site; a password that is missing in the file is ignored.
fn is_same(existing: &Site, new: &Site) -> bool {
    let asks = PasswordRef::Ask;
    existing == new || new.password == asks && Site { password: asks, ..existing.clone() } == *new
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
