//! The key bindings: the defaults of the action table, overridden by the user's `keymap.toml`.
//!
//! A line of the file names an action and lists all its keys: `copy = ["F5", "c"]`; `copy = []`
//! removes its keys. A key that the user assigns is removed from the action that has it by default.
//! An invalid line is skipped and reported with its number; the other lines apply.

use std::collections::BTreeMap;

use toml_edit::{Document, Item};

use crate::base::text;
use crate::ui::action::{Action, KeyContext, TABLE};
use crate::ui::key::{Key, KeyError, parse_sequence, show_sequence};

/// The default keys as a `keymap.toml`, for users to copy from.
pub const EXAMPLE: &str = include_str!("../../assets/keymap.toml");

/// The key bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: BTreeMap<(KeyContext, Vec<Key>), Action>,
}

/// The result of looking up the keys typed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMatch {
    /// They are bound to this action.
    Action(Action),
    /// They are the start of a longer sequence.
    Prefix,
    /// They are not bound.
    None,
}

/// An invalid line of `keymap.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct KeymapProblem {
    /// Counted from 1.
    pub line: usize,
    /// Why it is invalid.
    pub cause: KeymapError,
}

/// Why a line of `keymap.toml` is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// The file is not valid TOML; the default keys are used.
    #[error("{0}; the default keys are used")]
    Syntax(String),
    /// No action has this name.
    #[error("unknown action “{name}”{}", suggestion(.nearest.as_deref()))]
    UnknownAction {
        /// The name in the file.
        name: String,
        /// The action with the most similar name, if there is one.
        nearest: Option<&'static str>,
    },
    /// The value is neither a string nor a list of strings.
    #[error("“{0}” needs keys in quotes, such as [\"F5\", \"c\"]")]
    NotKeys(&'static str),
    /// A string is not a valid key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Two lines assign the same key.
    #[error("the key “{keys}” is already assigned to “{other}”")]
    Taken {
        /// The sequence that is assigned twice.
        keys: String,
        /// The action of the earlier line.
        other: &'static str,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean “{name}”?)"))
}

impl Default for Keymap {
    fn default() -> Self {
        let mut bindings = BTreeMap::new();
        for line in TABLE {
            // invalid keys of the table are ignored here; a test parses them all
            for keys in line.keys.iter().filter_map(|keys| parse_sequence(keys).ok()) {
                for context in line.contexts {
                    bindings.insert((*context, keys.clone()), line.action);
                }
            }
        }
        Self { bindings }
    }
}

impl Keymap {
    /// The default keys with a `keymap.toml` applied, and the invalid lines of that file.
    #[must_use]
    pub fn with_user(toml: &str) -> (Self, Vec<KeymapProblem>) {
        let mut keymap = Self::default();
        let document = match Document::parse(toml) {
            Ok(document) => document,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let cause = KeymapError::Syntax(text::visible_str(error.message()));
                return (keymap, vec![KeymapProblem { line: line_at(toml, at), cause }]);
            }
        };
        let mut problems = Vec::new();
        let mut by_user: BTreeMap<(KeyContext, Vec<Key>), Action> = BTreeMap::new();
        for (name, item) in document.iter() {
            let at = document
                .key(name)
                .and_then(toml_edit::Key::span)
                .or_else(|| item.span())
                .map_or(0, |span| span.start);
            let line = line_at(toml, at);
            let mut problem = |cause| problems.push(KeymapProblem { line, cause });
            let Some(action) = Action::named(name) else {
                let nearest = text::nearest(name, TABLE.iter().map(|line| line.name))
                    .and_then(Action::named)
                    .map(|action| action.info().name);
                problem(KeymapError::UnknownAction { name: text::visible_str(name), nearest });
                continue;
            };
            match sequences(action, item) {
                Ok(sequences) => {
                    if let Err(cause) = keymap.rebind(action, &sequences, &mut by_user) {
                        problem(cause);
                    }
                }
                Err(cause) => problem(cause),
            }
        }
        (keymap, problems)
    }

    /// Replaces the keys of an action.
    fn rebind(
        &mut self,
        action: Action,
        sequences: &[Vec<Key>],
        by_user: &mut BTreeMap<(KeyContext, Vec<Key>), Action>,
    ) -> Result<(), KeymapError> {
        let contexts = action.info().contexts;
        let wanted = || {
            sequences
                .iter()
                .flat_map(|keys| contexts.iter().map(move |context| (*context, keys.clone())))
        };
        for (context, keys) in wanted() {
            let taken = by_user.iter().find(|((c, k), other)| {
                *c == context && **other != action && is_ambiguous(k, &keys)
            });
            if let Some((_, other)) = taken {
                let other = other.info().name;
                return Err(KeymapError::Taken { keys: show_sequence(&keys), other });
            }
        }
        self.bindings.retain(|_, bound| *bound != action);
        for (context, keys) in wanted() {
            self.bindings.retain(|(c, k), _| *c != context || !is_ambiguous(k, &keys));
            self.bindings.insert((context, keys.clone()), action);
            by_user.insert((context, keys), action);
        }
        Ok(())
    }

    /// Looks up the keys typed so far; the first context that has a match wins.
    #[must_use]
    pub fn find(&self, contexts: &[KeyContext], typed: &[Key]) -> KeyMatch {
        for context in contexts {
            let from = (*context, typed.to_vec());
            // a sequence sorts directly before all longer sequences that it is a prefix of
            match self.bindings.range(from..).next() {
                Some(((c, keys), action)) if c == context && keys == typed => {
                    return KeyMatch::Action(*action);
                }
                Some(((c, keys), _)) if c == context && keys.starts_with(typed) => {
                    return KeyMatch::Prefix;
                }
                _ => {}
            }
        }
        KeyMatch::None
    }

    /// The keys of an action; its default keys come first, in the order of the table.
    #[must_use]
    pub fn keys_of(&self, action: Action) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for ((_, sequence), bound) in &self.bindings {
            let shown = show_sequence(sequence);
            if *bound == action && !keys.contains(&shown) {
                keys.push(shown);
            }
        }
        let rank =
            |key: &String| action.info().keys.iter().position(|k| k == key).unwrap_or(usize::MAX);
        keys.sort_by_key(rank);
        keys
    }
}

/// True if one sequence is a prefix of the other: the longer one could never be typed.
fn is_ambiguous(a: &[Key], b: &[Key]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn sequences(action: Action, item: &Item) -> Result<Vec<Vec<Key>>, KeymapError> {
    let wrong = || KeymapError::NotKeys(action.info().name);
    if let Some(keys) = item.as_str() {
        return Ok(vec![parse_sequence(keys)?]);
    }
    let mut sequences = Vec::new();
    for value in item.as_array().ok_or_else(wrong)? {
        sequences.push(parse_sequence(value.as_str().ok_or_else(wrong)?)?);
    }
    Ok(sequences)
}

/// The line of a byte offset, counted from 1.
fn line_at(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::ui::action::Group;

    fn find(keymap: &Keymap, context: KeyContext, keys: &str) -> KeyMatch {
        keymap.find(&[context], &parse_sequence(keys).unwrap())
    }

    #[test]
    fn default_keys_can_be_read_and_are_unambiguous() {
        let mut seen: Vec<(KeyContext, Vec<Key>, Action)> = Vec::new();
        for line in TABLE {
            assert!(!line.keys.is_empty(), "{} has no key", line.name);
            for keys in line.keys {
                let keys = parse_sequence(keys).unwrap();
                for context in line.contexts {
                    for (c, k, other) in &seen {
                        assert!(
                            c != context || !is_ambiguous(k, &keys),
                            "{} and {other:?} both use {} in {context:?}",
                            line.name,
                            show_sequence(&keys)
                        );
                    }
                    seen.push((*context, keys.clone(), line.action));
                }
            }
        }
    }

    /// The text of `assets/keymap.toml`.
    fn example_text() -> String {
        let mut example = String::from(
            "# The default keys of fxpane. Copy the lines that you want to change into\n\
             # keymap.toml in your configuration directory (`fxpane config path` prints it).\n\
             #\n\
             # One line per action, with all its keys: one character, F1 to F24, Enter, Esc, Tab, Space,\n\
             # Backspace, Del, Insert, Up, Down, Left, Right, Home, End, PgUp, PgDn, with Ctrl-, Alt- or\n\
             # Shift- in front. The keys of a sequence are separated by a space: \"g g\".\n\
             # [] removes all keys. A key that you assign to an action is removed from the action that\n\
             # has it by default.\n",
        );
        for group in Group::ALL {
            writeln!(example, "\n# {}", group.title()).unwrap();
            for line in TABLE.iter().filter(|line| line.group == group) {
                let keys: Vec<String> = line.keys.iter().map(|k| format!("{k:?}")).collect();
                let contexts: Vec<&str> = line.contexts.iter().map(|c| c.title()).collect();
                let binding = format!("{} = [{}]", line.name, keys.join(", "));
                let contexts = contexts.join(", ");
                writeln!(example, "{binding:<44} # {} ({contexts})", line.help).unwrap();
            }
        }
        example
    }

    #[test]
    fn the_example_matches_the_table() {
        if std::env::var_os("FXPANE_WRITE_ASSETS").is_some() {
            std::fs::write("assets/keymap.toml", example_text()).unwrap();
        }
        assert_eq!(
            EXAMPLE,
            example_text(),
            "run FXPANE_WRITE_ASSETS=1 cargo test the_example_matches to write assets/keymap.toml"
        );
        let (keymap, problems) = Keymap::with_user(EXAMPLE);
        assert_eq!(problems, []);
        assert_eq!(keymap, Keymap::default());
    }

    #[test]
    fn sequences_match_key_by_key() {
        let keymap = Keymap::default();
        assert_eq!(find(&keymap, KeyContext::Panes, "g"), KeyMatch::Prefix);
        assert_eq!(find(&keymap, KeyContext::Panes, "g g"), KeyMatch::Action(Action::First));
        assert_eq!(find(&keymap, KeyContext::Panes, "g x"), KeyMatch::None);
        assert_eq!(find(&keymap, KeyContext::Edit, "g"), KeyMatch::None);
        let space = parse_sequence("space").unwrap();
        assert_eq!(
            keymap.find(&[KeyContext::Form, KeyContext::Buttons], &space),
            KeyMatch::Action(Action::NextChoice)
        );
    }

    #[test]
    fn user_keys_override_default_keys() {
        let (keymap, problems) = Keymap::with_user("copy = \"y y\"\nmove = [\"g\"]\ndelete = []\n");
        assert_eq!(problems, []);
        assert_eq!(find(&keymap, KeyContext::Panes, "y y"), KeyMatch::Action(Action::Copy));
        assert_eq!(find(&keymap, KeyContext::Panes, "F5"), KeyMatch::None);
        assert_eq!(find(&keymap, KeyContext::Panes, "F8"), KeyMatch::None);
        // the user assigned `g`, so that no sequence can start with it
        assert_eq!(find(&keymap, KeyContext::Panes, "g"), KeyMatch::Action(Action::Move));
        assert_eq!(keymap.keys_of(Action::First), ["Home", "g g"]);
        assert_eq!(find(&keymap, KeyContext::Panes, "Home"), KeyMatch::Action(Action::First));
        assert_eq!(find(&keymap, KeyContext::Queue, "g g"), KeyMatch::Action(Action::First));
    }

    #[test]
    fn invalid_lines_are_reported_and_the_rest_applies() {
        let (keymap, problems) = Keymap::with_user(
            "copi = \"F5\"\nmove = 5\n\nquit = [\"Foo\"]\ncopy = \"y\"\nrename = \"y\"\n",
        );
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 4, "{shown:?}");
        assert_eq!(shown[0], "line 1: unknown action “copi” (did you mean “copy”?)");
        assert_eq!(shown[1], "line 2: “move” needs keys in quotes, such as [\"F5\", \"c\"]");
        assert!(shown[2].starts_with("line 4: “Foo” is not a valid key"), "{}", shown[2]);
        assert_eq!(shown[3], "line 6: the key “y” is already assigned to “copy”");
        assert_eq!(find(&keymap, KeyContext::Panes, "y"), KeyMatch::Action(Action::Copy));
        assert_eq!(find(&keymap, KeyContext::Panes, "q"), KeyMatch::Action(Action::Quit));
        assert_eq!(find(&keymap, KeyContext::Panes, "r"), KeyMatch::Action(Action::Rename));

        let (keymap, problems) = Keymap::with_user("copy = \"F5\"\nmove = [\n");
        assert_eq!(keymap, Keymap::default());
        assert_eq!(problems.len(), 1);
        assert!((2..=3).contains(&problems[0].line), "{problems:?}");
    }

    #[test]
    fn keys_are_listed_in_the_order_of_the_table() {
        assert_eq!(Keymap::default().keys_of(Action::Copy), ["F5", "c"]);
        assert_eq!(Keymap::default().keys_of(Action::CursorUp), ["Up", "k"]);
    }
}
