//! Adds lines to the log.

use crate::engine::{Level, LineKind, LogLine};
use crate::ui::model::Model;
use crate::ui::model::queue::{LogEntry, Tab};

/// Logs a line of the FTP conversation.
pub fn conversation_line(model: &mut Model, line: LogLine) {
    model.log.push(LogEntry {
        at: model.now,
        site: Some(line.site),
        session: line.session,
        kind: line.kind,
        level: Level::Info,
        text: line.text,
    });
}

/// Shows a notice that does not belong to a file.
pub fn notice(model: &mut Model, level: Level, text: String) {
    model.notify(level, text);
}

/// Logs a remark on the connection to a site.
pub fn remark(model: &mut Model, site: crate::site::SiteKey, level: Level, text: String) {
    model.log.push(LogEntry {
        at: model.now,
        site: Some(site),
        session: 0,
        kind: LineKind::Note,
        level,
        text,
    });
}

/// Shows the log of one site, the next site, or all sites.
pub fn next_site(model: &mut Model) {
    model.queue.tab = Tab::Log;
    model.log.next_site();
}
