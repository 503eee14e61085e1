//! Questions: choosing a button, and what each answer does.

use crate::engine::Control;
use crate::ui::model::Model;
use crate::ui::model::msg::{LoginAnswer, UiEffect};
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind};
use crate::ui::model::pane::Navigation;
use crate::ui::update::{
    compare, connect, doctor, editor, interrupted, jobs, mirror, navigate, queue_filter, site_form,
};

/// The index of the button that asks for another address.
const OTHER_ADDRESS: usize = 1;

/// Moves between the buttons.
pub fn step(model: &mut Model, by: isize) {
    if let Some(Overlay::Question(question)) = model.overlays.last_mut() {
        let total = question.choices.len() as isize;
        if total > 0 {
            question.cursor = (question.cursor as isize + by).rem_euclid(total) as usize;
        }
    }
}

/// Moves the cursor to the next button that starts with a typed letter. True if it is the only one,
/// so that the letter chooses it.
pub fn hotkey(model: &mut Model, typed: char) -> bool {
    let Some(Overlay::Question(question)) = model.overlays.last_mut() else { return false };
    let Some((at, only)) = question.hotkey(typed) else { return false };
    question.cursor = at;
    only
}

/// Chooses the button under the cursor.
pub fn accept(model: &mut Model, out: &mut Vec<UiEffect>) {
    let Some(Overlay::Question(question)) = model.overlays.pop() else { return };
    let QuestionDialog { cursor, safe, about, .. } = *question;
    // the engine needs every answer; in other questions the safe button does nothing
    if cursor == safe && !matches!(about, QuestionKind::Engine(_) | QuestionKind::Conflict(_)) {
        return;
    }
    match about {
        QuestionKind::Delete(spec) => {
            // the selected entries will be deleted
            let dir = spec.sources.first().and_then(|source| source.at.parent());
            for pane in &mut model.panes {
                let here = pane.shown.as_ref().map(|shown| &shown.at);
                if here.zip(dir.as_ref()).is_some_and(|(here, dir)| here.same(dir)) {
                    pane.marks.clear();
                }
            }
            out.push(UiEffect::Submit(spec));
        }
        QuestionKind::Quit => out.push(UiEffect::Quit),
        QuestionKind::Failed(retry) if cursor == OTHER_ADDRESS => connect::ask(model, retry.side),
        QuestionKind::Failed(retry) => {
            navigate::list(model, retry.side, retry.at, Navigation::Go, None, out);
        }
        QuestionKind::Trust { retry, site, fingerprint } => {
            let answer = Some(LoginAnswer::Trust { site, fingerprint, keep: cursor == 1 });
            navigate::list(model, retry.side, retry.at, Navigation::Go, answer, out);
        }
        QuestionKind::SaveSite => site_form::leave_answered(model, cursor, out),
        QuestionKind::RemoveSite(name) => site_form::remove_confirmed(name, out),
        QuestionKind::Mirror(spec, plan) => mirror::answered(model, spec, plan, cursor, out),
        QuestionKind::Doctor(between) => doctor::start(model, between, cursor, out),
        QuestionKind::Interrupted(jobs) => interrupted::answered(model, jobs, cursor, out),
        QuestionKind::Compare => compare::select_differences(model, cursor),
        QuestionKind::Conflict(draft) => editor::conflict_answered(model, draft, cursor, out),
        QuestionKind::Engine(question) => out.push(UiEffect::Answer { question, choice: cursor }),
        QuestionKind::CancelJobs(jobs) => {
            model.queue.jobs.marks.clear();
            out.extend(jobs.into_iter().map(|job| UiEffect::Job(job, Control::Cancel)));
        }
        QuestionKind::RemoveJobs(list) => jobs::remove(model, list, out),
        QuestionKind::CancelAll(query) => {
            model.queue.select_none();
            out.push(UiEffect::All(query, Control::Cancel));
        }
        QuestionKind::Rows => queue_filter::state_chosen(model, cursor),
    }
}

/// Chooses the safe button.
pub fn dismiss(model: &mut Model, out: &mut Vec<UiEffect>) {
    if let Some(Overlay::Question(question)) = model.overlays.last_mut() {
        question.cursor = question.safe;
    }
    accept(model, out);
}
