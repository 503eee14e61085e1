//! The hints of the last line: which actions, their keys, and where they stand.

use ratatui::layout::{Position, Rect};

use crate::ui::action::Action;
use crate::ui::cells::width;
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

/// Left out first where not all have room, though they stand among the others.
const SPARED: [Action; 1] = [Action::Edit];

/// The hints that fit, the most useful first; what the site does not allow is left out.
#[must_use]
pub fn shown(model: &Model, line: Rect) -> Vec<Hint> {
    let narrow = line.width < 100;
    let wanted = match model.queue.tab {
        _ if !model.in_queue => PANES,
        Tab::Jobs => JOBS,
        Tab::Log => LOG,
        Tab::Queue | Tab::Failed => QUEUE,
    };
    let mut x = line.x + 1;
    let mut hints = Vec::new();
    for (action, word) in wanted {
        let spared = narrow && SPARED.contains(action);
        if spared || (!model.in_queue && allowed::refusal(model, *action).is_some()) {
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

/// The action of the hint at a cell.
#[must_use]
pub fn at(model: &Model, line: Rect, cell: Position) -> Option<Action> {
    let hint = shown(model, line).into_iter().find(|hint| hint.place.contains(cell))?;
    Some(hint.action)
}
