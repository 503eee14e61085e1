//! A question is answered.

use crate::engine::Control;
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, First};
use crate::ui::model::overlay::{Ask, Asking, Overlay};
use crate::ui::model::pane::Way;
use crate::ui::update::{
    compare, connect, doctor, editor, go, interrupted, jobs, mirror, narrow, site_form,
};

/// The button of the failure dialog that asks for another address.
const OTHER_ADDRESS: usize = 1;

/// Moves between the buttons.
pub fn step(model: &mut Model, by: isize) {
    if let Some(Overlay::Ask(ask)) = model.overlays.last_mut() {
        let total = ask.choices.len() as isize;
        if total > 0 {
            ask.cursor = (ask.cursor as isize + by).rem_euclid(total) as usize;
        }
    }
}

/// A letter was typed: puts the cursor on the button that begins with it. True when it takes it
/// too, because no other begins so.
pub fn hotkey(model: &mut Model, typed: char) -> bool {
    let Some(Overlay::Ask(ask)) = model.overlays.last_mut() else { return false };
    let Some((at, only)) = ask.hotkey(typed) else { return false };
    ask.cursor = at;
    only
}

/// Takes the button under the cursor.
pub fn accept(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(Overlay::Ask(ask)) = model.overlays.pop() else { return };
    let Ask { cursor, safe, about, .. } = *ask;
    // an answer of the engine's is told whichever it is; otherwise the safe button does nothing
    if cursor == safe && !matches!(about, Asking::Engine(_) | Asking::Clash(_)) {
        return;
    }
    match about {
        Asking::Delete(spec) => {
            // what was selected there will be gone
            let dir = spec.sources.first().and_then(|source| source.at.parent());
            for pane in &mut model.panes {
                let here = pane.shown.as_ref().map(|shown| &shown.at);
                if here.zip(dir.as_ref()).is_some_and(|(here, dir)| here.same(dir)) {
                    pane.marks.clear();
                }
            }
            out.push(Effect::Submit(spec));
        }
        Asking::Quit => out.push(Effect::Quit),
        Asking::Failed(retry) if cursor == OTHER_ADDRESS => connect::ask(model, retry.side),
        Asking::Failed(retry) => go::list(model, retry.side, retry.at, Way::Go, None, out),
        Asking::Trust { retry, site, fingerprint } => {
            let first = Some(First::Trust { site, fingerprint, keep: cursor == 1 });
            go::list(model, retry.side, retry.at, Way::Go, first, out);
        }
        Asking::SaveSite => site_form::left(model, cursor, out),
        Asking::RemoveSite(name) => site_form::removed(name, out),
        Asking::Mirror(spec, plan) => mirror::decided(model, spec, plan, cursor, out),
        Asking::Doctor(between) => doctor::begin(model, between, cursor, out),
        Asking::Interrupted(jobs) => interrupted::decided(model, jobs, cursor, out),
        Asking::Compare => compare::mark(model, cursor),
        Asking::Clash(draft) => editor::decided(model, draft, cursor, out),
        Asking::Engine(question) => out.push(Effect::Answer { question, choice: cursor }),
        Asking::CancelJobs(jobs) => {
            model.queue.jobs.marks.clear();
            out.extend(jobs.into_iter().map(|job| Effect::Job(job, Control::Cancel)));
        }
        Asking::ForgetJobs(list) => jobs::forget(model, list, out),
        Asking::CancelAll(query) => {
            model.queue.select_none();
            out.push(Effect::All(query, Control::Cancel));
        }
        Asking::Rows => narrow::chosen(model, cursor),
    }
}

/// Takes the safe button.
pub fn dismiss(model: &mut Model, out: &mut Vec<Effect>) {
    if let Some(Overlay::Ask(ask)) = model.overlays.last_mut() {
        ask.cursor = ask.safe;
    }
    accept(model, out);
}
