//! Paths of the user's files.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use directories::ProjectDirs;

use crate::config::ConfigError;

/// Environment variable that overrides the configuration directory.
pub const CONFIG_VARIABLE: &str = "FXPANE_CONFIG_DIR";
/// Environment variable that overrides the data directory.
pub const DATA_VARIABLE: &str = "FXPANE_DATA_DIR";

/// Directories given on the command line; they take precedence over the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirOptions {
    /// `--config-dir`.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data: Option<PathBuf>,
}

/// The directories of this user; none of them has to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDirs {
    /// `config.toml`, `sites.toml`, `keymap.toml`, `themes`.
    pub config: PathBuf,
    /// `queue.db`, `vault`, `known_certs.toml`.
    pub data: PathBuf,
    /// Parent of `log`; the data directory, if the user has set that one.
    pub state: PathBuf,
}

impl UserDirs {
    /// Determines the directories from the command line, the environment and the system's
    /// defaults, in this order.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] if none of them says.
    pub fn find(options: DirOptions) -> Result<Self, ConfigError> {
        Self::choose(
            options,
            env::var_os(CONFIG_VARIABLE),
            env::var_os(DATA_VARIABLE),
            ProjectDirs::from("", "", "fxpane").as_ref(),
        )
    }

    fn choose(
        options: DirOptions,
        config_variable: Option<OsString>,
        data_variable: Option<OsString>,
        system: Option<&ProjectDirs>,
    ) -> Result<Self, ConfigError> {
        let named = |option: Option<PathBuf>, variable: Option<OsString>| {
            // an empty variable counts as unset
            option.or_else(|| variable.filter(|value| !value.is_empty()).map(PathBuf::from))
        };
        let config = named(options.config, config_variable)
            .or_else(|| system.map(|project| project.config_dir().to_owned()))
            .ok_or(ConfigError::NoHome)?;
        let (data, state) = match named(options.data, data_variable) {
            Some(data) => (data.clone(), data),
            None => {
                let project = system.ok_or(ConfigError::NoHome)?;
                let state = project.state_dir().unwrap_or_else(|| project.data_local_dir());
                (project.data_dir().to_owned(), state.to_owned())
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

    /// The directory of the user's themes.
    #[must_use]
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// The queue database.
    #[must_use]
    pub fn queue_file(&self) -> PathBuf {
        self.data.join("queue.db")
    }

    /// The encrypted password file.
    #[must_use]
    pub fn vault_file(&self) -> PathBuf {
        self.data.join("vault")
    }

    /// The addresses that were opened before, one per line, without passwords.
    #[must_use]
    pub fn history_file(&self) -> PathBuf {
        self.data.join("history")
    }

    /// `known_certs.toml`.
    #[must_use]
    pub fn certs_file(&self) -> PathBuf {
        self.data.join("known_certs.toml")
    }

    /// The directory of the log files.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.state.join("log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(options: DirOptions, config: &str, data: &str) -> Result<UserDirs, ConfigError> {
        UserDirs::choose(options, Some(config.into()), Some(data.into()), None)
    }

    #[test]
    fn command_line_overrides_environment() {
        let options = DirOptions { config: Some("/opt/c".into()), data: None };
        let dirs = choose(options, "/env/c", "/env/d").unwrap();
        assert_eq!(dirs.settings_file(), PathBuf::from("/opt/c/config.toml"));
        assert_eq!(dirs.certs_file(), PathBuf::from("/env/d/known_certs.toml"));
        assert_eq!(dirs.logs(), PathBuf::from("/env/d/log"));
    }

    #[test]
    fn unknown_directories_name_the_options() {
        for (config, data) in [("", "/d"), ("/c", "")] {
            let error = choose(DirOptions::default(), config, data).unwrap_err();
            assert!(error.to_string().contains("--config-dir"), "{error}");
        }
    }

    #[test]
    fn defaults_come_from_the_system() {
        let system = ProjectDirs::from("", "", "fxpane");
        let Some(dirs) = &system else { return };
        let dirs = UserDirs::choose(DirOptions::default(), None, None, Some(dirs)).unwrap();
        assert!(dirs.config.ends_with("fxpane"), "{dirs:?}");
    }
}
