//! The passing of time: expires messages and samples the speed.

use crate::engine::Level;
use crate::ui::model::Model;
use crate::ui::model::msg::Millis;

/// How long a message stays, in milliseconds. Errors stay until a key is pressed.
const INFO_TIME: Millis = 5_000;
const WARNING_TIME: Millis = 10_000;

/// Sets the time and removes expired messages.
pub fn tick(model: &mut Model, now: Millis) {
    model.now = model.now.max(now);
    if let Some(status) = &model.status {
        let expires = match status.level {
            Level::Info => Some(status.since + INFO_TIME),
            Level::Warning => Some(status.since + WARNING_TIME),
            Level::Error => None,
        };
        if expires.is_some_and(|expires| model.now >= expires) {
            model.status = None;
        }
    }
    model.queue.sample(model.now);
}
