//! What may be done where the user is: a site marked as read-only is offered nothing that changes
//! it.

use crate::site::Location;
use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::model::msg::Side;

/// Why an action may not be done now, safe to show; `None` when it may.
#[must_use]
pub fn refusal(model: &Model, action: Action) -> Option<String> {
    let (here, there) = (model.active, model.active.other());
    let changed: &[Side] = match action {
        Action::Copy | Action::Mirror => &[there],
        Action::Move => &[here, there],
        Action::Rename
        | Action::MakeDir
        | Action::Delete
        | Action::Chmod
        | Action::Edit
        | Action::Raw => &[here],
        _ => &[],
    };
    let read_only = changed
        .iter()
        .filter_map(|side| model.pane(*side).at())
        .find(|at| matches!(at, Location::Remote { site, .. } if site.read_only))?;
    let label = read_only.label();
    Some(format!("{label} is read-only; set read_only = false for the site to change it"))
}
