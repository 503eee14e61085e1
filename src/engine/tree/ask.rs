//! Asking the user about a file that exists.

use crate::engine::api::Failure;
use crate::engine::question;
use crate::engine::tree::walk::Walker;
use crate::ftp::Entry;
use crate::queue::Exists;
use crate::site::Location;

impl Walker {
    /// What to do with a file whose target exists; the answer may hold for all further ones.
    pub(in crate::engine) async fn ask(
        &mut self,
        label: &str,
        to: &Location,
        new: &Entry,
        old: Option<&Entry>,
    ) -> Result<Exists, Failure> {
        // what was found before flies while the user thinks
        self.record.finish().await?;
        let (rule, all) = question::ask_exists(&self.context, label, to, new, old).await;
        if all {
            self.for_all = Some(rule);
        }
        Ok(rule)
    }
}
