//! Text files whose errors are reported with file, line and column.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::text;

/// The text of a file and the file's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    path: PathBuf,
    text: String,
}

/// A position in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A location that a message refers to: `sites.toml:12:3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file.
    pub path: PathBuf,
    /// The position in it; `None` for the file as a whole.
    pub position: Option<Position>,
}

impl SourceText {
    /// The text of the file at `path`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The location of a byte offset; an offset beyond the end yields the end.
    #[must_use]
    pub fn location(&self, offset: usize) -> SourceLocation {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line_at = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[line_at..]).chars().count() + 1;
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        SourceLocation { path: self.path.clone(), position: Some(Position { line, column }) }
    }

    /// The location of the file as a whole.
    #[must_use]
    pub fn file_location(&self) -> SourceLocation {
        SourceLocation { path: self.path.clone(), position: None }
    }

    /// The lines without their line ends (LF or CR LF), each with the byte offset at which it
    /// begins.
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

impl fmt::Display for SourceLocation {
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
    fn locations_count_lines_and_characters() {
        let source = SourceText::new("a.toml", "ab\nüx = 1\n\nlast");
        for (offset, shown) in [
            (0, "a.toml:1:1"),
            (2, "a.toml:1:3"),
            (3, "a.toml:2:1"),
            (5, "a.toml:2:2"),
            (11, "a.toml:3:1"),
            (999, "a.toml:4:5"),
        ] {
            assert_eq!(source.location(offset).to_string(), shown, "{offset}");
        }
        assert_eq!(source.file_location().to_string(), "a.toml");
    }

    #[test]
    fn lines_have_byte_offsets() {
        let source = SourceText::new("a", "x\r\n\ny");
        assert_eq!(source.lines().collect::<Vec<_>>(), [(0, "x"), (3, ""), (4, "y")]);
    }
}
