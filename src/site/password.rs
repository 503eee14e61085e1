//! Resolves a password reference to the password at login.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::base::{Secret, text};
use crate::config::{ConfigError, files};
use crate::site::netrc::{self, NetrcError};
use crate::site::vault::{Vault, VaultError};
use crate::site::{PasswordRef, Site};

/// The password for anonymous logins.
const ANONYMOUS: &str = "anonymous@";
/// The time limit of a password command; the command may prompt for a passphrase.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);
/// The maximum output of a password command, in bytes.
const MAX_OUTPUT: u64 = 4096;

/// The credentials for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Why a password is not available. Never contains a password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The user must be asked.
    #[error("the password of {user} is required")]
    AskNeeded {
        /// The login name, safe to show.
        user: String,
    },
    /// The environment variable is not set, or not UTF-8.
    #[error("the environment variable {0} for the password is not set, or is not valid UTF-8")]
    Variable(String),
    /// The command cannot be started, or its output cannot be read.
    #[error("the password command cannot be run: {0}")]
    Start(#[source] std::io::Error),
    /// The command exited with an error.
    #[error("the password command failed ({0}); run it in a shell to see why")]
    Failed(std::process::ExitStatus),
    /// The command exceeded the time limit.
    #[error("the password command did not finish within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// The command printed no password.
    #[error("the password command printed no password: its first line is empty or not UTF-8")]
    NoPassword,
    /// There is no `.netrc`, or it has no matching entry.
    #[error("{file} has no password for {user} on {host}")]
    NotInNetrc {
        /// The file, safe to show.
        file: String,
        /// The host, safe to show.
        host: String,
        /// The user, safe to show.
        user: String,
    },
    /// The `.netrc` has an error.
    #[error(transparent)]
    Netrc(#[from] NetrcError),
    /// The vault is locked, has no such password, or cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] ConfigError),
}

impl PasswordError {
    /// What to do about it, unless the message says so itself.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::AskNeeded { .. } => Some(
                "enter it at the prompt, or set the site's password (such as password = { command = \
                 \"pass show …\" })",
            ),
            _ => None,
        }
    }
}

/// The login of a site. `vault` provides the passwords that are stored in the vault.
///
/// # Errors
/// [`PasswordError::AskNeeded`] when the user must enter the password, [`VaultError::Locked`] when
/// the vault's passphrase is required, other errors when the password cannot be read.
pub async fn login(site: &Site, vault: Option<&Vault>) -> Result<Login, PasswordError> {
    if site.password == PasswordRef::Netrc {
        return from_netrc(site);
    }
    let anonymous = matches!(site.user(), "anonymous" | "ftp");
    let password = match &site.password {
        PasswordRef::Ask if anonymous => Secret::from(ANONYMOUS),
        reference => resolve(reference, site.user(), vault).await?,
    };
    Ok(Login { user: site.user().to_owned(), password })
}

/// The password of a reference, for example for the login at a proxy.
///
/// # Errors
/// See [`login`]. A `.netrc` is not searched, since it has passwords for FTP servers only.
pub async fn resolve(
    reference: &PasswordRef,
    user: &str,
    vault: Option<&Vault>,
) -> Result<Secret, PasswordError> {
    match reference {
        PasswordRef::Ask | PasswordRef::Netrc => {
            Err(PasswordError::AskNeeded { user: text::visible_str(user) })
        }
        PasswordRef::Env(name) => std::env::var(name)
            .map(Secret::new)
            .map_err(|_| PasswordError::Variable(text::visible_str(name))),
        PasswordRef::Command(command) => run(command, COMMAND_LIMIT).await,
        PasswordRef::Vault(entry) => {
            let vault = vault.filter(|vault| vault.is_open() || vault.exists());
            Ok(vault.ok_or(VaultError::Missing)?.get(entry)?)
        }
        PasswordRef::Plain(secret) => Ok(secret.clone()),
    }
}

fn from_netrc(site: &Site) -> Result<Login, PasswordError> {
    let path = netrc::path().unwrap_or_default();
    let entries = match files::read(&path)? {
        None => Vec::new(),
        Some(source) => netrc::parse(&source)?,
    };
    if files::readable_by_others(&path) {
        tracing::warn!("{} is readable by other users; run: chmod 600 on it", path.display());
    }
    let user = site.user.as_deref();
    let found = site.hosts.iter().find_map(|host| netrc::find(&entries, host, user));
    let login = found.and_then(|entry| {
        let user = user.or(entry.login.as_deref())?.to_owned();
        Some(Login { user, password: entry.password.clone()? })
    });
    login.ok_or_else(|| PasswordError::NotInNetrc {
        file: text::visible(path.as_os_str().as_encoded_bytes()),
        host: text::visible_str(site.host()),
        user: text::visible_str(user.unwrap_or("any user")),
    })
}

/// The process group of a shell. It is killed as a whole on drop, since killing only the shell
/// would leave its children running.
#[cfg(unix)]
struct ProcessGroup(Option<rustix::process::Pid>);

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // the group may have exited in the meantime
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// Runs a shell command and returns the first line of its output.
async fn run(command: &str, limit: Duration) -> Result<Secret, PasswordError> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("/bin/sh", "-c") };
    let mut command_line = Command::new(shell);
    #[cfg(unix)]
    command_line.process_group(0);
    let mut child = command_line
        .arg(flag)
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // the terminal belongs to the user interface; a command that must prompt opens it itself
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(PasswordError::Start)?;
    #[cfg(unix)]
    let mut group = ProcessGroup(
        child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw),
    );
    let output = child.stdout.take();
    let finished = async {
        let mut bytes = Zeroizing::new(Vec::new());
        if let Some(output) = output {
            output.take(MAX_OUTPUT).read_to_end(&mut bytes).await.map_err(PasswordError::Start)?;
        }
        let status = child.wait().await.map_err(PasswordError::Start)?;
        Ok::<_, PasswordError>((status, bytes))
    };
    let (status, bytes) =
        timeout(limit, finished).await.map_err(|_| PasswordError::Timeout(limit))??;
    // the shell has exited: processes that it left running on purpose, such as an agent, may stay
    #[cfg(unix)]
    {
        group.0 = None;
    }
    if !status.success() {
        return Err(PasswordError::Failed(status));
    }
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match str::from_utf8(line) {
        Ok(password) if !password.is_empty() => Ok(Secret::from(password)),
        _ => Err(PasswordError::NoPassword),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(user: Option<&str>, password: PasswordRef) -> Site {
        let mut site = Site::new("h");
        site.user = user.map(str::to_owned);
        site.password = password;
        site
    }

    async fn login(site: &Site) -> Result<Login, PasswordError> {
        super::login(site, None).await
    }

    async fn command(command: &str) -> Result<String, PasswordError> {
        run(command, Duration::from_secs(30)).await.map(|secret| secret.reveal().to_owned())
    }

    #[tokio::test]
    async fn each_reference_gives_its_password() {
        let got = login(&site(None, PasswordRef::Ask)).await.unwrap();
        assert_eq!((got.user.as_str(), got.password.reveal()), ("anonymous", "anonymous@"));
        let plain = PasswordRef::Plain(Secret::from("x"));
        assert_eq!(login(&site(Some("joe"), plain)).await.unwrap().password.reveal(), "x");
        let result = login(&site(Some("joe"), PasswordRef::Ask)).await;
        assert!(matches!(result, Err(PasswordError::AskNeeded { user }) if user == "joe"));
        // a variable that exists on every system
        let path = login(&site(Some("joe"), PasswordRef::Env("PATH".to_owned()))).await.unwrap();
        assert_eq!(path.password.reveal(), std::env::var("PATH").unwrap());
        let unset = PasswordRef::Env("FXPANE_TEST_NOT_SET".to_owned());
        assert!(matches!(login(&site(None, unset)).await, Err(PasswordError::Variable(_))));
    }

    #[tokio::test]
    async fn the_vault_gives_passwords_when_it_is_open() {
        let home = tempfile::tempdir().unwrap();
        let vault = Vault::new(home.path().join("vault"));
        let site = site(Some("joe"), PasswordRef::Vault("nas".to_owned()));
        let error = |result: Result<Login, PasswordError>| match result {
            Err(PasswordError::Vault(error)) => error,
            other => panic!("{other:?}"),
        };
        assert!(matches!(error(super::login(&site, Some(&vault)).await), VaultError::Missing));
        vault.create(&Secret::from("p")).unwrap();
        assert!(matches!(error(super::login(&site, Some(&vault)).await), VaultError::NoEntry(_)));
        vault.set("nas", Secret::from("hunter2")).unwrap();
        assert_eq!(super::login(&site, Some(&vault)).await.unwrap().password.reveal(), "hunter2");
        vault.lock();
        assert!(matches!(error(super::login(&site, Some(&vault)).await), VaultError::Locked));
    }

    #[tokio::test]
    async fn a_commands_first_line_is_the_password() {
        assert_eq!(command("printf 'one\\ntwo\\n'").await.unwrap(), "one");
        assert_eq!(command("printf 'pass word\\r\\n'").await.unwrap(), "pass word");
        assert_eq!(command("printf one").await.unwrap(), "one");
        assert!(matches!(command("true").await, Err(PasswordError::NoPassword)));
        assert!(matches!(command("printf '\\377'").await, Err(PasswordError::NoPassword)));
        assert!(matches!(command("echo x; exit 3").await, Err(PasswordError::Failed(_))));
        // endless output is cut off, and the command exits when its pipe closes
        let endless = command("exec yes").await;
        assert!(matches!(endless, Err(PasswordError::Failed(_))), "{endless:?}");
    }

    #[tokio::test]
    async fn a_command_that_hangs_times_out() {
        let error = run("exec sleep 600", Duration::from_millis(50)).await.unwrap_err();
        assert!(matches!(error, PasswordError::Timeout(_)));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn an_aborted_command_leaves_no_children() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        let made = Command::new("mkfifo").arg(&fifo).status().await.unwrap();
        assert!(made.success());
        // the child of the shell keeps the other end open as long as it runs
        let line = format!("sleep 600 3>'{}'; true", fifo.display());
        let running = tokio::spawn(async move { run(&line, Duration::from_secs(600)).await });
        let mut end = tokio::fs::File::open(&fifo).await.unwrap();
        running.abort();
        let mut bytes = Vec::new();
        let ended = timeout(Duration::from_secs(60), end.read_to_end(&mut bytes)).await;
        assert_eq!(ended.expect("the child has exited").unwrap(), 0);
    }

    #[tokio::test]
    async fn errors_show_no_password() {
        let error = command("echo hunter2; exit 1").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
