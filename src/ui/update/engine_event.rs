//! Events of the engine.

use crate::engine::{EventKind, Level, Question, SiteState};
use crate::site::SiteKey;
use crate::ui::model::Model;
use crate::ui::model::msg::{PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind, Severity};
use crate::ui::model::pane::Navigation;
use crate::ui::update::{log, navigate, refresh};

/// Handles an event.
pub fn event(model: &mut Model, what: EventKind, out: &mut Vec<UiEffect>) {
    match what {
        EventKind::Site { site, state } => connection(model, &site, state, out),
        EventKind::DirectoryChanged { at } => refresh::changed(model, &at),
        EventKind::Queue(counts) => {
            model.queue.counts = counts;
            model.queue.touch();
        }
        EventKind::LogLine(line) => log::conversation_line(model, line),
        EventKind::Question(question) => ask(model, question),
        EventKind::Answered(id) => model.overlays.retain(|overlay| {
            !matches!(overlay, Overlay::Question(question)
                if question.about == QuestionKind::Engine(id))
        }),
        EventKind::Notice { level, text } => log::notice(model, level, text),
    }
}

/// Refreshes everything, because events were lost.
pub fn lagged(model: &mut Model) {
    model.queue.touch();
    for pane in &mut model.panes {
        pane.stale = pane.shown.is_some();
    }
}

fn connection(model: &mut Model, site: &SiteKey, state: SiteState, out: &mut Vec<UiEffect>) {
    if let SiteState::Failed(failure) = &state {
        log::remark(model, site.clone(), Level::Error, failure.to_string());
    }
    let connected = matches!(state, SiteState::Connected { .. });
    model.states.insert(site.clone(), state);
    if !connected {
        return;
    }
    // a pane that could not list this site tries again: the login of the other pane succeeded
    for side in [PaneSide::Left, PaneSide::Right] {
        let pane = model.pane(side);
        if pane.wait.is_some() || pane.shown.is_some() {
            continue;
        }
        let at = pane.list_error.as_ref().map(|list_error| list_error.at.clone());
        if let Some(at) = at.filter(|at| at.key().as_ref() == Some(site)) {
            navigate::list(model, side, at, Navigation::Go, None, out);
        }
    }
}

fn ask(model: &mut Model, question: Question) {
    let raised = Some(model.now);
    model.raise(Overlay::Question(Box::new(QuestionDialog {
        title: "Question".to_owned(),
        body: question.text.lines().map(str::to_owned).collect(),
        severity: Severity::Normal,
        choices: question.choices,
        cursor: 0,
        safe: 0,
        about: QuestionKind::Engine(question.id),
        raised,
    })));
}
