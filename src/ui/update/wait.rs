//! Waiting: time goes on, what was waited for is done, or the user gives it up.

use crate::engine::Level;
use crate::ui::model::msg::{Act, Effect, Millis, Side};
use crate::ui::model::{Doing, Model};
use crate::ui::update::narrow;

/// How long a message stays: good news, and the rest. Errors stay until a key is pressed.
const INFO_TIME: Millis = 5_000;
const WARNING_TIME: Millis = 10_000;

/// Time goes on.
pub fn tick(model: &mut Model, now: Millis) {
    model.now = model.now.max(now);
    if let Some(status) = &model.status {
        let ends = match status.level {
            Level::Info => Some(status.since + INFO_TIME),
            Level::Warning => Some(status.since + WARNING_TIME),
            Level::Error => None,
        };
        if ends.is_some_and(|ends| model.now >= ends) {
            model.status = None;
        }
    }
    model.queue.sample(model.now);
}

/// Gives up what the active pane waits for; when it waits for nothing, what is being done, the
/// filter, the message.
pub fn cancel(model: &mut Model, out: &mut Vec<Effect>) {
    if model.in_queue {
        if !narrow::widen(model) {
            model.in_queue = false;
        }
        return;
    }
    let side = model.active;
    if let Some(wait) = model.pane_mut(side).wait.take() {
        out.push(Effect::Abandon(wait.ticket));
        model.say(Level::Info, format!("stopped waiting for {}", wait.at));
    } else if let Some(doing) = model.doing.pop() {
        out.push(Effect::Abandon(doing.ticket));
        // whether the server has done it nobody knows; the directory will tell
        if doing.act.changes() {
            model.pane_mut(doing.side).stale = true;
        }
        model.say(Level::Info, format!("stopped waiting for an answer: {}", words(&doing.act)));
    } else if model.pane(side).filter.is_empty() {
        model.status = None;
    } else {
        let height = model.pane_height();
        let pane = model.pane_mut(side);
        pane.filter.clear();
        pane.reorder(height);
    }
}

/// Begins something on a server.
pub fn begin(model: &mut Model, side: Side, act: Act, out: &mut Vec<Effect>) {
    let ticket = model.ticket();
    model.doing.push(Doing { ticket, since: model.now, act: act.clone(), side });
    out.push(Effect::Act(ticket, act));
}

/// What is being done, in words.
#[must_use]
pub fn words(act: &Act) -> String {
    match act {
        Act::MakeDir { at } => format!("making {at}"),
        Act::Rename { from, .. } => format!("renaming {from}"),
        Act::Examine { .. } => "examining the ways between both sites".to_owned(),
        Act::Plan { spec } => {
            let target = spec.target.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("comparing with {target}")
        }
        Act::Test { at } => format!("logging in to {at}"),
        Act::View { at, .. } => format!("reading {at}"),
        Act::Fetch { at } => format!("fetching {at}"),
        Act::PutBack { to, .. } => format!("writing {to}"),
        Act::Chmod { at, .. } => {
            let what = at.first().map(ToString::to_string).unwrap_or_default();
            format!("changing permissions of {what}")
        }
        Act::Raw { line, .. } => format!("sending {line}"),
    }
}
