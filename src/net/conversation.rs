//! The FTP conversation on a control connection, line by line, for logs and the screen.

use std::fmt;
use std::sync::Arc;

use crate::base::text;
use crate::ftp::{Command, Reply};

/// Which side a line of the conversation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// A command that was sent.
    Sent,
    /// A line of a reply that was received.
    Received,
    /// A note about the connection itself, such as "connected to …".
    Note,
}

/// One line of the conversation. Secrets are masked and control characters made visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationLine {
    /// Command, reply or note.
    pub kind: LineKind,
    /// The line without its end.
    pub text: String,
}

/// Receives the FTP conversation of a control connection. Cheap to clone; the default discards
/// every line before it is formatted.
#[derive(Clone, Default)]
pub struct ConversationLog(Option<Arc<dyn Fn(ConversationLine) + Send + Sync>>);

impl ConversationLog {
    /// Calls `listener` for each line. It must not block.
    pub fn new(listener: impl Fn(ConversationLine) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Reports a command that is sent.
    pub fn sent(&self, command: &Command) {
        if let Some(listener) = &self.0 {
            listener(ConversationLine { kind: LineKind::Sent, text: command.shown() });
        }
    }

    /// Reports a reply, one line at a time.
    pub fn received(&self, reply: &Reply) {
        let Some(listener) = &self.0 else { return };
        let last = reply.lines.len().saturating_sub(1);
        for (at, line) in reply.lines.iter().enumerate() {
            let mark = if at == last { ' ' } else { '-' };
            let text = format!("{}{mark}{}", reply.code, text::visible(line));
            listener(ConversationLine { kind: LineKind::Received, text });
        }
    }

    /// Reports a note. The text must be safe to show.
    pub fn note(&self, note: impl FnOnce() -> String) {
        if let Some(listener) = &self.0 {
            listener(ConversationLine { kind: LineKind::Note, text: note() });
        }
    }
}

impl fmt::Debug for ConversationLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConversationLog({})", if self.0.is_some() { "enabled" } else { "disabled" })
    }
}
