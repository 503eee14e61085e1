//! Compares the directories of both panes and selects what differs, so that it can be copied.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::base::{Precision, Stamp};
use crate::engine::Level;
use crate::ftp::{Entry, Kind};
use crate::ui::model::Model;
use crate::ui::model::marks::Marks;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::{Ask, Asking, Overlay, Weight};

/// What makes two entries of one name differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Their sizes.
    Size,
    /// Their sizes, or that this one is newer.
    Time,
    /// Nothing: only what is missing on the other side counts.
    Name,
}

/// The ways to compare, in the order of the buttons.
const WAYS: [By; 3] = [By::Size, By::Time, By::Name];

/// Asks how to compare.
pub fn ask(model: &mut Model) {
    if model.panes.iter().any(|pane| pane.shown.is_none()) {
        model.say(Level::Info, "open a directory in both panes first");
        return;
    }
    let body = [
        "Selects in each pane what the other one lacks, and what differs:",
        "by size; by size and what is newer here; or only by name.",
    ];
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: "Compare the panes".to_owned(),
        body: body.map(str::to_owned).to_vec(),
        weight: Weight::Plain,
        choices: ["Size", "Time", "Name", "Cancel"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 3,
        about: Asking::Compare,
        raised: None,
    })));
}

/// Selects what differs.
pub fn mark(model: &mut Model, choice: usize) {
    let Some(by) = WAYS.get(choice).copied() else { return };
    let [left, right] = &model.panes;
    let (Some(left), Some(right)) = (left.shown.clone(), right.shown.clone()) else { return };
    let mut counts = [0, 0];
    for (side, here, there) in [(Side::Left, &left, &right), (Side::Right, &right, &left)] {
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
        [0, 0] => "both panes have the same".to_owned(),
        [left, right] => format!("{left} differ at the left, {right} at the right"),
    };
    model.say(Level::Info, text);
}

fn differs(entry: &Entry, other: Option<&Entry>, by: By) -> bool {
    let Some(other) = other else { return entry.kind != Kind::Other };
    if (entry.kind == Kind::Dir) != (other.kind == Kind::Dir) {
        return true;
    }
    if entry.kind != Kind::File || by == By::Name {
        // what is inside of a directory is not compared
        return false;
    }
    let sizes = entry.size.zip(other.size).is_some_and(|(here, there)| here != there);
    sizes || (by == By::Time && newer(entry.mtime.as_ref(), other.mtime.as_ref()))
}

/// True when the first is later by more than both listings can tell. A time by a server's own
/// clock says nothing beside one of another clock.
fn newer(here: Option<&Stamp>, there: Option<&Stamp>) -> bool {
    let (Some(here), Some(there)) = (here, there) else { return false };
    if here.utc != there.utc {
        return false;
    }
    let blur = |stamp: &Stamp| match stamp.precision {
        Precision::Day => SignedDuration::from_hours(24),
        Precision::Minute => SignedDuration::from_mins(1),
        Precision::Second => SignedDuration::from_secs(2),
    };
    here.at.duration_since(there.at) >= blur(here).max(blur(there))
}
