//! From a password reference to the password, at the moment of the login.

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

/// The password that anonymous servers are given.
const ANONYMOUS: &str = "anonymous@";
/// How long a password command may take; it may ask the user for a passphrase.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);
/// A password is not longer than this.
const MOST: u64 = 4096;

/// What a server is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Why there is no password. Never holds one.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The user must be asked.
    #[error("the password of {user} is needed")]
    AskNeeded {
        /// The login name, safe to show.
        user: String,
    },
    /// The environment variable is not set, or no text.
    #[error("the environment variable {0}, which should hold the password, is not set to a text")]
    Variable(String),
    /// The command cannot be run.
    #[error("the password command cannot be run: {0}")]
    Start(#[source] std::io::Error),
    /// The command failed.
    #[error("the password command failed ({0}); run it in a shell to see why")]
    Failed(std::process::ExitStatus),
    /// The command did not end.
    #[error("the password command has not ended after {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// The command printed no text.
    #[error("the password command printed no password: its first line is empty or not text")]
    Nothing,
    /// There is no `.netrc`, or it has no such entry.
    #[error("{file} has no password for {user} on {host}")]
    NotInNetrc {
        /// The file, safe to show.
        file: String,
        /// The host, safe to show.
        host: String,
        /// The user, safe to show.
        user: String,
    },
    /// The `.netrc` is wrong.
    #[error(transparent)]
    Netrc(#[from] NetrcError),
    /// The vault is locked, or has no such password, and so on.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] ConfigError),
}

impl PasswordError {
    /// What to do about it, where the error does not say so itself.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::AskNeeded { .. } => Some(
                "type it when asked, or tell the site where to find it (password = { command = \
                 \"pass show …\" })",
            ),
            _ => None,
        }
    }
}

/// The login of a site. `vault` is where passwords in the vault are found.
///
/// # Errors
/// [`PasswordError::AskNeeded`] when only the user knows, [`VaultError::Locked`] when the vault's
/// passphrase is needed; the other errors name what is wrong with the place that the site names.
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

/// The password of a reference, for a proxy's login and the like.
///
/// # Errors
/// See [`login`]. A `.netrc` has no passwords for others than FTP servers.
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
        tracing::warn!("{} can be read by others; run: chmod 600 on it", path.display());
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
        user: text::visible_str(user.unwrap_or("anybody")),
    })
}

/// A shell with all that it has started, ended as a whole when the wait for it is given up: a
/// shell that is ended alone leaves its children behind.
#[cfg(unix)]
struct Group(Option<rustix::process::Pid>);

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // it may have ended by itself in this moment
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// The first line that a shell command prints.
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
        // the screen owns the terminal; a command that must ask opens it by itself
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(PasswordError::Start)?;
    #[cfg(unix)]
    let mut group = Group(
        child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw),
    );
    let output = child.stdout.take();
    let whole = async {
        let mut bytes = Zeroizing::new(Vec::new());
        if let Some(output) = output {
            output.take(MOST).read_to_end(&mut bytes).await.map_err(PasswordError::Start)?;
        }
        let status = child.wait().await.map_err(PasswordError::Start)?;
        Ok::<_, PasswordError>((status, bytes))
    };
    let (status, bytes) =
        timeout(limit, whole).await.map_err(|_| PasswordError::Timeout(limit))??;
    // the shell has ended well: what it left running on purpose, such as an agent, may stay
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
        _ => Err(PasswordError::Nothing),
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
        let asked = login(&site(Some("joe"), PasswordRef::Ask)).await;
        assert!(matches!(asked, Err(PasswordError::AskNeeded { user }) if user == "joe"));
        // a variable that every system has
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
        assert!(matches!(command("true").await, Err(PasswordError::Nothing)));
        assert!(matches!(command("printf '\\377'").await, Err(PasswordError::Nothing)));
        assert!(matches!(command("echo x; exit 3").await, Err(PasswordError::Failed(_))));
        // output without end is cut off, and the command ends with its pipe
        let endless = command("exec yes").await;
        assert!(matches!(endless, Err(PasswordError::Failed(_))), "{endless:?}");
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_given_up() {
        let error = run("exec sleep 600", Duration::from_millis(50)).await.unwrap_err();
        assert!(matches!(error, PasswordError::Timeout(_)));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_that_is_given_up_leaves_no_children() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = Command::new("mkfifo").arg(&fifo).status().await.unwrap();
        assert!(made.success());
        // the child of the shell holds the other end open for as long as it lives
        let line = format!("sleep 600 3>'{}'; true", fifo.display());
        let held = tokio::spawn(async move { run(&line, Duration::from_secs(600)).await });
        let mut end = tokio::fs::File::open(&fifo).await.unwrap();
        held.abort();
        let mut bytes = Vec::new();
        let ended = timeout(Duration::from_secs(60), end.read_to_end(&mut bytes)).await;
        assert_eq!(ended.expect("the child has ended").unwrap(), 0);
    }

    #[tokio::test]
    async fn errors_show_no_password() {
        let error = command("echo hunter2; exit 1").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
