//! Converts terminal events to messages.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use crate::ui::key::{Code, Key};
use crate::ui::model::msg::{Button, Mouse, Msg};

/// The message for a terminal event; `None` if the screen does not handle it.
#[must_use]
pub fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(event) if event.kind != KeyEventKind::Release => key(event).map(Msg::Key),
        Event::Mouse(event) => mouse(event).map(|mouse| Msg::Mouse(mouse, event.column, event.row)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(width, height)),
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let (code, shift) = match event.code {
        KeyCode::Char(c) => (Code::Char(c), false),
        KeyCode::F(number) => (Code::F(number), false),
        KeyCode::Enter => (Code::Enter, false),
        KeyCode::Esc => (Code::Esc, false),
        KeyCode::Tab => (Code::Tab, false),
        KeyCode::BackTab => (Code::Tab, true),
        KeyCode::Backspace => (Code::Backspace, false),
        KeyCode::Delete => (Code::Del, false),
        KeyCode::Insert => (Code::Insert, false),
        KeyCode::Up => (Code::Up, false),
        KeyCode::Down => (Code::Down, false),
        KeyCode::Left => (Code::Left, false),
        KeyCode::Right => (Code::Right, false),
        KeyCode::Home => (Code::Home, false),
        KeyCode::End => (Code::End, false),
        KeyCode::PageUp => (Code::PgUp, false),
        KeyCode::PageDown => (Code::PgDn, false),
        _ => return None,
    };
    let has = |modifier| event.modifiers.contains(modifier);
    // some terminals send Shift-F1 to Shift-F12 as F13 to F24
    if let Code::F(number @ 13..=24) = code {
        return Some(Key::new(Code::F(number - 12), false, has(KeyModifiers::ALT), true));
    }
    let (ctrl, alt) = (has(KeyModifiers::CONTROL), has(KeyModifiers::ALT));
    Some(Key::new(code, ctrl, alt, shift || has(KeyModifiers::SHIFT)))
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    Some(match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Mouse::Press(Button::Left),
        MouseEventKind::Down(MouseButton::Right) => Mouse::Press(Button::Right),
        MouseEventKind::Drag(MouseButton::Left) => Mouse::Drag,
        MouseEventKind::Up(MouseButton::Left) => Mouse::Release,
        MouseEventKind::ScrollUp => Mouse::Wheel(-1),
        MouseEventKind::ScrollDown => Mouse::Wheel(1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        match message(Event::Key(KeyEvent::new(code, modifiers))) {
            Some(Msg::Key(key)) => Some(key.to_string()),
            _ => None,
        }
    }

    #[test]
    fn keys_have_their_usual_names() {
        for (code, modifiers, name) in [
            (KeyCode::Char('r'), KeyModifiers::CONTROL, "Ctrl-R"),
            (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char(' '), KeyModifiers::NONE, "Space"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "Shift-Tab"),
            (KeyCode::F(6), KeyModifiers::SHIFT, "Shift-F6"),
            (KeyCode::F(18), KeyModifiers::NONE, "Shift-F6"),
            (KeyCode::Left, KeyModifiers::ALT, "Alt-Left"),
        ] {
            assert_eq!(shown(code, modifiers).as_deref(), Some(name));
        }
        assert_eq!(shown(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }

    #[test]
    fn key_releases_are_ignored() {
        let mut event = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert!(message(Event::Key(event)).is_none());
    }
}
