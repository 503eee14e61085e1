//! The log of what servers and program said.

use crate::engine::{Level, Speaker, Spoken};
use crate::ui::model::Model;
use crate::ui::model::queue::{LogLine, Tab};

/// A line was said on a control connection.
pub fn spoken(model: &mut Model, spoken: Spoken) {
    model.log.push(LogLine {
        at: model.now,
        site: Some(spoken.site),
        session: spoken.session,
        by: spoken.by,
        level: Level::Info,
        text: spoken.text,
    });
}

/// Something worth telling that belongs to no item.
pub fn notice(model: &mut Model, level: Level, text: String) {
    model.say(level, text);
}

/// A remark on a site's connection.
pub fn remark(model: &mut Model, site: crate::site::SiteKey, level: Level, text: String) {
    model.log.push(LogLine {
        at: model.now,
        site: Some(site),
        session: 0,
        by: Speaker::Remark,
        level,
        text,
    });
}

/// Shows the log of one site, of the next, of all.
pub fn next_site(model: &mut Model) {
    model.queue.tab = Tab::Log;
    model.log.next_site();
}
