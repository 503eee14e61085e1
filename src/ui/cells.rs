//! Text measured and cut in terminal cells.
//!
//! Callers have already escaped the text for display (`base::text::visible`).

use unicode_width::UnicodeWidthStr as _;

/// The width of the text in cells.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The longest prefix that fits into `cells`, cut between characters.
///
/// Measured as a whole, because a character can widen or join the one before it.
#[must_use]
pub fn prefix(text: &str, cells: usize) -> &str {
    if text.width() <= cells {
        return text;
    }
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if text[..next].width() > cells {
            break;
        }
        end = next;
    }
    &text[..end]
}

/// The text in at most `cells`; if it is longer, `cut` replaces its end.
#[must_use]
pub fn fit(text: &str, cells: usize, cut: &str) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(cut.width());
    if cells < cut.width() {
        return String::new();
    }
    format!("{}{cut}", prefix(text, room))
}

/// The text in at most `cells`; if it is longer, `cut` replaces its start. For paths, whose end
/// matters more.
#[must_use]
pub fn fit_end(text: &str, cells: usize, cut: &str) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    if cells < cut.width() {
        return String::new();
    }
    let room = cells - cut.width();
    let start = text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| text[*at..].width() <= room)
        .unwrap_or(text.len());
    format!("{cut}{}", &text[start..])
}

/// Wraps a text into lines of at most `cells`, between words where possible.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let first = lines.len();
        let mut line = String::new();
        for (number, word) in paragraph.split(' ').enumerate() {
            let mut word = word;
            // leading spaces of a paragraph are kept: they may belong to a name
            let gap = usize::from(number > 0 && !line.is_empty());
            let gap = gap.max(usize::from(number > 0 && line.is_empty() && lines.len() == first));
            if line.width() + gap + word.width() <= cells {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            while word.width() > cells {
                let mut head = prefix(word, cells);
                if head.is_empty() {
                    // a character wider than the line gets a line of its own
                    head = &word[..word.chars().next().map_or(0, char::len_utf8)];
                }
                lines.push(head.to_owned());
                word = &word[head.len()..];
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Breaks a line into pieces of at most `cells`, at any character; keeps every character.
#[must_use]
pub fn hard_wrap(text: &str, cells: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.width() > cells.max(1) {
        let mut head = prefix(rest, cells.max(1));
        if head.is_empty() {
            // a character wider than the line gets a line of its own
            head = &rest[..rest.chars().next().map_or(0, char::len_utf8)];
        }
        pieces.push(head.to_owned());
        rest = &rest[head.len()..];
    }
    pieces.push(rest.to_owned());
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(fit("image.iso", 20, "…"), "image.iso");
        assert_eq!(fit("image.iso", 6, "…"), "image…");
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(fit("日本語", 5, "…"), "日本…");
        assert_eq!(fit("abc", 1, "…"), "…");
        assert_eq!(fit("abc", 0, "…"), "");
        assert_eq!(fit_end("/pub/releases", 9, "…"), "…releases");
        assert_eq!(fit_end("日本語", 4, "…"), "…語");
        assert_eq!(fit_end("日本語", 0, "…"), "");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij xy", 4), ["abcd", "efgh", "ij", "xy"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("  a  b", 8), ["  a  b"]);
        assert_eq!(wrap("日本", 1), ["日", "本", ""]);
    }

    proptest! {
        #[test]
        fn never_wider_than_requested(text in "\\PC{0,40}", cells in 0_usize..30) {
            assert!(width(&fit(&text, cells, "…")) <= cells);
            assert!(width(&fit_end(&text, cells, "…")) <= cells);
            if cells >= 2 {
                for line in wrap(&text, cells) {
                    assert!(width(&line) <= cells, "{line:?}");
                }
            }
        }
    }
}
