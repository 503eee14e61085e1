//! Quits the program.

use crate::base::size::grouped;
use crate::base::text::counted;
use crate::ui::model::Model;
use crate::ui::model::msg::UiEffect;
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind, Severity};

/// Quits, after a question if files are running or waiting.
pub fn ask(model: &mut Model, out: &mut Vec<UiEffect>) {
    let counts = &model.queue.counts;
    if !model.settings.confirm_quit || (counts.running == 0 && counts.waiting == 0) {
        out.push(UiEffect::Quit);
        return;
    }
    let running = counted(counts.running, "transfer");
    let word = if counts.waiting == 1 { "file" } else { "files" };
    let waiting = format!("{} {word}", grouped(counts.waiting));
    let body = vec![
        format!("{running} running, {waiting} waiting."),
        "Running jobs stop and can be resumed at the next start.".to_owned(),
    ];
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: "Quit?".to_owned(),
        body,
        severity: Severity::Normal,
        choices: ["Quit", "Stay"].map(str::to_owned).to_vec(),
        cursor: 1,
        safe: 1,
        about: QuestionKind::Quit,
        raised: None,
    })));
}
