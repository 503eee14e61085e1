//! Edits the focused text input. Each function returns false if there is none.

use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::overlay::Overlay;

/// Moves the cursor or deletes text.
pub fn edit(model: &mut Model, action: Action) -> bool {
    let change = match action {
        Action::EditLeft => Input::left,
        Action::EditRight => Input::right,
        Action::EditWordLeft => Input::word_left,
        Action::EditWordRight => Input::word_right,
        Action::EditHome => Input::home,
        Action::EditEnd => Input::end,
        Action::EditBackspace => Input::backspace,
        Action::EditDelete => Input::delete,
        Action::EditKillWord => Input::kill_word,
        Action::EditKillLine => Input::kill_line,
        Action::EditKillEnd => Input::kill_end,
        _ => return false,
    };
    apply(model, change)
}

/// Inserts a character.
pub fn insert(model: &mut Model, typed: char) -> bool {
    apply(model, |input| input.insert(typed))
}

/// Inserts a pasted text.
pub fn paste(model: &mut Model, text: &str) -> bool {
    apply(model, |input| input.paste(text))
}

fn apply(model: &mut Model, change: impl FnOnce(&mut Input)) -> bool {
    let Some(input) = model.input_mut() else { return false };
    change(input);
    // the change may have fixed the error
    match model.overlays.last_mut() {
        Some(Overlay::Prompt(prompt)) => prompt.error = None,
        Some(Overlay::Transfer(form)) => form.error = None,
        _ => {}
    }
    true
}
