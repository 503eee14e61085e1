//! Table entries that describe settings.

use std::fmt;

use toml_edit::{Item, TableLike};

use crate::base::{SourceText, text};
use crate::config::error::{Mistake, Problems};
use crate::config::value::{Expected, Value};

/// A setting that is stored in a `T`.
pub struct Field<T> {
    /// The key, with its sections separated by dots: `timeouts.connect`.
    pub name: &'static str,
    /// Its meaning and unit, for the example file and help.
    pub help: &'static str,
    /// Reads the value; `None` if it is not written to the file.
    pub get: fn(&T) -> Option<Value>,
    /// Sets the value, or returns which values are valid.
    pub set: fn(&mut T, &Value) -> Result<(), Expected>,
}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

impl<T> Field<T> {
    /// Sets a value that was typed on the command line: `3`, `yes`, `["a", "b"]`.
    ///
    /// Strings need no quotes.
    ///
    /// # Errors
    /// [`Expected`].
    pub fn set_text(&self, target: &mut T, text: &str) -> Result<(), Expected> {
        let typed = text.parse::<Value>().ok();
        let as_text = Some(Value::from(text));
        // `[1]` can be a list or a pattern, so try a list first; a quoted value is taken as in the
        // file
        let (first, second) = match &typed {
            Some(Value::InlineTable(_) | Value::String(_)) => (typed, None),
            Some(Value::Array(_)) => (typed, as_text),
            _ => (as_text, typed),
        };
        let mut result = Err(Expected::new("a value"));
        for value in [first, second].into_iter().flatten() {
            match (self.set)(target, &value) {
                Ok(()) => return Ok(()),
                Err(expected) => result = Err(expected),
            }
        }
        result
    }
}

/// Reads a table of settings into `target`; collects errors and continues.
pub fn apply<T>(
    fields: &[Field<T>],
    table: &dyn TableLike,
    target: &mut T,
    source: &SourceText,
    problems: &mut Problems,
) {
    apply_section(fields, "", table, target, source, problems);
}

fn apply_section<T>(
    fields: &[Field<T>],
    section: &str,
    table: &dyn TableLike,
    target: &mut T,
    source: &SourceText,
    problems: &mut Problems,
) {
    for (key, item) in table.iter() {
        let full = format!("{section}{key}");
        let key_span = table.key(key).and_then(toml_edit::Key::span);
        let inside = format!("{full}.");
        if let Some(field) = fields.iter().find(|field| field.name == full) {
            let value = item.clone().into_value();
            let result = value.map_or_else(
                |_| Err(Expected::new("a value")),
                |value| (field.set)(target, &value),
            );
            if let Err(expected) = result {
                let span = item.span().or(key_span);
                let place =
                    span.map_or_else(|| source.file_location(), |span| source.location(span.start));
                problems.push(place, Mistake::Value { key: full, expected });
            }
        } else if fields.iter().any(|field| field.name.starts_with(&inside)) {
            match item.as_table_like() {
                Some(table) => apply_section(fields, &inside, table, target, source, problems),
                None => {
                    let span = item.span().or(key_span);
                    let place =
                        span.map_or_else(|| source.file_location(), |at| source.location(at.start));
                    let expected = Expected::new(format!("a section, written [{full}]"));
                    problems.push(place, Mistake::Value { key: full, expected });
                }
            }
        } else {
            let place =
                key_span.map_or_else(|| source.file_location(), |span| source.location(span.start));
            let nearest = nearest(fields, section, key);
            problems.push(place, Mistake::UnknownKey { key: full, nearest });
        }
    }
}

/// A known key similar to `key` in the same section, else the same key in another section.
fn nearest<T>(fields: &[Field<T>], section: &str, key: &str) -> Option<String> {
    let here = fields
        .iter()
        .filter_map(|field| field.name.strip_prefix(section))
        .map(|rest| rest.split_once('.').map_or(rest, |(first, _)| first));
    if let Some(near) = text::nearest(key, here) {
        return Some(format!("{section}{near}"));
    }
    let elsewhere = |field: &&Field<T>| field.name.rsplit('.').next() == Some(key);
    fields.iter().find(elsewhere).map(|field| field.name.to_owned())
}

/// Writes the fields that differ from `default` to a table, and removes the others.
///
/// Existing keys keep their position and comments. Values that mean the same (`true` for `"yes"`),
/// including defaults, stay as the user wrote them.
pub fn write<T: Clone>(fields: &[Field<T>], table: &mut dyn TableLike, target: &T, default: &T) {
    for field in fields {
        let value = (field.get)(target);
        let written = table.get(field.name).map(|item| {
            let mut probe = default.clone();
            let value = item.clone().into_value().ok()?;
            (field.set)(&mut probe, &value).ok().and_then(|()| (field.get)(&probe))
        });
        match written {
            Some(old) if same(old.as_ref(), value.as_ref()) => continue,
            None if same((field.get)(default).as_ref(), value.as_ref()) => continue,
            _ => {}
        }
        match value {
            Some(value) if !same((field.get)(default).as_ref(), Some(&value)) => {
                put(table, field.name, value);
            }
            _ => {
                table.remove(field.name);
            }
        }
    }
}

fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            // keep the comment after the value
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(other) => *other = Item::Value(value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// True if two values mean the same, regardless of notation.
fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => plain(a) == plain(b),
        _ => false,
    }
}

/// The value in a canonical notation, without comments and whitespace.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(number) => number.value().to_string(),
        Value::Boolean(truth) => truth.value().to_string(),
        Value::Array(list) => {
            let list: Vec<_> = list.iter().map(plain).collect();
            format!("[{}]", list.join(","))
        }
        Value::InlineTable(table) => {
            let mut pairs: Vec<_> =
                table.iter().map(|(key, value)| format!("{key:?}={}", plain(value))).collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Float(number) => number.value().to_string(),
        Value::Datetime(time) => time.value().to_string(),
    }
}
