//! The list of bookmarks, in folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::RemotePath;
use crate::site::{Location, Site};
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, Side};
use crate::ui::model::overlay::{Choose, ChooseRow, Choosing, Overlay};
use crate::ui::model::pane::Way;
use crate::ui::update::go;

/// Opens the list.
pub fn open(model: &mut Model, side: Side) {
    let mut choose = Choose::new(Choosing::Site(side));
    choose.rows = rows(&model.sites, &choose);
    model.overlays.push(Overlay::Choose(choose));
}

/// The rows to show: sites without folder first, then folders in the order of their names, all in
/// the user's order. While something is typed all folders are open.
#[must_use]
pub fn rows(sites: &[Arc<Site>], choose: &Choose) -> Vec<ChooseRow> {
    let typed = choose.input.text().to_lowercase();
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
            None => rows.push(ChooseRow::Site { at, indented: false }),
        }
    }
    for (name, inside) in folders {
        let open = !typed.is_empty() || !choose.folded.contains(name);
        rows.push(ChooseRow::Folder { name: name.to_owned(), sites: inside.len(), open });
        if open {
            rows.extend(inside.into_iter().map(|at| ChooseRow::Site { at, indented: true }));
        }
    }
    rows
}

/// Closes or opens the folder of the line under the cursor.
pub fn fold(model: &mut Model, close: bool) {
    let Some(Overlay::Choose(choose)) = model.overlays.last_mut() else { return };
    let above = choose.rows.get(..=choose.cursor).unwrap_or_default().iter().rev();
    // a site at the top level has no folder above it
    let mut own = above.take_while(|row| !matches!(row, ChooseRow::Site { indented: false, .. }));
    let Some(name) = own.find_map(|row| match row {
        ChooseRow::Folder { name, .. } => Some(name.clone()),
        _ => None,
    }) else {
        return;
    };
    if close {
        choose.folded.insert(name.clone());
    } else {
        choose.folded.remove(&name);
    }
    choose.rows = rows(&model.sites, choose);
    let at = |row: &ChooseRow| matches!(row, ChooseRow::Folder { name: n, .. } if *n == name);
    choose.cursor = choose.rows.iter().position(at).unwrap_or(0);
    choose.scroll = choose.scroll.min(choose.cursor);
}

/// Opens a site in a pane, where the bookmark says.
pub fn go(model: &mut Model, at: usize, side: Side, out: &mut Vec<Effect>) {
    let Some(site) = model.sites.get(at).cloned() else { return };
    let path = site.start_path.clone().unwrap_or_else(|| RemotePath::new(Vec::new()));
    model.in_queue = false;
    go::list(model, side, Location::Remote { site, path }, Way::Go, None, out);
}
