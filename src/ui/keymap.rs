//! Which keys do what: the default keys of the action table, with the user's `keymap.toml` over
//! them.
//!
//! A line of the file names an action and gives all its keys: `copy = ["F5", "c"]`; `copy = []`
//! takes its keys away. A key of the user's takes that key from whatever had it by default, and a
//! line that is wrong is left out and reported with its number while the rest counts.

use std::collections::BTreeMap;

use toml_edit::{Document, Item};

use crate::base::text;
use crate::ui::action::{Action, Context, TABLE};
use crate::ui::key::{Key, KeyError, parse_sequence, show_sequence};

/// The default keys written out as a `keymap.toml`, for users to copy from.
pub const EXAMPLE: &str = include_str!("../../assets/keymap.toml");

/// Which keys do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: BTreeMap<(Context, Vec<Key>), Action>,
}

/// What the keys typed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// They are an action's.
    Action(Action),
    /// They begin a longer sequence.
    Begun,
    /// They mean nothing.
    Nothing,
}

/// What is wrong with a line of `keymap.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct KeymapProblem {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub cause: KeymapError,
}

/// What can be wrong in `keymap.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// Not TOML; the default keys are used.
    #[error("{0}; the default keys are used")]
    Syntax(String),
    /// No action is called that.
    #[error("there is no action “{name}”{}", suggestion(.nearest.as_deref()))]
    UnknownAction {
        /// As written.
        name: String,
        /// The action with nearly that name.
        nearest: Option<&'static str>,
    },
    /// The value is neither a text nor a list of texts.
    #[error("“{0}” needs keys in quotes, such as [\"F5\", \"c\"]")]
    NotKeys(&'static str),
    /// A text names no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Two lines want the same key.
    #[error("the key “{keys}” is already given to “{other}”")]
    Taken {
        /// The keys.
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
            // a key of the table that cannot be read binds nothing; a test reads them all
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
    /// The default keys with a `keymap.toml` over them, and what is wrong with the file.
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
        let mut by_user: BTreeMap<(Context, Vec<Key>), Action> = BTreeMap::new();
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
                    .map(|action| action.line().name);
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

    /// Gives an action exactly these keys.
    fn rebind(
        &mut self,
        action: Action,
        sequences: &[Vec<Key>],
        by_user: &mut BTreeMap<(Context, Vec<Key>), Action>,
    ) -> Result<(), KeymapError> {
        let contexts = action.line().contexts;
        let wanted = || {
            sequences
                .iter()
                .flat_map(|keys| contexts.iter().map(move |context| (*context, keys.clone())))
        };
        for (context, keys) in wanted() {
            let taken = by_user.iter().find(|((c, k), other)| {
                *c == context && **other != action && in_each_others_way(k, &keys)
            });
            if let Some((_, other)) = taken {
                let other = other.line().name;
                return Err(KeymapError::Taken { keys: show_sequence(&keys), other });
            }
        }
        self.bindings.retain(|_, bound| *bound != action);
        for (context, keys) in wanted() {
            self.bindings.retain(|(c, k), _| *c != context || !in_each_others_way(k, &keys));
            self.bindings.insert((context, keys.clone()), action);
            by_user.insert((context, keys), action);
        }
        Ok(())
    }

    /// What the keys typed so far mean in the first of these contexts that knows them.
    #[must_use]
    pub fn find(&self, contexts: &[Context], typed: &[Key]) -> Found {
        for context in contexts {
            let from = (*context, typed.to_vec());
            // a sequence sorts right before all longer ones that begin with it
            match self.bindings.range(from..).next() {
                Some(((c, keys), action)) if c == context && keys == typed => {
                    return Found::Action(*action);
                }
                Some(((c, keys), _)) if c == context && keys.starts_with(typed) => {
                    return Found::Begun;
                }
                _ => {}
            }
        }
        Found::Nothing
    }

    /// The keys of an action, those of the table first and in its order.
    #[must_use]
    pub fn keys_of(&self, action: Action) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for ((_, sequence), bound) in &self.bindings {
            let shown = show_sequence(sequence);
            if *bound == action && !keys.contains(&shown) {
                keys.push(shown);
            }
        }
        let place =
            |key: &String| action.line().keys.iter().position(|k| k == key).unwrap_or(usize::MAX);
        keys.sort_by_key(place);
        keys
    }
}

/// True when one of two sequences begins with the other: the longer could never be typed.
fn in_each_others_way(a: &[Key], b: &[Key]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn sequences(action: Action, item: &Item) -> Result<Vec<Vec<Key>>, KeymapError> {
    let wrong = || KeymapError::NotKeys(action.line().name);
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

    fn find(keymap: &Keymap, context: Context, keys: &str) -> Found {
        keymap.find(&[context], &parse_sequence(keys).unwrap())
    }

    #[test]
    fn default_keys_can_be_read_and_are_unambiguous() {
        let mut seen: Vec<(Context, Vec<Key>, Action)> = Vec::new();
        for line in TABLE {
            assert!(!line.keys.is_empty(), "{} has no key", line.name);
            for keys in line.keys {
                let keys = parse_sequence(keys).unwrap();
                for context in line.contexts {
                    for (c, k, other) in &seen {
                        assert!(
                            c != context || !in_each_others_way(k, &keys),
                            "{} and {other:?} both want {} in {context:?}",
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
    fn written_out() -> String {
        let mut example = String::from(
            "# The keys of fxpane, as they are without this file. Copy what you want to change into\n\
             # keymap.toml in your configuration folder (`fxpane config path` says where).\n\
             #\n\
             # One line an action, with all its keys: one character, F1 to F24, Enter, Esc, Tab, Space,\n\
             # Backspace, Del, Insert, Up, Down, Left, Right, Home, End, PgUp, PgDn, with Ctrl-, Alt- or\n\
             # Shift- before it. Keys pressed one after the other are separated by a space: \"g g\".\n\
             # [] takes all keys away. A key that you give to an action is taken from the action that\n\
             # has it here.\n",
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
    fn the_example_says_what_the_table_says() {
        if std::env::var_os("FXPANE_WRITE_ASSETS").is_some() {
            std::fs::write("assets/keymap.toml", written_out()).unwrap();
        }
        assert_eq!(
            EXAMPLE,
            written_out(),
            "run FXPANE_WRITE_ASSETS=1 cargo test the_example_says to write assets/keymap.toml"
        );
        let (keymap, problems) = Keymap::with_user(EXAMPLE);
        assert_eq!(problems, []);
        assert_eq!(keymap, Keymap::default());
    }

    #[test]
    fn sequences_are_found_key_by_key() {
        let keymap = Keymap::default();
        assert_eq!(find(&keymap, Context::Panes, "g"), Found::Begun);
        assert_eq!(find(&keymap, Context::Panes, "g g"), Found::Action(Action::First));
        assert_eq!(find(&keymap, Context::Panes, "g x"), Found::Nothing);
        assert_eq!(find(&keymap, Context::Edit, "g"), Found::Nothing);
        let space = parse_sequence("space").unwrap();
        assert_eq!(
            keymap.find(&[Context::Form, Context::Buttons], &space),
            Found::Action(Action::NextChoice)
        );
    }

    #[test]
    fn the_users_keys_rule() {
        let (keymap, problems) = Keymap::with_user("copy = \"y y\"\nmove = [\"g\"]\ndelete = []\n");
        assert_eq!(problems, []);
        assert_eq!(find(&keymap, Context::Panes, "y y"), Found::Action(Action::Copy));
        assert_eq!(find(&keymap, Context::Panes, "F5"), Found::Nothing);
        assert_eq!(find(&keymap, Context::Panes, "F8"), Found::Nothing);
        // `g` is the user's now, so that nothing can begin with it
        assert_eq!(find(&keymap, Context::Panes, "g"), Found::Action(Action::Move));
        assert_eq!(keymap.keys_of(Action::First), ["Home", "g g"]);
        assert_eq!(find(&keymap, Context::Panes, "Home"), Found::Action(Action::First));
        assert_eq!(find(&keymap, Context::Queue, "g g"), Found::Action(Action::First));
    }

    #[test]
    fn wrong_lines_are_reported_and_the_rest_counts() {
        let (keymap, problems) = Keymap::with_user(
            "copi = \"F5\"\nmove = 5\n\nquit = [\"Foo\"]\ncopy = \"y\"\nrename = \"y\"\n",
        );
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 4, "{shown:?}");
        assert_eq!(shown[0], "line 1: there is no action “copi” (did you mean “copy”?)");
        assert_eq!(shown[1], "line 2: “move” needs keys in quotes, such as [\"F5\", \"c\"]");
        assert!(shown[2].starts_with("line 4: “Foo” is no key"), "{}", shown[2]);
        assert_eq!(shown[3], "line 6: the key “y” is already given to “copy”");
        assert_eq!(find(&keymap, Context::Panes, "y"), Found::Action(Action::Copy));
        assert_eq!(find(&keymap, Context::Panes, "q"), Found::Action(Action::Quit));
        assert_eq!(find(&keymap, Context::Panes, "r"), Found::Action(Action::Rename));

        let (keymap, problems) = Keymap::with_user("copy = \"F5\"\nmove = [\n");
        assert_eq!(keymap, Keymap::default());
        assert_eq!(problems.len(), 1);
        assert!((2..=3).contains(&problems[0].line), "{problems:?}");
    }

    #[test]
    fn keys_are_shown_in_the_order_of_the_table() {
        assert_eq!(Keymap::default().keys_of(Action::Copy), ["F5", "c"]);
        assert_eq!(Keymap::default().keys_of(Action::CursorUp), ["Up", "k"]);
    }
}
