//! The hints of the last line: which actions, their keys, and where they stand.

use ratatui::layout::{Position, Rect};

use crate::ui::action::Action;
use crate::ui::cells::width;
use crate::ui::model::overlay::{Choosing, Overlay, Prompting};
use crate::ui::model::queue::Tab;
use crate::ui::model::{Model, allowed};

/// A hint and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it does.
    pub action: Action,
    /// The key.
    pub key: String,
    /// The word.
    pub word: &'static str,
    /// Where.
    pub place: Rect,
}

const PANES: &[(Action, &str)] = &[
    (Action::Help, "help"),
    (Action::Sites, "sites"),
    (Action::View, "view"),
    (Action::Edit, "edit"),
    (Action::Copy, "copy"),
    (Action::Move, "move"),
    (Action::MakeDir, "mkdir"),
    (Action::Delete, "delete"),
    (Action::Menu, "menu"),
    (Action::Quit, "quit"),
    (Action::OtherPane, "pane"),
    (Action::FocusQueue, "queue"),
    (Action::Find, "find"),
    (Action::Palette, "command"),
    (Action::Connect, "address"),
    (Action::Select, "select"),
    (Action::Filter, "filter"),
];

const QUEUE: &[(Action, &str)] = &[
    (Action::Help, "help"),
    (Action::ItemInfo, "details"),
    (Action::ItemCancel, "cancel"),
    (Action::ItemRetry, "retry"),
    (Action::ItemSelect, "select"),
    (Action::ItemHold, "hold"),
    (Action::QueueFind, "find"),
    (Action::QueueFilter, "show"),
    (Action::FocusQueue, "panes"),
    (Action::NextTab, "tab"),
    (Action::ClearEnded, "clear"),
    (Action::Pause, "pause"),
    (Action::ItemUp, "up"),
    (Action::ItemDown, "down"),
    (Action::QueueExport, "export"),
];

const JOBS: &[(Action, &str)] = &[
    (Action::Help, "help"),
    (Action::LineOpen, "files"),
    (Action::JobRun, "go on"),
    (Action::ItemCancel, "cancel"),
    (Action::JobHold, "hold"),
    (Action::ItemRetry, "retry"),
    (Action::ItemClear, "clear"),
    (Action::JobRaise, "earlier"),
    (Action::FocusQueue, "panes"),
    (Action::NextTab, "tab"),
    (Action::QueueExport, "export"),
];

const LOG: &[(Action, &str)] = &[
    (Action::Help, "help"),
    (Action::LogSite, "site"),
    (Action::CursorUp, "older"),
    (Action::Last, "newest"),
    (Action::FocusQueue, "panes"),
    (Action::NextTab, "tab"),
];

const SITES: &[(Action, &str)] = &[
    (Action::ListAccept, "open"),
    (Action::SiteAdd, "add"),
    (Action::SiteEdit, "edit"),
    (Action::SiteRemove, "remove"),
    (Action::SiteTest, "test"),
    (Action::SiteImport, "import"),
    (Action::ListClose, "close"),
    (Action::ListAcceptOther, "open in the other pane"),
];

const SETTINGS: &[(Action, &str)] =
    &[(Action::ListAccept, "change"), (Action::SiteSave, "save"), (Action::ListClose, "close")];

const COMMANDS: &[(Action, &str)] =
    &[(Action::ListAccept, "do it"), (Action::ListPageDown, "page"), (Action::ListClose, "close")];

const READING: &[(Action, &str)] = &[
    (Action::Close, "close"),
    (Action::CursorDown, "line"),
    (Action::PageDown, "page"),
    (Action::First, "beginning"),
    (Action::Last, "end"),
];

const PROMPT: &[(Action, &str)] = &[(Action::Accept, "do it"), (Action::Dismiss, "do not")];

const ADDRESS: &[(Action, &str)] = &[
    (Action::Accept, "open"),
    (Action::EditOlder, "opened before"),
    (Action::EditKillLine, "empty"),
    (Action::Dismiss, "do not"),
];

const QUESTION: &[(Action, &str)] = &[
    (Action::Accept, "take the answer"),
    (Action::NextChoice, "next answer"),
    (Action::Dismiss, "the safe answer"),
];

const TRANSFER: &[(Action, &str)] = &[
    (Action::Accept, "begin"),
    (Action::NextField, "next field"),
    (Action::NextChoice, "next choice"),
    (Action::Dismiss, "do not"),
];

/// What can be done now, the most useful first.
fn wanted(model: &Model) -> &'static [(Action, &'static str)] {
    match (model.overlays.last(), model.queue.tab) {
        (Some(Overlay::Reading(_)), _) => READING,
        (Some(Overlay::Choose(choose)), _) => match choose.kind {
            Choosing::Site(_) => SITES,
            Choosing::Field => SETTINGS,
            Choosing::Command { .. } => COMMANDS,
        },
        (Some(Overlay::Prompt(prompt)), _) if prompt.kind == Prompting::Connect => ADDRESS,
        (Some(Overlay::Prompt(_) | Overlay::Seek(_)), _) => PROMPT,
        (Some(Overlay::Ask(_)), _) => QUESTION,
        (Some(Overlay::Transfer(_)), _) => TRANSFER,
        (None, _) if !model.in_queue => PANES,
        (None, Tab::Jobs) => JOBS,
        (None, Tab::Log) => LOG,
        (None, Tab::Queue | Tab::Failed) => QUEUE,
    }
}

/// Left out first where not all have room, though they stand among the others.
const SPARED: [Action; 1] = [Action::Edit];

/// The hints that fit, the most useful first; what the site does not allow is left out.
#[must_use]
pub fn shown(model: &Model, line: Rect) -> Vec<Hint> {
    let narrow = line.width < 100;
    let in_panes = model.overlays.is_empty() && !model.in_queue;
    let mut x = line.x + 1;
    let mut hints = Vec::new();
    for (action, word) in wanted(model) {
        let spared = narrow && SPARED.contains(action);
        if spared || (in_panes && allowed::refusal(model, *action).is_some()) {
            continue;
        }
        // an action without a key gives no hint
        let Some(key) = model.keymap.keys_of(*action).into_iter().next() else { continue };
        let key = if key == "Tab" { model.glyphs.tab_key.to_owned() } else { key };
        let wide = (width(&key) + 1 + width(word)) as u16;
        if x + wide > line.right() {
            break;
        }
        let place = Rect::new(x, line.y, wide, 1);
        hints.push(Hint { action: *action, key, word, place });
        x += wide + 2;
    }
    hints
}

/// The action of the hint at a cell; a message stands in their place.
#[must_use]
pub fn at(model: &Model, line: Rect, cell: Position) -> Option<Action> {
    if model.status.is_some() {
        return None;
    }
    let hint = shown(model, line).into_iter().find(|hint| hint.place.contains(cell))?;
    Some(hint.action)
}
