//! From keys to actions.

use crate::engine::Level;
use crate::ui::action::Action;
use crate::ui::key::{Key, show_sequence};
use crate::ui::keymap::Found;
use crate::ui::model::Model;
use crate::ui::model::overlay::{Overlay, READING_TIME};

/// What a key press means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// It completes the keys of an action.
    Action(Action),
    /// No action has it; it types a character.
    Typed(char),
    /// Nothing yet, or nothing at all.
    Nothing,
}

/// Takes a key press.
pub fn press(model: &mut Model, key: Key) -> Pressed {
    if let Some(Overlay::Ask(ask)) = model.overlays.last()
        && ask.raised.is_some_and(|raised| model.now < raised + READING_TIME)
    {
        return Pressed::Nothing;
    }
    // a message that has been on the screen for a moment has been read
    if model.status.as_ref().is_some_and(|status| model.now >= status.since + READING_TIME) {
        model.status = None;
    }
    model.pending.push(key);
    match model.keymap.find(model.contexts(), &model.pending) {
        Found::Action(action) => {
            model.pending.clear();
            Pressed::Action(action)
        }
        Found::Begun => Pressed::Nothing,
        Found::Nothing => {
            let typed = std::mem::take(&mut model.pending);
            if typed.len() > 1 {
                model.say(Level::Info, format!("{} means nothing here", show_sequence(&typed)));
                return Pressed::Nothing;
            }
            key.typed().map_or(Pressed::Nothing, Pressed::Typed)
        }
    }
}
