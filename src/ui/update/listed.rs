//! A directory has arrived, or could not be listed.

use crate::base::text::counted;
use crate::engine::{Failure, FailureKind, Level};
use crate::ui::model::Model;
use crate::ui::model::listing::Arranged;
use crate::ui::model::msg::{Effect, Side, Ticket};
use crate::ui::model::overlay::{Overlay, Prompting};
use crate::ui::model::pane::Way;
use crate::ui::update::{failure, go};

/// Takes the answer to a request; one that nobody waits for any more is dropped.
pub fn listed(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Arranged, Failure>,
    out: &mut Vec<Effect>,
) {
    let waits =
        |side: &Side| model.pane(*side).wait.as_ref().is_some_and(|wait| wait.ticket == ticket);
    let Some(side) = [Side::Left, Side::Right].into_iter().find(waits) else { return };
    let Some(wait) = model.pane_mut(side).wait.take() else { return };
    match result {
        Ok(arranged) => {
            let directory = &arranged.directory;
            if directory.unreadable > 0 {
                let lines = counted(directory.unreadable as u64, "line");
                let at = directory.at.path_text();
                model.say(Level::Warning, format!("{at}: {lines} of the listing not understood"));
            }
            let (now, height) = (model.now, model.pane_height());
            model.pane_mut(side).show(arranged, wait.way, now, height);
            after_unlocking(model, side.other(), out);
        }
        Err(failure) => failure::of_listing(model, side, &wait, &failure),
    }
}

/// A pane that waited for the vault tries again: it may be open by now.
fn after_unlocking(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    let pane = model.pane(side);
    let asked = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Prompt(prompt)
            if matches!(prompt.kind, Prompting::Passphrase(_)))
    });
    if let Some(trouble) = &pane.trouble
        && trouble.failure.kind == FailureKind::VaultLocked
        && pane.wait.is_none()
        && !asked
    {
        let at = trouble.at.clone();
        go::list(model, side, at, Way::Go, None, out);
    }
}
