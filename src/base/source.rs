//! Text files whose mistakes are told with file, line and column.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::text;

/// A text and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    path: PathBuf,
    text: String,
}

/// A place in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A place that a message points to: `sites.toml:12:3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Where in it; `None` for the file as a whole.
    pub position: Option<Position>,
}

impl SourceText {
    /// A text and the file that it stands in.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte offset; offsets beyond the end are the end.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line_at = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[line_at..]).chars().count() + 1;
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        Place { path: self.path.clone(), position: Some(Position { line, column }) }
    }

    /// The file as a whole.
    #[must_use]
    pub fn whole(&self) -> Place {
        Place { path: self.path.clone(), position: None }
    }

    /// The lines with the byte offset at which each begins, without their ends (LF or CR LF).
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut offset = 0;
        self.text.split_inclusive('\n').map(move |line| {
            let at = offset;
            offset += line.len();
            let line = line.strip_suffix('\n').unwrap_or(line);
            (at, line.strip_suffix('\r').unwrap_or(line))
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::visible(self.path.as_os_str().as_encoded_bytes()))?;
        match self.position {
            Some(position) => write!(f, ":{position}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let source = SourceText::new("a.toml", "ab\nüx = 1\n\nlast");
        for (offset, shown) in [
            (0, "a.toml:1:1"),
            (2, "a.toml:1:3"),
            (3, "a.toml:2:1"),
            (5, "a.toml:2:2"),
            (11, "a.toml:3:1"),
            (999, "a.toml:4:5"),
        ] {
            assert_eq!(source.place(offset).to_string(), shown, "{offset}");
        }
        assert_eq!(source.whole().to_string(), "a.toml");
    }

    #[test]
    fn lines_know_their_offsets() {
        let source = SourceText::new("a", "x\r\n\ny");
        assert_eq!(source.lines().collect::<Vec<_>>(), [(0, "x"), (3, ""), (4, "y")]);
    }
}
