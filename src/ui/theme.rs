//! Colours by role: the meaning of an element, not its position, decides its style.
//!
//! A theme is a TOML file with one line per role: `selected = "bold yellow"`. There are two
//! built-in themes: `assets/themes/default.toml` uses only the 16 colours of the terminal, and
//! `mono.toml` has no colours and is used if `NO_COLOR` is set.

use ratatui::style::{Color, Modifier, Style};
use toml_edit::Document;

use crate::base::text;

/// The default theme.
pub const DEFAULT: &str = include_str!("../../assets/themes/default.toml");
/// The theme without colours.
pub const MONO: &str = include_str!("../../assets/themes/mono.toml");

macro_rules! roles {
    ($($role:ident $name:literal $meaning:literal)*) => {
        /// The meaning of an element of the screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role {
            $(#[doc = $meaning] $role,)*
        }

        const ROLES: &[(Role, &str)] = &[$((Role::$role, $name),)*];
    };
}

roles! {
    Text "text" "Text without another role."
    Dim "dim" "Less important text: units, hints, unknown values."
    Title "title" "The title of the pane without the focus."
    TitleActive "title-active" "The title of the pane or panel with the focus."
    Heading "heading" "Headings of columns and sections."
    Border "border" "Lines between areas of the screen."
    Directory "directory" "Names of directories."
    Link "link" "Names of symbolic links."
    Special "special" "Names of special files, and names that cannot be transferred."
    Selected "selected" "Selected entries."
    Cursor "cursor" "The line with the cursor in the focused area."
    CursorSelected "cursor-selected" "The line with the cursor, if it is selected."
    CursorIdle "cursor-idle" "The line with the cursor in an area without the focus."
    Found "found" "The part of a name that matches the search."
    Tab "tab" "An inactive tab."
    TabActive "tab-active" "The active tab."
    Bar "bar" "The filled part of a progress bar."
    BarRest "bar-rest" "The empty part of a progress bar."
    Spinner "spinner" "The spinner and its text."
    Good "good" "Successful results."
    Warning "warning" "Warnings."
    Bad "bad" "Errors."
    Secure "secure" "An encrypted connection."
    Insecure "insecure" "An unencrypted connection."
    Key "key" "A key in a hint or in the help."
    Hint "hint" "The text of a hint."
    Dialog "dialog" "The background of dialogs."
    DialogTitle "dialog-title" "The title of dialogs."
    DialogBorder "dialog-border" "The border of dialogs."
    Input "input" "A text input without the focus."
    InputActive "input-active" "The text input with the focus."
    Button "button" "A button or choice."
    ButtonActive "button-active" "The button or choice that Enter activates."
    Chosen "chosen" "The current choice."
    Us "us" "In the log: commands sent by fxpane."
    Server "server" "In the log: replies of the server."
    Remark "remark" "In the log: remarks on the connection."
}

/// The style of each role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: Vec<Style>,
}

/// An invalid line of a theme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct ThemeProblem {
    /// Counted from 1.
    pub line: usize,
    /// Why it is invalid.
    pub cause: ThemeError,
}

/// Why a line of a theme is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// The file is not valid TOML; the default theme is used.
    #[error("{0}; the default theme is used")]
    Syntax(String),
    /// No role has this name.
    #[error("unknown role “{name}”{}", suggestion(.nearest))]
    UnknownRole {
        /// The name in the file.
        name: String,
        /// The role with the most similar name, if there is one.
        nearest: Option<&'static str>,
    },
    /// The value is not a string.
    #[error("“{0}” needs a string, such as \"bold yellow on blue\"")]
    NotText(&'static str),
    /// A word of the value is not a colour or attribute.
    #[error(
        "“{0}” is not a valid colour or attribute; use black, red, green, yellow, blue, \
         magenta, cyan, white, gray, bright-red …, default, 0 to 255 or #rrggbb, with bold, dim, italic, \
         underline or reverse"
    )]
    UnknownWord(String),
}

fn suggestion(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean “{name}”?)"))
}

impl Default for Theme {
    fn default() -> Self {
        Self::read(DEFAULT, Self::plain()).0
    }
}

impl Theme {
    /// The theme without colours.
    #[must_use]
    pub fn mono() -> Self {
        Self::read(MONO, Self::plain()).0
    }

    /// The default theme with a user's theme applied, and the invalid lines of that file.
    #[must_use]
    pub fn with_user(toml: &str) -> (Self, Vec<ThemeProblem>) {
        Self::read(toml, Self::default())
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    fn plain() -> Self {
        Self { styles: vec![Style::new(); ROLES.len()] }
    }

    fn read(toml: &str, mut theme: Self) -> (Self, Vec<ThemeProblem>) {
        let line_at = |at| toml.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1;
        let document = match Document::parse(toml) {
            Ok(document) => document,
            Err(error) => {
                let line = line_at(error.span().map_or(0, |span| span.start));
                let cause = ThemeError::Syntax(text::visible_str(error.message()));
                return (theme, vec![ThemeProblem { line, cause }]);
            }
        };
        let mut problems = Vec::new();
        for (name, item) in document.iter() {
            let at = document.key(name).and_then(toml_edit::Key::span).map_or(0, |span| span.start);
            let outcome = match ROLES.iter().find(|(_, known)| *known == name) {
                None => Err(unknown_role(name)),
                Some((role, known)) => item
                    .as_str()
                    .ok_or(ThemeError::NotText(known))
                    .and_then(|text| parse_style(text).map(|style| (*role, style))),
            };
            match outcome {
                Ok((role, style)) => theme.styles[role as usize] = style,
                Err(cause) => problems.push(ThemeProblem { line: line_at(at), cause }),
            }
        }
        (theme, problems)
    }
}

fn unknown_role(name: &str) -> ThemeError {
    let nearest = text::nearest(name, ROLES.iter().map(|(_, known)| *known))
        .and_then(|near| ROLES.iter().find(|(_, known)| *known == near))
        .map(|(_, known)| *known);
    ThemeError::UnknownRole { name: text::visible_str(name), nearest }
}

/// Parses a style such as `bold yellow on blue`.
fn parse_style(text: &str) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        style = match word {
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underline" => style.add_modifier(Modifier::UNDERLINED),
            "reverse" => style.add_modifier(Modifier::REVERSED),
            "on" => style.bg(parse_color(words.next().unwrap_or_default())?),
            color => style.fg(parse_color(color)?),
        };
    }
    Ok(style)
}

fn parse_color(word: &str) -> Result<Color, ThemeError> {
    Ok(match word {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "gray" | "grey" | "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => {
            let unknown = || ThemeError::UnknownWord(text::visible_str(word));
            if let Some(hex) = word.strip_prefix('#').filter(|hex| hex.len() == 6) {
                let rgb = u32::from_str_radix(hex, 16).map_err(|_| unknown())?;
                let [_, red, green, blue] = rgb.to_be_bytes();
                Color::Rgb(red, green, blue)
            } else {
                Color::Indexed(word.parse().map_err(|_| unknown())?)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_themes_define_exactly_the_known_roles() {
        for toml in [DEFAULT, MONO] {
            let (_, problems) = Theme::read(toml, Theme::plain());
            assert_eq!(problems, []);
            let document = Document::parse(toml).unwrap();
            for (_, name) in ROLES {
                assert!(document.contains_key(name), "{name} is missing");
            }
        }
    }

    #[test]
    fn mono_has_no_colours_and_the_default_only_terminal_colours() {
        for (role, name) in ROLES {
            let style = Theme::mono().style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{name}");
            for color in [Theme::default().style(*role).fg, Theme::default().style(*role).bg] {
                assert!(!matches!(color, Some(Color::Rgb(..) | Color::Indexed(_))), "{name}");
            }
        }
    }

    #[test]
    fn roles_can_be_distinguished_without_colours() {
        let mono = Theme::mono();
        for (a, b) in [
            (Role::Title, Role::TitleActive),
            (Role::Cursor, Role::CursorIdle),
            (Role::Cursor, Role::CursorSelected),
            (Role::Cursor, Role::Text),
            (Role::Selected, Role::Text),
            (Role::Tab, Role::TabActive),
            (Role::Button, Role::ButtonActive),
        ] {
            assert_ne!(mono.style(a), mono.style(b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn invalid_lines_of_a_user_theme_are_reported() {
        let (theme, problems) = Theme::with_user(
            "selected = \"bold #ff8000 on 17\"\nselectet = \"red\"\nbad = 7\ngood = \"gren\"\n",
        );
        let style = theme.style(Role::Selected);
        assert_eq!(style.fg, Some(Color::Rgb(0xff, 0x80, 0)));
        assert_eq!(style.bg, Some(Color::Indexed(17)));
        assert!(style.add_modifier.contains(Modifier::BOLD));
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown[0], "line 2: unknown role “selectet” (did you mean “selected”?)");
        assert_eq!(shown[1], "line 3: “bad” needs a string, such as \"bold yellow on blue\"");
        assert!(shown[2].starts_with("line 4: “gren” is not a valid colour"));
        assert_eq!(theme.style(Role::Good), Theme::default().style(Role::Good));
        assert_eq!(Theme::with_user("x = ").1.len(), 1);
    }
}
