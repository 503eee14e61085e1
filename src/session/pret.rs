//! PRET: a master that sends its clients to slaves wants to know what comes before it opens a
//! port (DrFTPD, reference quirk 31).

use crate::ftp::{Command, Reply};
use crate::session::error::SessionError;
use crate::session::state::Session;
use crate::site::Switch;

impl Session {
    /// True when PASV must be announced by PRET: the site says so, the server lists it, or it has
    /// refused to do without. Pure-FTPd lists it and does not need it; a round trip a file would
    /// be the price (reference/servers.md section 2).
    #[must_use]
    pub fn wants_pret(&self) -> bool {
        match self.site.pret {
            Switch::Yes => true,
            Switch::No => false,
            Switch::Auto if self.pret_demanded => true,
            Switch::Auto => {
                let greeting = self.greeting().to_ascii_lowercase();
                self.features.has("PRET") && !greeting.contains("pure-ftpd")
            }
        }
    }

    /// Remembers a refusal that asks for PRET; true when it did and PRET is worth a try now.
    pub fn learn_pret(&mut self, refusal: &Reply) -> bool {
        let news = refusal.says("PRET") && !self.wants_pret() && self.site.pret == Switch::Auto;
        self.pret_demanded |= news;
        news
    }

    /// Tells the server which command is to come, with its very argument.
    ///
    /// # Errors
    /// [`SessionError::Refused`]: it will refuse the command itself, too.
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
