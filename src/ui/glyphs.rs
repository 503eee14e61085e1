//! The signs that the screen is drawn with: Unicode, or ASCII for terminals that have no more.

/// A set of signs, each one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Between the panes.
    pub vertical: &'static str,
    /// The line of the queue panel.
    pub horizontal: &'static str,
    /// Corners of dialogs: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Sides of dialogs: horizontal, vertical.
    pub sides: [&'static str; 2],
    /// The line with the cursor.
    pub cursor: &'static str,
    /// The line with the cursor in the pane that does not listen to keys.
    pub cursor_idle: &'static str,
    /// A selected line.
    pub selected: &'static str,
    /// A selected line with the cursor.
    pub both: &'static str,
    /// What stands for what had no room.
    pub cut: &'static str,
    /// From one site to the other.
    pub arrow: &'static str,
    /// Between tabs.
    pub tab: &'static str,
    /// Items: running, waiting, held, done, skipped, failed, cancelled.
    pub states: [&'static str; 7],
    /// A cell of a progress bar that is done, and one that is not.
    pub bar: [&'static str; 2],
    /// Small and great speeds.
    pub spark: &'static [&'static str],
    /// What turns while something goes on.
    pub spinner: &'static [&'static str],
    /// A closed and an open folder.
    pub folder: [&'static str; 2],
    /// More lines above, more lines below.
    pub more: [&'static str; 2],
    /// Sorted upwards, downwards.
    pub sorted: [&'static str; 2],
    /// Stands for a typed character of a password.
    pub mask: &'static str,
    /// Around the choice that is set.
    pub choice: [&'static str; 2],
    /// The Tab key in hints.
    pub tab_key: &'static str,
}

/// Signs of Unicode's box drawing, block and geometric characters.
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

/// Signs of ASCII alone.
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
    /// The sign of the spinner at a time in milliseconds; it turns ten times a second.
    #[must_use]
    pub fn spin(&self, millis: u64) -> &'static str {
        let at = (millis / 100) as usize % self.spinner.len().max(1);
        self.spinner.get(at).copied().unwrap_or(" ")
    }

    /// The sign for a share of the greatest speed, from 0 to 1.
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
    fn every_sign_is_one_cell_wide() {
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
            for sign in all {
                assert_eq!(sign.width(), 1, "{sign}");
            }
        }
        let ascii = format!("{ASCII:?}");
        assert!(ascii.is_ascii());
    }

    #[test]
    fn spinner_and_spark_stay_inside() {
        assert_eq!(UNICODE.spin(0), "⣾");
        assert_eq!(UNICODE.spin(750), "⣷");
        assert_eq!(UNICODE.spin(u64::MAX), UNICODE.spin(u64::MAX));
        assert_eq!(UNICODE.spark(-1.0), "▁");
        assert_eq!(UNICODE.spark(f64::NAN), "▁");
        assert_eq!(UNICODE.spark(2.0), "█");
    }
}
