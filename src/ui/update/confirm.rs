//! Questions before transfers are cancelled or jobs are removed.

use crate::ui::model::Model;
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind, Severity};

/// Asks before transfers are cancelled.
pub fn ask_cancel(model: &mut Model, title: &str, body: Vec<String>, about: QuestionKind) {
    ask_danger(model, title, body, ["Cancel transfers", "Keep running"], about);
}

/// Asks a question whose second button is the safe one.
pub fn ask_danger(
    model: &mut Model,
    title: &str,
    body: Vec<String>,
    choices: [&str; 2],
    about: QuestionKind,
) {
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: title.to_owned(),
        body,
        severity: Severity::Danger,
        choices: choices.map(str::to_owned).to_vec(),
        cursor: 1,
        safe: 1,
        about,
        raised: None,
    })));
}
