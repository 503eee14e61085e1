//! Bookmarks of other programs.
//!
//! Every import tells what it could not carry over. Passwords come along, except those that are
//! encrypted; a command that prints a password never does, because a file from elsewhere must not
//! make this program run anything.

mod cbftp;
mod collect;
mod filezilla;
mod fxp_one;
mod lftp;
mod mc;
mod netrc;
mod own;
mod urls;
mod xml;

use std::path::{Path, PathBuf};
use std::{fs, io};

use directories::BaseDirs;

use crate::base::source::Place;
use crate::base::{SourceText, text, words};
use crate::config::error::Problems;
use crate::site::netrc::NetrcError;
use crate::site::sites_file::Change;
use crate::site::{PasswordRef, Site, Sites};
use collect::Collector;

/// The program whose bookmarks are read.
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
    /// The file of sites of an FXP.One engine.
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

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not there or cannot be read.
    #[error("cannot read {}: {source}", text::visible(.path.as_os_str().as_encoded_bytes()))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is encrypted as a whole.
    #[error("the file is encrypted; {0}")]
    Encrypted(&'static str),
    /// The file is something else.
    #[error("{place}: this is not {what}")]
    Other {
        /// Where that shows.
        place: Place,
        /// What was expected.
        what: &'static str,
    },
    /// A `.netrc` with a mistake.
    #[error(transparent)]
    Netrc(#[from] NetrcError),
    /// A `sites.toml` with mistakes.
    #[error(transparent)]
    Sites(#[from] Problems),
}

/// Bookmarks that were read, and what they lost on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// The bookmarks, with names that are unique among them.
    pub sites: Vec<Site>,
    /// What could not be carried over.
    pub losses: Vec<Loss>,
}

/// Something that could not be carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Where it stands in the file.
    pub place: Place,
    /// The bookmark that it belongs to, as the file names it.
    pub site: String,
    /// What it is.
    pub what: Lost,
}

/// What could not be carried over. Never holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The whole bookmark: another protocol.
    #[error("left out: it uses {0}, which this program does not speak")]
    Protocol(String),
    /// The whole bookmark: a folder of this machine.
    #[error("left out: it is a folder of this machine")]
    Local,
    /// The whole bookmark: no server can be told from it.
    #[error("left out: {0}")]
    Unusable(String),
    /// A setting that this program does not have, or whose value it does not know.
    #[error("not carried over: {0}")]
    Setting(String),
    /// The name could not stay.
    #[error("it is called “{0}” here")]
    Renamed(String),
    /// The password is encrypted.
    #[error("the password is encrypted and will be asked for")]
    Encrypted,
    /// The password cannot be decoded.
    #[error("the password is damaged and will be asked for")]
    Damaged,
    /// A command that prints the password.
    #[error(
        "the password command was not taken over, since a file from elsewhere must not run \
         programs; the password will be asked for"
    )]
    Command,
    /// The same bookmark is there already.
    #[error("left out: the same site is there already")]
    Same,
    /// A line that has no meaning.
    #[error("this line was not understood")]
    Line,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.site.is_empty() {
            write!(f, "{}: ", text::visible_str(&self.site))?;
        }
        write!(f, "{}", self.what)
    }
}

impl Program {
    /// The file where the program usually keeps its bookmarks: the first one that exists, else
    /// the first one at all.
    #[must_use]
    pub fn usual_file(self) -> Option<PathBuf> {
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

/// Reads the bookmarks of a program's file.
///
/// # Errors
/// [`ImportError`], when nothing of it can be used.
pub fn import(program: Program, path: &Path) -> Result<Imported, ImportError> {
    let bytes =
        fs::read(path).map_err(|source| ImportError::Read { path: path.to_owned(), source })?;
    parse(program, path, &bytes)
}

/// Reads bookmarks from the content of a file.
///
/// # Errors
/// [`ImportError`], when nothing of it can be used.
pub fn parse(program: Program, path: &Path, bytes: &[u8]) -> Result<Imported, ImportError> {
    if program == Program::Cbftp && cbftp::is_encrypted(bytes) {
        return Err(ImportError::Encrypted(
            "in cbftp, take the encryption off (Global settings) and save, then import again",
        ));
    }
    // old files may be in the code page of their time
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
        Program::Fxpane => own::read(&source, &mut collector)?,
    }
    Ok(collector.finish())
}

impl Imported {
    /// The changes that add these bookmarks to the user's own, and what else must be told.
    ///
    /// A bookmark that the user has already is left out; one whose name is taken gets another.
    #[must_use]
    pub fn changes(self, own: &Sites) -> (Vec<Change>, Vec<Loss>) {
        let mut losses = self.losses;
        let mut changes: Vec<Change> = Vec::new();
        let mut names: Vec<String> = own.iter().map(|site| site.name.clone()).collect();
        for mut site in self.sites {
            let place = Place { path: PathBuf::from("sites.toml"), position: None };
            let name = site.name.clone();
            if own.find(&name).is_some_and(|other| is_same(other, &site)) {
                losses.push(Loss { place, site: name, what: Lost::Same });
                continue;
            }
            site.name = collect::free_name(&name, |name| names.iter().any(|own| own == name));
            if site.name != name {
                let what = Lost::Renamed(site.name.clone());
                losses.push(Loss { place, site: name, what });
            }
            names.push(site.name.clone());
            changes.push(Change::Add(Box::new(site)));
        }
        (changes, losses)
    }
}

/// True for the same site; a password that the file does not have makes no difference.
fn is_same(own: &Site, new: &Site) -> bool {
    let asks = PasswordRef::Ask;
    own == new || new.password == asks && Site { password: asks, ..own.clone() } == *new
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
