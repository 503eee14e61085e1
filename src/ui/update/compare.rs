//! Compares the directories of both panes and selects the differences, so that they can be copied.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::base::{Precision, Stamp};
use crate::engine::Level;
use crate::ftp::{Entry, Kind};
use crate::ui::model::Model;
use crate::ui::model::marks::Marks;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind, Severity};

/// What counts as a difference between two entries with the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareBy {
    /// A different size.
    Size,
    /// A different size, or a newer modification time.
    Time,
    /// Nothing: only entries that are missing in the other pane are selected.
    Name,
}

/// The criteria, in the order of the buttons.
const CRITERIA: [CompareBy; 3] = [CompareBy::Size, CompareBy::Time, CompareBy::Name];

/// Asks how to compare.
pub fn ask(model: &mut Model) {
    if model.panes.iter().any(|pane| pane.shown.is_none()) {
        model.notify(Level::Info, "open a directory in both panes first");
        return;
    }
    let body = [
        "Selects entries that are missing in the other pane or that differ:",
        "by size; by size or a newer time; or missing ones only, by name.",
    ];
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: "Compare the panes".to_owned(),
        body: body.map(str::to_owned).to_vec(),
        severity: Severity::Normal,
        choices: ["Size", "Time", "Name", "Cancel"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 3,
        about: QuestionKind::Compare,
        raised: None,
    })));
}

/// Selects the differences.
pub fn select_differences(model: &mut Model, choice: usize) {
    let Some(by) = CRITERIA.get(choice).copied() else { return };
    let [left, right] = &model.panes;
    let (Some(left), Some(right)) = (left.shown.clone(), right.shown.clone()) else { return };
    let mut counts = [0, 0];
    for (side, here, there) in [(PaneSide::Left, &left, &right), (PaneSide::Right, &right, &left)] {
        let others: HashMap<&[u8], &Entry> =
            there.entries.iter().map(|entry| (&entry.name[..], entry)).collect();
        let pane = model.pane_mut(side);
        let mut marks = Marks::default();
        for at in &pane.order {
            let Some(entry) = here.entries.get(*at as usize) else { continue };
            if differs(entry, others.get(&entry.name[..]).copied(), by) {
                marks.set(here, *at, true);
            }
        }
        counts[side as usize] = marks.count();
        pane.marks = marks;
    }
    let text = match counts {
        [0, 0] => "no differences between the panes".to_owned(),
        [left, right] => format!("{left} differ in the left pane, {right} in the right pane"),
    };
    model.notify(Level::Info, text);
}

fn differs(entry: &Entry, other: Option<&Entry>, by: CompareBy) -> bool {
    let Some(other) = other else { return entry.kind != Kind::Other };
    if (entry.kind == Kind::Dir) != (other.kind == Kind::Dir) {
        return true;
    }
    if entry.kind != Kind::File || by == CompareBy::Name {
        // the contents of directories are not compared
        return false;
    }
    let sizes = entry.size.zip(other.size).is_some_and(|(here, there)| here != there);
    sizes || (by == CompareBy::Time && newer(entry.mtime.as_ref(), other.mtime.as_ref()))
}

/// True if the first time is later by more than the precision of both listings. Times of different
/// clocks cannot be compared.
fn newer(here: Option<&Stamp>, there: Option<&Stamp>) -> bool {
    let (Some(here), Some(there)) = (here, there) else { return false };
    if here.utc != there.utc {
        return false;
    }
    let precision = |stamp: &Stamp| match stamp.precision {
        Precision::Day => SignedDuration::from_hours(24),
        Precision::Minute => SignedDuration::from_mins(1),
        Precision::Second => SignedDuration::from_secs(2),
    };
    here.at.duration_since(there.at) >= precision(here).max(precision(there))
}
