//! Waiting: time goes on, what was waited for is done, or the user gives it up.

use crate::base::text::counted;
use crate::engine::{Failure, Level};
use crate::ui::model::msg::{Act, Effect, Millis, Side, Ticket};
use crate::ui::model::overlay::{Overlay, ReadLine, Reading};
use crate::ui::model::{Doing, Model, place};
use crate::ui::update::failure;

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
        model.in_queue = false;
        return;
    }
    let side = model.active;
    if let Some(wait) = model.pane_mut(side).wait.take() {
        out.push(Effect::Abandon(wait.ticket));
        model.say(Level::Info, format!("stopped waiting for {}", wait.at));
    } else if let Some(doing) = model.doing.pop() {
        out.push(Effect::Abandon(doing.ticket));
        // whether the server has done it nobody knows; the directory will tell
        model.pane_mut(doing.side).stale = true;
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

/// Something on a server is done.
pub fn acted(model: &mut Model, ticket: Ticket, result: Result<Vec<String>, Failure>) {
    let Some(at) = model.doing.iter().position(|doing| doing.ticket == ticket) else { return };
    let doing = model.doing.remove(at);
    // something may have changed whether all of it worked or not, and the user waits for the
    // sight of it
    let pane = model.pane_mut(doing.side);
    pane.stale = true;
    pane.listed = 0;
    match result {
        Err(failure) => failure::say(model, &failure),
        Ok(reply) => done(model, doing, reply),
    }
}

fn done(model: &mut Model, doing: Doing, reply: Vec<String>) {
    match doing.act {
        Act::MakeDir { at } => {
            model.pane_mut(doing.side).aim = Some(place::name(&at));
            model.say(Level::Info, format!("made {at}"));
        }
        Act::Rename { from, to } => {
            model.pane_mut(doing.side).aim = Some(to.name().to_vec());
            model.say(Level::Info, format!("renamed {from} to {to}"));
        }
        Act::Chmod { at, mode } => {
            let names = counted(at.len() as u64, "name");
            model.say(Level::Info, format!("permissions of {names} are {mode:o} now"));
        }
        Act::Raw { line, .. } => {
            let lines = reply.into_iter().map(ReadLine::Text).collect();
            model.overlays.push(Overlay::Reading(Reading {
                title: line,
                lines,
                names: 0,
                scroll: 0,
            }));
        }
    }
}

/// What is being done, in words.
#[must_use]
pub fn words(act: &Act) -> String {
    match act {
        Act::MakeDir { at } => format!("making {at}"),
        Act::Rename { from, .. } => format!("renaming {from}"),
        Act::Chmod { at, .. } => {
            let what = at.first().map(ToString::to_string).unwrap_or_default();
            format!("changing permissions of {what}")
        }
        Act::Raw { line, .. } => format!("sending {line}"),
    }
}
