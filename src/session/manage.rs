//! File management on a server: directories, names, sizes, times, permissions, and the state of
//! data connections.

use crate::base::{RemotePath, Stamp};
use crate::ftp::{Command, Reply, TimeSetter, pathname, permissions};
use crate::session::error::SessionError;
use crate::session::options::Protection;
use crate::session::state::{Session, to_internal_path};
use crate::site::Switch;

/// What a server replies to `SIZE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SizeAnswer {
    /// The file has so many bytes.
    Bytes(u64),
    /// There is no such file, and this reply says so.
    Missing(Reply),
    /// The server does not tell.
    Unknown,
}

impl Session {
    /// Changes the working directory, unless it is already `path`.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the directory does not exist or cannot be entered.
    pub async fn change_dir(&mut self, path: &RemotePath) -> Result<(), SessionError> {
        if path.as_bytes().is_empty() || self.cwd.as_ref() == Some(path) {
            return Ok(());
        }
        self.cwd = None;
        let command = Command::with("CWD", path.as_bytes())?;
        self.ask_ok(command, &format!("open {path}")).await?;
        if path.is_absolute() {
            self.cwd = Some(path.clone());
        }
        Ok(())
    }

    /// The working directory as the server reports it.
    ///
    /// # Errors
    /// [`SessionError::Refused`], or [`SessionError::Unexpected`] when the reply has no path.
    pub async fn working_dir(&mut self) -> Result<RemotePath, SessionError> {
        if let Some(cwd) = &self.cwd {
            return Ok(cwd.clone());
        }
        let reply = self.ask_ok(Command::bare("PWD"), "get the working directory").await?;
        let path = pathname::parse_257(reply.text())
            .ok_or(SessionError::Unexpected { step: "PWD".to_owned(), reply })?;
        let path = to_internal_path(Some(path.clone())).1.unwrap_or(path);
        self.cwd = Some(path.clone());
        Ok(path)
    }

    /// The absolute form of a path; a relative one is resolved against the home directory.
    #[must_use]
    pub fn absolute(&self, path: &RemotePath) -> RemotePath {
        if path.as_bytes().is_empty() {
            self.home().clone()
        } else {
            self.home().join(path.as_bytes())
        }
    }

    /// Creates a directory. Returns false if it already exists (quirk 63).
    ///
    /// # Errors
    /// [`SessionError::Refused`] when it neither exists nor can be created.
    pub async fn make_dir(&mut self, path: &RemotePath) -> Result<bool, SessionError> {
        let reply = self.ask(Command::with("MKD", path.as_bytes())?).await?;
        if reply.is_completion() {
            return Ok(true);
        }
        // servers report "exists" with many codes and texts, so test it with CWD
        let previous = self.cwd.take();
        let enter = self.ask(Command::with("CWD", path.as_bytes())?).await?;
        if enter.is_completion() {
            self.cwd = path.is_absolute().then(|| path.clone());
            return Ok(false);
        }
        self.cwd = previous;
        Err(SessionError::refused(format!("make the directory {path}"), reply))
    }

    /// Deletes an empty directory.
    ///
    /// # Errors
    /// [`SessionError::Refused`].
    pub async fn remove_dir(&mut self, path: &RemotePath) -> Result<(), SessionError> {
        if self.cwd.as_ref().is_some_and(|cwd| cwd.relative_to(path).is_some()) {
            // servers may refuse to delete the working directory
            self.change_dir(&path.parent().unwrap_or_else(RemotePath::root)).await?;
        }
        let command = Command::with("RMD", path.as_bytes())?;
        self.ask_ok(command, &format!("delete the directory {path}")).await.map(drop)
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// [`SessionError::Refused`].
    pub async fn remove_file(&mut self, path: &RemotePath) -> Result<(), SessionError> {
        let command = Command::with("DELE", path.as_bytes())?;
        self.ask_ok(command, &format!("delete {path}")).await.map(drop)
    }

    /// Renames a file or directory. Some servers overwrite an existing target, some refuse (quirk
    /// 81): check first if the target must not be lost.
    ///
    /// # Errors
    /// [`SessionError::Refused`].
    pub async fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), SessionError> {
        let from_command = Command::with("RNFR", from.as_bytes())?;
        let to_command = Command::with("RNTO", to.as_bytes())?;
        let step = format!("rename {from} to {to}");
        let reply = self.ask(from_command).await?;
        if reply.code / 100 > 3 {
            return Err(SessionError::refused(step, reply));
        }
        self.ask_ok(to_command, &step).await.map(drop)
    }

    /// The size of a file in bytes; `None` if the server does not report it.
    ///
    /// # Errors
    /// Only when the connection is lost.
    pub async fn size(&mut self, path: &RemotePath) -> Result<Option<u64>, SessionError> {
        match self.ask_size(path).await? {
            SizeAnswer::Bytes(size) => Ok(Some(size)),
            SizeAnswer::Missing(_) | SizeAnswer::Unknown => Ok(None),
        }
    }

    /// What the server replies to `SIZE`: it also tells whether the file exists.
    ///
    /// # Errors
    /// Only when the connection is lost.
    pub async fn ask_size(&mut self, path: &RemotePath) -> Result<SizeAnswer, SessionError> {
        self.set_type_binary().await?;
        let reply = self.ask(Command::with("SIZE", path.as_bytes())?).await?;
        Ok(match reply.size() {
            Some(size) => {
                self.size_answered = true;
                SizeAnswer::Bytes(size)
            }
            None if self.answers_size() && reply.reports_absence() => SizeAnswer::Missing(reply),
            None => SizeAnswer::Unknown,
        })
    }

    /// Whether a file or directory exists, by its own question (`SIZE`, `MLST`); `None` where the
    /// server answers neither.
    ///
    /// # Errors
    /// Only when the connection is lost.
    pub async fn is_there(&mut self, path: &RemotePath) -> Result<Option<bool>, SessionError> {
        let asked = self.ask_size(path).await?;
        if matches!(asked, SizeAnswer::Bytes(_)) {
            return Ok(Some(true));
        }
        if self.features.has("MLST") {
            let reply = self.ask(Command::with("MLST", path.as_bytes())?).await?;
            if reply.is_completion() || reply.reports_absence() {
                return Ok(Some(reply.is_completion()));
            }
        }
        Ok(matches!(asked, SizeAnswer::Missing(_)).then_some(false))
    }

    /// True if the server announces `SIZE` or has answered it: its 550 then means that there is no
    /// such file.
    #[must_use]
    pub fn answers_size(&self) -> bool {
        self.size_answered || self.features.has("SIZE")
    }

    /// Records that a transfer on this session got the size of a file.
    pub fn learn_size_answer(&mut self) {
        self.size_answered = true;
    }

    /// The modification time of a file; `None` if the server does not report it.
    ///
    /// # Errors
    /// Only when the connection is lost.
    pub async fn modified(&mut self, path: &RemotePath) -> Result<Option<Stamp>, SessionError> {
        Ok(self.ask(Command::with("MDTM", path.as_bytes())?).await?.stamp())
    }

    /// The commands for setting times that the server has not refused yet, best first.
    #[must_use]
    pub fn time_setters(&self) -> &[TimeSetter] {
        &self.time_setters
    }

    /// Takes over the [`Session::time_setters`] that a transfer on this session has not ruled out.
    pub fn learn_time_setters(&mut self, setters: Vec<TimeSetter>) {
        self.time_setters = setters;
    }

    /// Sets the modification time of a file with the first command that the server accepts. Returns
    /// false if it accepts none.
    ///
    /// # Errors
    /// Only when the connection is lost.
    pub async fn set_modified(
        &mut self,
        path: &RemotePath,
        stamp: &Stamp,
    ) -> Result<bool, SessionError> {
        while let Some(setter) = self.time_setters.first() {
            let reply = self.ask(setter.command(path.as_bytes(), stamp)?).await?;
            if reply.is_completion() {
                return Ok(true);
            }
            if !TimeSetter::is_unknown(&reply) {
                return Ok(false); // refused only for this file
            }
            self.time_setters.remove(0);
        }
        Ok(false)
    }

    /// Sets the permissions of a file (`SITE CHMOD`).
    ///
    /// # Errors
    /// [`SessionError::Refused`]; many servers do not support the command (quirk 85).
    pub async fn chmod(&mut self, path: &RemotePath, mode: u32) -> Result<(), SessionError> {
        let command = permissions::chmod(path.as_bytes(), mode)?;
        self.ask_ok(command, &format!("change the permissions of {path}")).await.map(drop)
    }

    /// Sets the permissions of a file, and returns the server's reply if it refuses. Once the
    /// server has reported that it does not support the command, the command is not sent again.
    ///
    /// # Errors
    /// Only when the connection is lost.
    pub async fn set_mode(
        &mut self,
        path: &RemotePath,
        mode: u32,
    ) -> Result<Option<Reply>, SessionError> {
        if let Some(refusal) = &self.no_chmod {
            return Ok(Some(refusal.clone()));
        }
        let reply = self.ask(permissions::chmod(path.as_bytes(), mode)?).await?;
        if reply.is_completion() {
            return Ok(None);
        }
        self.learn_mode_refusal(&reply);
        Ok(Some(reply))
    }

    /// The reply with which the server reported that it cannot set permissions.
    #[must_use]
    pub fn no_chmod(&self) -> Option<&Reply> {
        self.no_chmod.as_ref()
    }

    /// Records the reply with which a transfer on this session failed to set permissions.
    pub fn learn_mode_refusal(&mut self, reply: &Reply) {
        if reply.is_unknown_command() {
            self.no_chmod = Some(reply.clone());
        }
    }

    /// `TYPE I`, once per connection (RFC 959 section 3.1.1; docs/servers.md "Commands and
    /// features").
    ///
    /// # Errors
    /// [`SessionError::Refused`].
    pub async fn set_type_binary(&mut self) -> Result<(), SessionError> {
        if !self.binary {
            self.ask_ok(Command::with("TYPE", "I")?, "switch to binary").await?;
            self.binary = true;
        }
        Ok(())
    }

    /// Whether data connections are encrypted, by the last `PROT` command.
    #[must_use]
    pub fn protection(&self) -> Protection {
        self.protection
    }

    /// `PROT C` or `PROT P` (RFC 4217 section 9); `PBSZ 0` was sent after the login.
    ///
    /// # Errors
    /// [`SessionError::Refused`]; [`SessionError::ProtectionRefused`] or [`SessionError::NoTls`]
    /// when encryption is requested.
    pub async fn protect(&mut self, wanted: Protection) -> Result<(), SessionError> {
        if self.protection == wanted || !self.is_tls() {
            return match (wanted, self.is_tls()) {
                (Protection::Private, false) => Err(SessionError::NoTls),
                _ => Ok(()),
            };
        }
        let letter = if wanted == Protection::Private { "P" } else { "C" };
        let reply = self.ask(Command::with("PROT", letter)?).await?;
        if !reply.is_completion() {
            return Err(match wanted {
                Protection::Private => SessionError::ProtectionRefused { reply },
                Protection::Clear => {
                    SessionError::refused("turn off data encryption (PROT C)", reply)
                }
            });
        }
        self.protection = wanted;
        Ok(())
    }

    /// Sends `SITE XDUPE 3`, once per connection, if configured for the site or announced by the
    /// server: a refused STOR then lists all existing files (quirk 67).
    ///
    /// # Errors
    /// Only when the connection is lost.
    pub async fn enable_xdupe(&mut self) -> Result<(), SessionError> {
        let wanted = match self.site.xdupe {
            Switch::Yes => true,
            Switch::No => false,
            Switch::Auto => {
                let listed = self.features.parameters("SITE").unwrap_or_default();
                self.features.has("XDUPE") || listed.split(';').any(|verb| verb == "XDUPE")
            }
        };
        if wanted && !std::mem::replace(&mut self.xdupe, true) {
            let reply = self.ask(Command::with("SITE", "XDUPE 3")?).await?;
            tracing::debug!(reply = %reply.shown(), "SITE XDUPE");
        }
        Ok(())
    }

    /// Switches whether the server is the TLS client of its data connections (`SSCN`, quirk 25).
    ///
    /// # Errors
    /// [`SessionError::Refused`].
    pub async fn set_sscn(&mut self, on: bool) -> Result<(), SessionError> {
        if self.sscn == on {
            return Ok(());
        }
        let command = Command::with("SSCN", if on { "ON" } else { "OFF" })?;
        self.ask_ok(command, "change the TLS role (SSCN)").await?;
        self.sscn = on;
        Ok(())
    }
}
