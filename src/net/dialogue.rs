//! What is said on a control connection, line by line, for logs and the screen.

use std::fmt;
use std::sync::Arc;

use crate::base::text;
use crate::ftp::{Command, Reply};

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// We did.
    Us,
    /// The server did.
    Server,
    /// Nobody: a remark on the connection itself.
    Remark,
}

/// One line, secrets masked and safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who said it.
    pub by: Speaker,
    /// What.
    pub text: String,
}

/// Somebody who listens to a control connection; cheap to clone, and free when nobody does.
#[derive(Clone, Default)]
pub struct Dialogue(Option<Arc<dyn Fn(Line) + Send + Sync>>);

impl Dialogue {
    /// Calls `listener` for each line. It must not block.
    pub fn new(listener: impl Fn(Line) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// A command that leaves.
    pub fn sent(&self, command: &Command) {
        if let Some(listener) = &self.0 {
            listener(Line { by: Speaker::Us, text: command.shown() });
        }
    }

    /// A reply that came.
    pub fn received(&self, reply: &Reply) {
        let Some(listener) = &self.0 else { return };
        let last = reply.lines.len().saturating_sub(1);
        for (at, line) in reply.lines.iter().enumerate() {
            let mark = if at == last { ' ' } else { '-' };
            let text = format!("{}{mark}{}", reply.code, text::visible(line));
            listener(Line { by: Speaker::Server, text });
        }
    }

    /// A remark, which must be safe to show already.
    pub fn remark(&self, remark: impl FnOnce() -> String) {
        if let Some(listener) = &self.0 {
            listener(Line { by: Speaker::Remark, text: remark() });
        }
    }
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dialogue({})", if self.0.is_some() { "heard" } else { "unheard" })
    }
}
