//! A line of text input.

use std::fmt;

/// A line of text with a cursor that moves and deletes whole characters.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    /// Byte offset, always between characters.
    cursor: usize,
    /// True for passwords: never displayed, never printed by `Debug`.
    masked: bool,
}

impl Input {
    /// A line with this text and the cursor at its end.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text, masked: false }
    }

    /// An empty line for a password.
    ///
    /// Allocated in advance: a string that is reallocated leaves copies of the password in memory.
    #[must_use]
    pub fn masked() -> Self {
        Self { text: String::with_capacity(512), cursor: 0, masked: true }
    }

    /// The text of the line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes the text and leaves the line empty.
    #[must_use]
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// True for passwords.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.masked
    }

    /// The text before and after the cursor.
    #[must_use]
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Replaces the text and moves the cursor to its end.
    pub fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.cursor = self.text.len();
    }

    /// Moves the cursor to this byte offset, or to the previous character boundary.
    pub fn put_cursor(&mut self, at: usize) {
        self.cursor = self.text.floor_char_boundary(at);
    }

    /// Inserts a character. Ignores control characters: no path or command can contain them.
    pub fn insert(&mut self, c: char) {
        if !c.is_control() {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Inserts the first line of a pasted text.
    pub fn paste(&mut self, text: &str) {
        for c in text.lines().next().unwrap_or_default().chars() {
            self.insert(c);
        }
    }

    /// Moves left one character.
    pub fn left(&mut self) {
        self.cursor -= self.before().map_or(0, char::len_utf8);
    }

    /// Moves right one character.
    pub fn right(&mut self) {
        self.cursor += self.after().map_or(0, char::len_utf8);
    }

    /// Moves to the start of the line.
    pub fn home(&mut self) {
        self.cursor = 0;
    }

    /// Moves to the end of the line.
    pub fn end(&mut self) {
        self.cursor = self.text.len();
    }

    /// Moves to the start of the word before the cursor.
    pub fn word_left(&mut self) {
        while self.before().is_some_and(|c| !is_word(c)) {
            self.left();
        }
        while self.before().is_some_and(is_word) {
            self.left();
        }
    }

    /// Moves to the end of the word after the cursor.
    pub fn word_right(&mut self) {
        while self.after().is_some_and(|c| !is_word(c)) {
            self.right();
        }
        while self.after().is_some_and(is_word) {
            self.right();
        }
    }

    /// Deletes the character before the cursor.
    pub fn backspace(&mut self) {
        let end = self.cursor;
        self.left();
        self.text.drain(self.cursor..end);
    }

    /// Deletes the character under the cursor.
    pub fn delete(&mut self) {
        let width = self.after().map_or(0, char::len_utf8);
        self.text.drain(self.cursor..self.cursor + width);
    }

    /// Deletes the word before the cursor.
    pub fn kill_word(&mut self) {
        let end = self.cursor;
        self.word_left();
        self.text.drain(self.cursor..end);
    }

    /// Deletes the line.
    pub fn kill_line(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    /// Deletes from the cursor to the end.
    pub fn kill_end(&mut self) {
        self.text.truncate(self.cursor);
    }

    fn before(&self) -> Option<char> {
        self.text[..self.cursor].chars().next_back()
    }

    fn after(&self) -> Option<char> {
        self.text[self.cursor..].chars().next()
    }
}

/// Words end at `/`, `.` and similar characters, so that one key press covers one path component.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.masked {
            return f.write_str("Input(****)");
        }
        let (before, after) = self.split();
        write!(f, "Input({before:?}|{after:?})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    #[test]
    fn editing_by_characters_and_words() {
        let mut line = Input::new("/pub/日本.iso");
        line.left();
        line.kill_word();
        assert_eq!(format!("{line:?}"), "Input(\"/pub/日本.\"|\"o\")");
        line.kill_word();
        assert_eq!(line.text(), "/pub/o");
        line.word_left();
        assert_eq!(line.split(), ("/", "pub/o"));
        line.delete();
        line.word_right();
        line.kill_end();
        assert_eq!(line.text(), "/ub");
        line.paste("x\ny\u{1b}");
        assert_eq!(line.text(), "/ubx");
    }

    #[test]
    fn a_password_is_never_printed() {
        let mut line = Input::masked();
        line.paste("hunter2");
        assert_eq!(format!("{line:?}"), "Input(****)");
        assert_eq!(line.take(), "hunter2");
    }

    proptest! {
        #[test]
        fn the_cursor_stays_between_characters(
            text in "\\PC{0,12}", steps in proptest::collection::vec(0_u8..11, 0..40),
        ) {
            let mut line = Input::new(text);
            for step in steps {
                match step {
                    0 => line.left(),
                    1 => line.right(),
                    2 => line.word_left(),
                    3 => line.word_right(),
                    4 => line.backspace(),
                    5 => line.delete(),
                    6 => line.kill_word(),
                    7 => line.insert('日'),
                    8 => line.home(),
                    9 => line.put_cursor(3),
                    _ => line.end(),
                }
                let (before, after) = line.split();
                assert_eq!(format!("{before}{after}"), line.text());
            }
        }
    }
}
