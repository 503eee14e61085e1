//! Results of directory listings.

use crate::engine::{Failure, FailureKind, Level};
use crate::ui::model::Model;
use crate::ui::model::listing::Arranged;
use crate::ui::model::msg::{PaneSide, Ticket, UiEffect};
use crate::ui::model::overlay::{Overlay, PromptKind};
use crate::ui::model::pane::Navigation;
use crate::ui::update::{failure, navigate};

/// Shows a listing or its failure; answers to abandoned requests are ignored.
pub fn listed(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Arranged, Failure>,
    out: &mut Vec<UiEffect>,
) {
    let is_waiting =
        |side: &PaneSide| model.pane(*side).wait.as_ref().is_some_and(|wait| wait.ticket == ticket);
    let Some(side) = [PaneSide::Left, PaneSide::Right].into_iter().find(is_waiting) else { return };
    let Some(wait) = model.pane_mut(side).wait.take() else { return };
    match result {
        Ok(arranged) => {
            let directory = &arranged.directory;
            if directory.unreadable > 0 {
                let at = directory.at.path_text();
                let text = match directory.unreadable {
                    1 => format!("{at}: 1 entry could not be read"),
                    count => format!("{at}: {count} entries could not be read"),
                };
                model.notify(Level::Warning, text);
            }
            let (now, height) = (model.now, model.pane_height());
            model.pane_mut(side).show(arranged, wait.navigation, now, height);
            retry_locked(model, side.other(), out);
        }
        Err(failure) => failure::of_listing(model, side, &wait, &failure),
    }
}

/// Retries the listing of a pane that failed because the vault was locked.
fn retry_locked(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    let pane = model.pane(side);
    let asked = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Prompt(prompt)
            if matches!(prompt.kind, PromptKind::Passphrase(_)))
    });
    if let Some(list_error) = &pane.list_error
        && list_error.failure.kind == FailureKind::VaultLocked
        && pane.wait.is_none()
        && !asked
    {
        let at = list_error.at.clone();
        navigate::list(model, side, at, Navigation::Go, None, out);
    }
}
