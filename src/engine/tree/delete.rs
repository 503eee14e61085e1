//! Deleting trees.

use crate::base::text;
use crate::engine::api::Failure;
use crate::engine::endpoint;
use crate::engine::message::EngineMsg;
use crate::engine::tree::walk::Walker;
use crate::ftp::Kind;
use crate::queue::{ItemState, Source};
use crate::site::Location;

impl Walker {
    /// Deletes all sources.
    pub(in crate::engine) async fn delete_all(&mut self) -> Result<(), Failure> {
        let context = self.context.clone();
        for source in self.spec.sources.clone() {
            self.check_cancel()?;
            endpoint::check_writable(&source.at, "delete there")?;
            let at = self.source.absolute(&context, &source.at).await?;
            let source = Source { at, size: Some(0), ..source };
            let label = text::visible(source.at.name());
            let Some(entry) = self.look(&source, &label).await? else { continue };
            self.delete(&source.at, entry.kind == Kind::Dir, label).await?;
            if let Some(parent) = source.at.parent() {
                context.send(EngineMsg::DirectoryChanged(parent));
            }
        }
        Ok(())
    }

    /// Deletes a tree, what is inside first.
    async fn delete(&mut self, at: &Location, dir: bool, label: String) -> Result<(), Failure> {
        let context = self.context.clone();
        // (place, label, directory whose inside is done)
        let mut stack = vec![(at.clone(), label, dir, false)];
        while let Some((at, label, dir, emptied)) = stack.pop() {
            self.check_cancel()?;
            if dir && !emptied {
                match self.source.list(&context, &at).await {
                    Ok(listed) => {
                        stack.push((at.clone(), label.clone(), true, true));
                        for entry in &listed.entries {
                            if let Some(child) = at.join(&entry.name) {
                                let label = format!("{label}/{}", text::visible(&entry.name));
                                stack.push((child, label, entry.kind == Kind::Dir, false));
                            }
                        }
                    }
                    Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
                    Err(failure) => {
                        let reason = Some(failure.reason());
                        self.over(&at, None, &label, true, ItemState::Failed, reason);
                    }
                }
                continue;
            }
            let (state, reason) = match self.source.remove(&context, &at, dir).await {
                Ok(()) => (ItemState::Done, None),
                Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
                Err(failure) => (ItemState::Failed, Some(failure.reason())),
            };
            self.over(&at, None, &label, dir, state, reason);
        }
        Ok(())
    }
}
