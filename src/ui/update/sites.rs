//! The list of saved sites, in folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::RemotePath;
use crate::site::{Location, Site};
use crate::ui::model::Model;
use crate::ui::model::msg::{PaneSide, UiEffect};
use crate::ui::model::overlay::{ListDialog, ListKind, ListRow, Overlay};
use crate::ui::model::pane::Navigation;
use crate::ui::update::navigate;

/// Opens the list.
pub fn open(model: &mut Model, side: PaneSide) {
    let mut list_dialog = ListDialog::new(ListKind::Site(side));
    list_dialog.rows = rows(&model.sites, &list_dialog);
    model.overlays.push(Overlay::List(list_dialog));
}

/// The rows that match the filter: sites without a folder first, then folders by name, with sites
/// in the order of the file. All folders are open while there is a filter.
#[must_use]
pub fn rows(sites: &[Arc<Site>], list_dialog: &ListDialog) -> Vec<ListRow> {
    let typed = list_dialog.input.text().to_lowercase();
    let matches = |site: &Site| {
        let folder = site.folder.as_deref().unwrap_or_default();
        let all = format!("{folder} {} {} {}", site.name, site.host(), site.user()).to_lowercase();
        typed.split_whitespace().all(|word| all.contains(word))
    };
    let mut rows = Vec::new();
    let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, site) in sites.iter().enumerate().filter(|(_, site)| matches(site)) {
        match site.folder.as_deref().filter(|folder| !folder.is_empty()) {
            Some(folder) => folders.entry(folder).or_default().push(at),
            None => rows.push(ListRow::Site { at, indented: false }),
        }
    }
    for (name, inside) in folders {
        let open = !typed.is_empty() || !list_dialog.folded.contains(name);
        rows.push(ListRow::Folder { name: name.to_owned(), sites: inside.len(), open });
        if open {
            rows.extend(inside.into_iter().map(|at| ListRow::Site { at, indented: true }));
        }
    }
    rows
}

/// Closes or opens the folder of the row under the cursor.
pub fn fold(model: &mut Model, close: bool) {
    let Some(Overlay::List(list_dialog)) = model.overlays.last_mut() else { return };
    let above = list_dialog.rows.get(..=list_dialog.cursor).unwrap_or_default().iter().rev();
    // a site at the top level is not in a folder
    let mut candidates =
        above.take_while(|row| !matches!(row, ListRow::Site { indented: false, .. }));
    let Some(name) = candidates.find_map(|row| match row {
        ListRow::Folder { name, .. } => Some(name.clone()),
        _ => None,
    }) else {
        return;
    };
    if close {
        list_dialog.folded.insert(name.clone());
    } else {
        list_dialog.folded.remove(&name);
    }
    list_dialog.rows = rows(&model.sites, list_dialog);
    let at = |row: &ListRow| matches!(row, ListRow::Folder { name: n, .. } if *n == name);
    list_dialog.cursor = list_dialog.rows.iter().position(at).unwrap_or(0);
    list_dialog.scroll = list_dialog.scroll.min(list_dialog.cursor);
}

/// Opens a site in a pane, at its start directory.
pub fn go(model: &mut Model, at: usize, side: PaneSide, out: &mut Vec<UiEffect>) {
    let Some(site) = model.sites.get(at).cloned() else { return };
    let path = site.start_path.clone().unwrap_or_else(|| RemotePath::new(Vec::new()));
    model.in_queue = false;
    navigate::list(model, side, Location::Remote { site, path }, Navigation::Go, None, out);
}
