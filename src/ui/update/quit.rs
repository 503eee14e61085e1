//! Ends the program.

use crate::base::size::grouped;
use crate::base::text::counted;
use crate::ui::model::Model;
use crate::ui::model::msg::Effect;
use crate::ui::model::overlay::{Ask, Asking, Overlay, Weight};

/// Ends, after a question when something is running.
pub fn ask(model: &mut Model, out: &mut Vec<Effect>) {
    let counts = &model.queue.counts;
    if !model.wishes.confirm_quit || (counts.running == 0 && counts.waiting == 0) {
        out.push(Effect::Quit);
        return;
    }
    let running = counted(counts.running, "transfer");
    let word = if counts.waiting == 1 { "file" } else { "files" };
    let waiting = format!("{} {word}", grouped(counts.waiting));
    let mut body = Vec::new();
    if counts.running > 0 {
        let verb = if counts.running == 1 { "is" } else { "are" };
        body.push(format!("{running} {verb} running and will be stopped."));
    }
    if counts.waiting > 0 {
        let verb = if counts.waiting == 1 { "waits" } else { "wait" };
        body.push(format!("{waiting} still {verb} in the queue."));
    }
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: "Quit?".to_owned(),
        body,
        weight: Weight::Plain,
        choices: ["Quit", "Stay"].map(str::to_owned).to_vec(),
        cursor: 1,
        safe: 1,
        about: Asking::Quit,
        raised: None,
    })));
}
