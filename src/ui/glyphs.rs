//! The characters that the screen is drawn with: Unicode, or ASCII for terminals without it.

/// A set of characters, each one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// The separator between the panes.
    pub vertical: &'static str,
    /// The bar of the queue panel.
    pub horizontal: &'static str,
    /// Corners of dialogs: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Sides of dialogs: horizontal, vertical.
    pub sides: [&'static str; 2],
    /// The line with the cursor.
    pub cursor: &'static str,
    /// The line with the cursor in the pane without the focus.
    pub cursor_idle: &'static str,
    /// A selected line.
    pub selected: &'static str,
    /// A selected line with the cursor.
    pub both: &'static str,
    /// The mark for text that was cut off.
    pub cut: &'static str,
    /// Between source and target.
    pub arrow: &'static str,
    /// The separator between tabs.
    pub tab: &'static str,
    /// States of files: running, waiting, held, done, skipped, failed, cancelled.
    pub states: [&'static str; 7],
    /// A filled and an empty cell of a progress bar.
    pub bar: [&'static str; 2],
    /// Bars of the speed graph, from low to high.
    pub spark: &'static [&'static str],
    /// The frames of the spinner.
    pub spinner: &'static [&'static str],
    /// A closed and an open folder.
    pub folder: [&'static str; 2],
    /// More lines above and below.
    pub more: [&'static str; 2],
    /// Sorted in ascending and descending order.
    pub sorted: [&'static str; 2],
    /// The mask of a password character.
    pub mask: &'static str,
    /// Around the current choice.
    pub choice: [&'static str; 2],
    /// The Tab key in hints.
    pub tab_key: &'static str,
}

/// Unicode box drawing, block and geometric characters.
pub const UNICODE: Glyphs = Glyphs {
    vertical: "┃",
    horizontal: "━",
    corners: ["┏", "┓", "┗", "┛"],
    sides: ["━", "┃"],
    cursor: "▸",
    cursor_idle: "▹",
    selected: "●",
    both: "◆",
    cut: "…",
    arrow: "→",
    tab: "▏",
    states: ["▶", "‖", "□", "✓", "–", "✗", "⊘"],
    bar: ["█", "░"],
    spark: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    spinner: &["⣾", "⣽", "⣻", "⢿", "⡿", "⣟", "⣯", "⣷"],
    folder: ["▸", "▾"],
    more: ["▲", "▼"],
    sorted: ["↑", "↓"],
    mask: "•",
    choice: ["‹", "›"],
    tab_key: "⇥",
};

/// ASCII characters only.
pub const ASCII: Glyphs = Glyphs {
    vertical: "|",
    horizontal: "-",
    corners: ["+", "+", "+", "+"],
    sides: ["-", "|"],
    cursor: ">",
    cursor_idle: "-",
    selected: "*",
    both: "#",
    cut: "~",
    arrow: ">",
    tab: "|",
    states: [">", "=", "o", "+", "-", "x", "/"],
    bar: ["#", "."],
    spark: &["_", ".", ":", "-", "=", "+", "*", "#"],
    spinner: &["|", "/", "-", "\\"],
    folder: ["+", "-"],
    more: ["^", "v"],
    sorted: ["^", "v"],
    mask: "*",
    choice: ["<", ">"],
    tab_key: "Tab",
};

impl Glyphs {
    /// The frame of the spinner at a time in milliseconds; it changes ten times per second.
    #[must_use]
    pub fn spin(&self, millis: u64) -> &'static str {
        let at = (millis / 100) as usize % self.spinner.len().max(1);
        self.spinner.get(at).copied().unwrap_or(" ")
    }

    /// The bar for a share of the highest speed, from 0 to 1.
    #[must_use]
    pub fn spark(&self, share: f64) -> &'static str {
        let steps = self.spark.len().saturating_sub(1);
        let at = (share.clamp(0.0, 1.0) * steps as f64).round() as usize;
        self.spark.get(at).copied().unwrap_or(" ")
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    #[test]
    fn every_glyph_is_one_cell_wide() {
        for set in [UNICODE, ASCII] {
            let mut all = vec![
                set.vertical,
                set.horizontal,
                set.cursor,
                set.cursor_idle,
                set.selected,
                set.both,
                set.cut,
                set.arrow,
                set.tab,
                set.mask,
            ];
            all.extend(set.corners.iter().chain(&set.sides).chain(&set.states).chain(&set.bar));
            all.extend(set.spark.iter().chain(set.spinner).chain(&set.folder).chain(&set.more));
            all.extend(set.sorted.iter().chain(&set.choice));
            for glyph in all {
                assert_eq!(glyph.width(), 1, "{glyph}");
            }
        }
        let ascii = format!("{ASCII:?}");
        assert!(ascii.is_ascii());
    }

    #[test]
    fn spinner_and_spark_stay_in_range() {
        assert_eq!(UNICODE.spin(0), "⣾");
        assert_eq!(UNICODE.spin(750), "⣷");
        assert_eq!(UNICODE.spin(u64::MAX), UNICODE.spin(u64::MAX));
        assert_eq!(UNICODE.spark(-1.0), "▁");
        assert_eq!(UNICODE.spark(f64::NAN), "▁");
        assert_eq!(UNICODE.spark(2.0), "█");
    }
}
