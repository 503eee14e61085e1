//! Actions that a read-only site does not allow.

use crate::site::Location;
use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::model::msg::PaneSide;

/// Why an action is not allowed now, safe to display; `None` if it is allowed.
#[must_use]
pub fn refusal(model: &Model, action: Action) -> Option<String> {
    let (here, there) = (model.active, model.active.other());
    let modified: &[PaneSide] = match action {
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
    let read_only = modified
        .iter()
        .filter_map(|side| model.pane(*side).at())
        .find(|at| matches!(at, Location::Remote { site, .. } if site.read_only))?;
    let label = read_only.label();
    Some(format!(
        "{label} is read-only; set read_only = false in the site settings to allow changes"
    ))
}
