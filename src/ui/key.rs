//! Keys as users write them: `F5`, `Ctrl-R`, `Shift-F6`, `g g`, `Space`.

use std::fmt;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A printable character; upper case and lower case differ.
    Char(char),
    /// F1 to F24.
    F(u8),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Del,
    /// Insert.
    Insert,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PgUp,
    /// Page down.
    PgDn,
}

/// Named keys; of several spellings the first one is displayed.
const NAMED: &[(&str, Code)] = &[
    ("Enter", Code::Enter),
    ("Return", Code::Enter),
    ("Esc", Code::Esc),
    ("Escape", Code::Esc),
    ("Tab", Code::Tab),
    ("Backspace", Code::Backspace),
    ("Del", Code::Del),
    ("Delete", Code::Del),
    ("Insert", Code::Insert),
    ("Ins", Code::Insert),
    ("Up", Code::Up),
    ("Down", Code::Down),
    ("Left", Code::Left),
    ("Right", Code::Right),
    ("Home", Code::Home),
    ("End", Code::End),
    ("PgUp", Code::PgUp),
    ("PageUp", Code::PgUp),
    ("PgDn", Code::PgDn),
    ("PageDown", Code::PgDn),
    ("Space", Code::Char(' ')),
    ("Minus", Code::Char('-')),
    ("Plus", Code::Char('+')),
];

/// A key press.
///
/// [`Key::new`] normalizes it: `Shift` is part of a printable character, and letters with `Ctrl`
/// are lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    code: Code,
    ctrl: bool,
    alt: bool,
    shift: bool,
}

/// Why a text is not a valid key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither a character nor a known name.
    #[error(
        "“{0}” is not a valid key; use one character, or F1 to F24, Enter, Esc, Tab, Space, \
         Backspace, Del, Insert, Up, Down, Left, Right, Home, End, PgUp, PgDn, with \
         Ctrl-, Alt- or Shift- in front"
    )]
    Unknown(String),
    /// Empty, or only spaces.
    #[error("a key is missing; give one, such as \"F5\" or \"g g\"")]
    Empty,
}

impl Key {
    /// The key with these modifiers.
    #[must_use]
    pub fn new(code: Code, ctrl: bool, alt: bool, shift: bool) -> Self {
        match code {
            Code::Char(c) if ctrl => {
                Self { code: Code::Char(c.to_ascii_lowercase()), ctrl, alt, shift: false }
            }
            Code::Char(c) => {
                let c = if shift && c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c };
                Self { code: Code::Char(c), ctrl, alt, shift: false }
            }
            code => Self { code, ctrl, alt, shift },
        }
    }

    /// The key without modifiers.
    #[must_use]
    pub fn plain(code: Code) -> Self {
        Self::new(code, false, false, false)
    }

    /// The character that the key types; `None` for all other keys.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self {
            Self { code: Code::Char(c), ctrl: false, alt: false, .. } => Some(c),
            _ => None,
        }
    }

    /// Parses one key, such as `Ctrl-R`, `C-r`, `^R`, `S-F6`, `g`, `Space`.
    ///
    /// # Errors
    /// [`KeyError`] if the text is not a valid key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let unknown = || KeyError::Unknown(crate::base::text::visible_str(text));
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix('^').filter(|after| !after.is_empty()) {
                ctrl = true;
                rest = after;
                continue;
            }
            let Some((modifier, after)) = rest.split_once(['-', '+']) else { break };
            if after.is_empty() {
                break;
            }
            match modifier.to_ascii_lowercase().as_str() {
                "ctrl" | "c" | "control" => ctrl = true,
                "alt" | "a" | "m" | "meta" => alt = true,
                "shift" | "s" => shift = true,
                _ => break,
            }
            rest = after;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() => Code::Char(c),
            _ => named(rest).ok_or_else(unknown)?,
        };
        Ok(Self::new(code, ctrl, alt, shift))
    }
}

fn named(name: &str) -> Option<Code> {
    if let Some(number) = name.strip_prefix(['F', 'f']).and_then(|n| n.parse::<u8>().ok()) {
        return (1..=24).contains(&number).then_some(Code::F(number));
    }
    NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code)
}

/// Parses a sequence of keys, separated by spaces: `g g`, `s n`, `F5`.
///
/// # Errors
/// [`KeyError`] of the first text that is not a valid key.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, KeyError> {
    let keys: Vec<Key> = text.split_whitespace().map(Key::parse).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(KeyError::Empty) } else { Ok(keys) }
}

/// The sequence in the notation that [`parse_sequence`] reads.
#[must_use]
pub fn show_sequence(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (on, word) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if on {
                f.write_str(word)?;
            }
        }
        match self.code {
            Code::F(number) => write!(f, "F{number}"),
            Code::Char(c) if c != ' ' && self.ctrl => write!(f, "{}", c.to_ascii_uppercase()),
            Code::Char(c) if c != ' ' => write!(f, "{c}"),
            code => f.write_str(
                NAMED.iter().find(|(_, known)| *known == code).map_or("?", |(name, _)| *name),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_oneof, proptest};

    use super::*;

    #[test]
    fn different_spellings_give_the_same_key() {
        for (spellings, shown) in [
            (&["Ctrl-R", "ctrl-r", "C-r", "^R", "Ctrl+r"][..], "Ctrl-R"),
            (&["Shift-F6", "S-F6", "shift-f6"], "Shift-F6"),
            (&["G", "Shift-g"], "G"),
            (&["g"], "g"),
            (&["space", "Space"], "Space"),
            (&["Alt-Enter", "M-return"], "Alt-Enter"),
            (&["-", "Minus"], "-"),
            (&["+", "plus"], "+"),
            (&["^"], "^"),
            (&["Alt--"], "Alt--"),
            (&["Ctrl-Space"], "Ctrl-Space"),
            (&["é"], "é"),
        ] {
            for spelling in spellings {
                assert_eq!(Key::parse(spelling).unwrap().to_string(), shown, "{spelling}");
            }
        }
    }

    #[test]
    fn invalid_keys_are_rejected() {
        for text in ["", "F0", "F25", "Foo", "Ctrl-", "Hyper-x", "\x1b", "ab"] {
            assert!(Key::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(parse_sequence("  "), Err(KeyError::Empty));
    }

    #[test]
    fn shift_is_part_of_a_character() {
        assert_eq!(Key::new(Code::Char('G'), false, false, true), Key::parse("G").unwrap());
        assert_eq!(Key::new(Code::Char('?'), false, false, true), Key::parse("?").unwrap());
        assert_eq!(Key::parse("Ctrl-R").unwrap().typed(), None);
        assert_eq!(Key::parse("G").unwrap().typed(), Some('G'));
    }

    fn any_code() -> impl Strategy<Value = Code> {
        prop_oneof![
            any::<char>().prop_filter("printable", |c| !c.is_control() && !c.is_whitespace()),
            proptest::strategy::Just(' '),
        ]
        .prop_map(Code::Char)
        .boxed()
        .prop_union((1_u8..=24).prop_map(Code::F).boxed())
        .or((0..NAMED.len()).prop_map(|at| NAMED[at].1).boxed())
    }

    proptest! {
        #[test]
        fn displayed_keys_parse_to_the_same_key(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
            let key = Key::new(code, ctrl, alt, shift);
            assert_eq!(Key::parse(&key.to_string()), Ok(key));
        }
    }
}
