//! Where the user's files live.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use directories::ProjectDirs;

use crate::config::ConfigError;

/// The folder of settings, instead of the system's usual one.
pub const CONFIG_VARIABLE: &str = "FXPANE_CONFIG_DIR";
/// The folder of data, instead of the system's usual one.
pub const DATA_VARIABLE: &str = "FXPANE_DATA_DIR";

/// Folders that the command line names; they win over the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderOptions {
    /// `--config-dir`.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data: Option<PathBuf>,
}

/// The folders of this user; none of them needs to exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// `config.toml`, `sites.toml`, `keymap.toml`, `themes`.
    pub config: PathBuf,
    /// `queue.db`, `vault`, `known_certs.toml`.
    pub data: PathBuf,
    /// Logs. Below the data folder, when that one was named by the user.
    pub state: PathBuf,
}

impl Folders {
    /// The folders by command line, environment and system, in this order.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] when nobody tells.
    pub fn find(options: FolderOptions) -> Result<Self, ConfigError> {
        Self::choose(
            options,
            env::var_os(CONFIG_VARIABLE),
            env::var_os(DATA_VARIABLE),
            ProjectDirs::from("", "", "fxpane").as_ref(),
        )
    }

    fn choose(
        options: FolderOptions,
        config_variable: Option<OsString>,
        data_variable: Option<OsString>,
        system: Option<&ProjectDirs>,
    ) -> Result<Self, ConfigError> {
        let named = |option: Option<PathBuf>, variable: Option<OsString>| {
            // an empty variable is an unset one, as everywhere
            option.or_else(|| variable.filter(|value| !value.is_empty()).map(PathBuf::from))
        };
        let config = named(options.config, config_variable)
            .or_else(|| system.map(|dirs| dirs.config_dir().to_owned()))
            .ok_or(ConfigError::NoHome)?;
        let (data, state) = match named(options.data, data_variable) {
            Some(data) => (data.clone(), data),
            None => {
                let dirs = system.ok_or(ConfigError::NoHome)?;
                let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
                (dirs.data_dir().to_owned(), state.to_owned())
            }
        };
        Ok(Self { config, data, state })
    }

    /// `config.toml`.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// `sites.toml`.
    #[must_use]
    pub fn sites_file(&self) -> PathBuf {
        self.config.join("sites.toml")
    }

    /// `keymap.toml`.
    #[must_use]
    pub fn keymap_file(&self) -> PathBuf {
        self.config.join("keymap.toml")
    }

    /// The folder of the user's themes.
    #[must_use]
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// The queue's database.
    #[must_use]
    pub fn queue_file(&self) -> PathBuf {
        self.data.join("queue.db")
    }

    /// The file of passwords under a passphrase.
    #[must_use]
    pub fn vault_file(&self) -> PathBuf {
        self.data.join("vault")
    }

    /// The addresses opened before, one a line, without passwords.
    #[must_use]
    pub fn history_file(&self) -> PathBuf {
        self.data.join("history")
    }

    /// `known_certs.toml`.
    #[must_use]
    pub fn certs_file(&self) -> PathBuf {
        self.data.join("known_certs.toml")
    }

    /// The folder of log files.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.state.join("log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(options: FolderOptions, config: &str, data: &str) -> Result<Folders, ConfigError> {
        Folders::choose(options, Some(config.into()), Some(data.into()), None)
    }

    #[test]
    fn command_line_wins_over_environment() {
        let options = FolderOptions { config: Some("/opt/c".into()), data: None };
        let folders = choose(options, "/env/c", "/env/d").unwrap();
        assert_eq!(folders.settings_file(), PathBuf::from("/opt/c/config.toml"));
        assert_eq!(folders.certs_file(), PathBuf::from("/env/d/known_certs.toml"));
        assert_eq!(folders.logs(), PathBuf::from("/env/d/log"));
    }

    #[test]
    fn without_any_word_the_message_names_the_options() {
        for (config, data) in [("", "/d"), ("/c", "")] {
            let error = choose(FolderOptions::default(), config, data).unwrap_err();
            assert!(error.to_string().contains("--config-dir"), "{error}");
        }
    }

    #[test]
    fn the_system_decides_otherwise() {
        let system = ProjectDirs::from("", "", "fxpane");
        let Some(dirs) = &system else { return };
        let folders = Folders::choose(FolderOptions::default(), None, None, Some(dirs)).unwrap();
        assert!(folders.config.ends_with("fxpane"), "{folders:?}");
    }
}
