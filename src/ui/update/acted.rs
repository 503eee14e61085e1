//! Something that was asked of a server is done, or did not work.

use crate::base::text::counted;
use crate::engine::{Failure, Level};
use crate::ui::model::msg::{Act, Effect, Reply, Ticket};
use crate::ui::model::overlay::{Overlay, ReadLine, Reading};
use crate::ui::model::{Doing, Model};
use crate::ui::update::{doctor, editor, failure, mirror, view};

/// Something on a server is done.
pub fn acted(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Reply, Failure>,
    out: &mut Vec<Effect>,
) {
    let Some(at) = model.doing.iter().position(|doing| doing.ticket == ticket) else { return };
    let doing = model.doing.remove(at);
    // something may have changed whether all of it worked or not, and the user waits for the
    // sight of it
    if doing.act.changes() {
        let pane = model.pane_mut(doing.side);
        pane.stale = true;
        pane.listed = 0;
    }
    if matches!(doing.act, Act::Examine { .. }) {
        doctor::ended(model, ticket);
    }
    match result {
        Err(failure) => failure::say(model, &failure),
        Ok(reply) => done(model, doing, reply, out),
    }
}

fn done(model: &mut Model, doing: Doing, reply: Reply, out: &mut Vec<Effect>) {
    match doing.act {
        Act::Examine { .. } => {}
        Act::Plan { spec } => mirror::planned(model, spec, reply),
        Act::Test { at } => {
            if let Reply::Entries(count) = reply {
                let word = if count == 1 { "entry" } else { "entries" };
                let label = at.label();
                model.say(Level::Info, format!("{label} works: logged in, {count} {word}"));
            }
        }
        Act::View { at, size } => view::seen(model, &at, size, reply),
        Act::Fetch { .. } => {
            if let Reply::Draft(draft) = reply {
                out.push(Effect::Edit(draft));
            }
        }
        Act::PutBack { draft, to, .. } => match reply {
            Reply::Clash(draft) => editor::clash(model, draft),
            _ => {
                model.say(Level::Info, format!("wrote {to}"));
                out.push(Effect::Discard(draft));
            }
        },
        Act::MakeDir { at } => {
            model.pane_mut(doing.side).aim = Some(at.name().to_vec());
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
            let lines = match reply {
                Reply::Lines(lines) => lines.into_iter().map(ReadLine::Text).collect(),
                _ => Vec::new(),
            };
            model.overlays.push(Overlay::Reading(Reading {
                title: line,
                lines,
                names: 0,
                scroll: 0,
                live: None,
            }));
        }
    }
}
