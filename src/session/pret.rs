//! PRET: a master that redirects clients to slaves must know the transfer command before it opens a
//! port (DrFTPD, quirk 31).

use crate::ftp::{Command, Reply};
use crate::session::error::SessionError;
use crate::session::state::Session;
use crate::site::Switch;

impl Session {
    /// True if `PRET` must precede PASV: the site requires it, the server announces it, or the
    /// server has refused PASV without it. Pure-FTPd announces PRET but does not need it, and it
    /// would cost a round trip per file (docs/servers.md "Commands and features").
    #[must_use]
    pub fn wants_pret(&self) -> bool {
        match self.site.pret {
            Switch::Yes => true,
            Switch::No => false,
            Switch::Auto if self.pret_required => true,
            Switch::Auto => {
                let greeting = self.greeting().to_ascii_lowercase();
                self.features.has("PRET") && !greeting.contains("pure-ftpd")
            }
        }
    }

    /// Evaluates a refusal. Returns true if it asks for PRET and a retry with PRET may succeed.
    pub fn learn_pret(&mut self, refusal: &Reply) -> bool {
        let newly_required =
            refusal.mentions("PRET") && !self.wants_pret() && self.site.pret == Switch::Auto;
        self.pret_required |= newly_required;
        newly_required
    }

    /// Announces the transfer command with its argument (`PRET`), if the server needs that.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server would refuse the transfer command itself.
    pub(super) async fn announce(&mut self, command: &Command) -> Result<(), SessionError> {
        if !self.wants_pret() {
            return Ok(());
        }
        let reply = self.ask(Command::with("PRET", command.as_bytes())?).await?;
        if reply.is_completion() || reply.is_unknown_command() {
            return Ok(());
        }
        Err(SessionError::refused(format!("announce {}", command.shown()), reply))
    }
}
