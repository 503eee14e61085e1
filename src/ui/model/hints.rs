//! The key hints of the last line: actions, keys and areas.

use std::borrow::Cow;

use ratatui::layout::{Position, Rect};

use crate::ui::action::Action;
use crate::ui::cells::width;
use crate::ui::model::overlay::{ListKind, Overlay, PromptKind};
use crate::ui::model::queue::Tab;
use crate::ui::model::{Model, read_only};

/// A key hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The action that a click runs.
    pub action: Action,
    /// The key, as displayed.
    pub key: String,
    /// The text after the key.
    pub text: Cow<'static, str>,
    /// Where it is drawn.
    pub area: Rect,
}

const PANES: &[(Action, &str)] = &[
    (Action::Help, "Help"),
    (Action::Sites, "Sites"),
    (Action::View, "View"),
    (Action::Edit, "Edit"),
    (Action::Copy, "Copy"),
    (Action::Move, "Move"),
    (Action::MakeDir, "Mkdir"),
    (Action::Delete, "Delete"),
    (Action::Menu, "Menu"),
    (Action::Quit, "Quit"),
    (Action::OtherPane, "Pane"),
    (Action::FocusQueue, "Queue"),
    (Action::Find, "Find"),
    (Action::Palette, "Command"),
    (Action::Connect, "Address"),
    (Action::Select, "Select"),
    (Action::Filter, "Filter"),
];

const QUEUE: &[(Action, &str)] = &[
    (Action::Help, "Help"),
    (Action::ItemInfo, "Details"),
    (Action::ItemCancel, "Cancel"),
    (Action::ItemRetry, "Retry"),
    (Action::ItemSelect, "Select"),
    (Action::ItemHold, "Hold"),
    (Action::QueueFind, "Find"),
    (Action::QueueFilter, "Filter"),
    (Action::FocusQueue, "Panes"),
    (Action::NextTab, "Tab"),
    (Action::ClearEnded, "Clear"),
    (Action::Pause, "Pause"),
    (Action::ItemUp, "Up"),
    (Action::ItemDown, "Down"),
    (Action::QueueExport, "Export"),
];

const JOBS: &[(Action, &str)] = &[
    (Action::Help, "Help"),
    (Action::LineOpen, "Files"),
    (Action::JobRun, "Resume"),
    (Action::ItemCancel, "Cancel"),
    (Action::JobHold, "Hold"),
    (Action::ItemRetry, "Retry"),
    (Action::ItemClear, "Remove"),
    (Action::JobRaise, "Raise"),
    (Action::FocusQueue, "Panes"),
    (Action::NextTab, "Tab"),
    (Action::QueueExport, "Export"),
];

const LOG: &[(Action, &str)] = &[
    (Action::Help, "Help"),
    (Action::LogSite, "Site"),
    (Action::CursorUp, "Older"),
    (Action::Last, "Newest"),
    (Action::FocusQueue, "Panes"),
    (Action::NextTab, "Tab"),
];

const SITES: &[(Action, &str)] = &[
    (Action::ListAccept, "Open"),
    (Action::SiteAdd, "Add"),
    (Action::SiteEdit, "Edit"),
    (Action::SiteRemove, "Remove"),
    (Action::SiteTest, "Test"),
    (Action::SiteImport, "Import"),
    (Action::ListClose, "Close"),
    (Action::ListAcceptOther, "Open in other pane"),
];

const SETTINGS: &[(Action, &str)] =
    &[(Action::ListAccept, "Change"), (Action::SiteSave, "Save"), (Action::ListClose, "Close")];

const COMMANDS: &[(Action, &str)] =
    &[(Action::ListAccept, "Run"), (Action::ListPageDown, "Page"), (Action::ListClose, "Close")];

const READING: &[(Action, &str)] = &[
    (Action::Close, "Close"),
    (Action::CursorDown, "Line"),
    (Action::PageDown, "Page"),
    (Action::First, "Top"),
    (Action::Last, "Bottom"),
];

const PROMPT: &[(Action, &str)] = &[(Action::Accept, "OK"), (Action::Dismiss, "Cancel")];

const ADDRESS: &[(Action, &str)] = &[
    (Action::Accept, "Open"),
    (Action::EditOlder, "Previous"),
    (Action::EditKillLine, "Clear"),
    (Action::Dismiss, "Cancel"),
];

const QUESTION: &[(Action, &str)] =
    &[(Action::Accept, "Choose"), (Action::NextChoice, "Next"), (Action::Dismiss, "Cancel")];

const TRANSFER: &[(Action, &str)] = &[
    (Action::Accept, "Start"),
    (Action::NextField, "Next field"),
    (Action::NextChoice, "Next choice"),
    (Action::Dismiss, "Cancel"),
];

/// The actions that apply now, the most useful first.
fn candidates(model: &Model) -> &'static [(Action, &'static str)] {
    match (model.overlays.last(), model.queue.tab) {
        (Some(Overlay::Text(_)), _) => READING,
        (Some(Overlay::List(list_dialog)), _) => match list_dialog.kind {
            ListKind::Site(_) => SITES,
            ListKind::Field => SETTINGS,
            ListKind::Command { .. } => COMMANDS,
        },
        (Some(Overlay::Prompt(prompt)), _) if prompt.kind == PromptKind::Connect => ADDRESS,
        (Some(Overlay::Prompt(_) | Overlay::Search(_)), _) => PROMPT,
        (Some(Overlay::Question(_)), _) => QUESTION,
        (Some(Overlay::Transfer(_)), _) => TRANSFER,
        (None, _) if !model.in_queue => PANES,
        (None, Tab::Jobs) => JOBS,
        (None, Tab::Log) => LOG,
        (None, Tab::Queue | Tab::Failed) => QUEUE,
    }
}

/// Hints that narrow screens leave out, although later ones would not fit either.
const OPTIONAL: [Action; 1] = [Action::Edit];

/// The hints that fit, the most useful first, without actions that the site does not allow.
#[must_use]
pub fn shown(model: &Model, line: Rect) -> Vec<Hint> {
    let narrow = line.width < 100;
    let in_panes = model.overlays.is_empty() && !model.in_queue;
    let mut x = line.x + 1;
    let mut hints = Vec::new();
    for (action, text) in candidates(model) {
        let skipped = narrow && OPTIONAL.contains(action);
        if skipped || (in_panes && read_only::refusal(model, *action).is_some()) {
            continue;
        }
        // an action without a key has no hint
        let Some(key) = model.keymap.keys_of(*action).into_iter().next() else { continue };
        let key = if key == "Tab" { model.glyphs.tab_key.to_owned() } else { key };
        let text = match (action, safe_answer(model)) {
            (Action::Dismiss, Some(answer)) => Cow::Owned(answer.to_owned()),
            _ => Cow::Borrowed(*text),
        };
        let wide = (width(&key) + 1 + width(&text)) as u16;
        if x + wide > line.right() {
            break;
        }
        let area = Rect::new(x, line.y, wide, 1);
        hints.push(Hint { action: *action, key, text, area });
        x += wide + 2;
    }
    hints
}

/// The label of the button that Esc chooses in a question.
fn safe_answer(model: &Model) -> Option<&str> {
    let Some(Overlay::Question(question)) = model.overlays.last() else { return None };
    question.choices.get(question.safe).map(String::as_str)
}

/// The action of the hint at a cell; `None` while a message covers the hints.
#[must_use]
pub fn at(model: &Model, line: Rect, cell: Position) -> Option<Action> {
    if model.status.is_some() {
        return None;
    }
    let hint = shown(model, line).into_iter().find(|hint| hint.area.contains(cell))?;
    Some(hint.action)
}
