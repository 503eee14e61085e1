//! Jobs that were interrupted: told at the start, and gone on with on the user's word only.

use crate::base::text::counted;
use crate::engine::{Failure, Level};
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, Interrupted};
use crate::ui::model::overlay::{Ask, Asking, Overlay, Weight};
use crate::ui::update::failure;

/// How many jobs the question lists.
const NAMED: usize = 6;
/// The button that goes on.
const GO_ON: usize = 0;

/// What was interrupted is known.
pub fn known(model: &mut Model, result: Result<Vec<Interrupted>, Failure>, asked: bool) {
    let jobs = match result {
        Ok(jobs) => jobs,
        Err(failure) => return failure::say(model, &failure),
    };
    if jobs.is_empty() {
        if asked {
            model.say(Level::Info, "no job was interrupted");
        }
        return;
    }
    let count = jobs.len();
    let verb = if count == 1 { "was" } else { "were" };
    let mut body = vec![format!("{} {verb} interrupted:", counted(count as u64, "job"))];
    body.push(String::new());
    body.extend(jobs.iter().take(NAMED).map(|job| format!("  {}", job.words)));
    if count > NAMED {
        body.push(format!("  and {} more", count - NAMED));
    }
    body.push(String::new());
    body.push("What was under way is looked at first; nothing done is done again.".to_owned());
    let raised = Some(model.now);
    model.raise(Overlay::Ask(Box::new(Ask {
        title: "Go on?".to_owned(),
        body,
        weight: Weight::Plain,
        choices: ["Go on", "Later", "Forget them"].map(str::to_owned).to_vec(),
        cursor: GO_ON,
        safe: 1,
        about: Asking::Interrupted(jobs),
        raised,
    })));
}

/// The user has decided.
pub fn decided(model: &mut Model, jobs: Vec<Interrupted>, choice: usize, out: &mut Vec<Effect>) {
    if choice != GO_ON {
        let count = counted(jobs.len() as u64, "job");
        model.say(Level::Info, format!("{count} forgotten; what arrived stays where it is"));
        out.extend(jobs.into_iter().map(|job| Effect::Forget(job.job)));
        return;
    }
    let (known, lost): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.ends.is_some());
    if let Some(job) = lost.first() {
        let text = format!("cannot go on with {}: its site is not saved any more", job.words);
        model.say(Level::Warning, text);
    }
    out.extend(known.into_iter().map(Effect::Adopt));
    model.queue.touch();
}
