//! Maps keys to actions.

use crate::engine::Level;
use crate::ui::action::Action;
use crate::ui::key::{Key, show_sequence};
use crate::ui::keymap::KeyMatch;
use crate::ui::model::Model;
use crate::ui::model::overlay::{Overlay, READING_TIME};

/// The result of a key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// It completes the key sequence of an action.
    Action(Action),
    /// It is not bound and types a character.
    Typed(char),
    /// It is part of a longer sequence, or not bound.
    Nothing,
}

/// Handles a key press.
pub fn press(model: &mut Model, key: Key) -> Pressed {
    if let Some(Overlay::Question(question)) = model.overlays.last()
        && question.raised.is_some_and(|raised| model.now < raised + READING_TIME)
    {
        return Pressed::Nothing;
    }
    // dismiss messages that have been visible long enough to be read
    if model.status.as_ref().is_some_and(|status| model.now >= status.since + READING_TIME) {
        model.status = None;
    }
    model.pending_keys.push(key);
    match model.keymap.find(model.contexts(), &model.pending_keys) {
        KeyMatch::Action(action) => {
            model.pending_keys.clear();
            Pressed::Action(action)
        }
        KeyMatch::Prefix => Pressed::Nothing,
        KeyMatch::None => {
            let typed = std::mem::take(&mut model.pending_keys);
            if typed.len() > 1 {
                model.notify(
                    Level::Info,
                    format!("{} is not bound to an action here", show_sequence(&typed)),
                );
                return Pressed::Nothing;
            }
            key.typed().map_or(Pressed::Nothing, Pressed::Typed)
        }
    }
}
