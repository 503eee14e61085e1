//! What the engine says.

use crate::engine::{EventKind, Level, Question, SiteState};
use crate::site::SiteKey;
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, Side};
use crate::ui::model::overlay::{Ask, Asking, Overlay, Weight};
use crate::ui::model::pane::Way;
use crate::ui::update::{go, log, refresh};

/// Something happened.
pub fn happened(model: &mut Model, what: EventKind, out: &mut Vec<Effect>) {
    match what {
        EventKind::Site { site, state } => connection(model, &site, state, out),
        EventKind::DirectoryChanged { at } => refresh::changed(model, &at),
        EventKind::Queue(counts) => {
            model.queue.counts = counts;
            model.queue.touch();
        }
        EventKind::Spoken(spoken) => log::spoken(model, spoken),
        EventKind::Question(question) => ask(model, question),
        EventKind::Answered(id) => model.overlays.retain(
            |overlay| !matches!(overlay, Overlay::Ask(ask) if ask.about == Asking::Engine(id)),
        ),
        EventKind::Notice { level, text } => log::notice(model, level, text),
    }
}

/// Events were missed: everything that can be asked for is asked for.
pub fn lagged(model: &mut Model) {
    model.queue.touch();
    for pane in &mut model.panes {
        pane.stale = pane.shown.is_some();
    }
}

fn connection(model: &mut Model, site: &SiteKey, state: SiteState, out: &mut Vec<Effect>) {
    if let SiteState::Failed(failure) = &state {
        log::remark(model, site.clone(), Level::Error, failure.to_string());
    }
    let connected = matches!(state, SiteState::Connected { .. });
    model.states.insert(site.clone(), state);
    if !connected {
        return;
    }
    // a pane that could not show this site tries again: the other pane's answer opened it
    for side in [Side::Left, Side::Right] {
        let pane = model.pane(side);
        if pane.wait.is_some() || pane.shown.is_some() {
            continue;
        }
        let at = pane.trouble.as_ref().map(|trouble| trouble.at.clone());
        if let Some(at) = at.filter(|at| at.key().as_ref() == Some(site)) {
            go::list(model, side, at, Way::Go, None, out);
        }
    }
}

fn ask(model: &mut Model, question: Question) {
    let raised = Some(model.now);
    model.raise(Overlay::Ask(Box::new(Ask {
        title: "Question".to_owned(),
        body: question.text.lines().map(str::to_owned).collect(),
        weight: Weight::Plain,
        choices: question.choices,
        cursor: 0,
        safe: 0,
        about: Asking::Engine(question.id),
        raised,
    })));
}
