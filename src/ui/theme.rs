//! Colours by role: what a thing means, not where it stands, decides how it looks.
//!
//! A theme is a TOML file with one line a role: `selected = "bold yellow"`. The two built-in ones
//! are `assets/themes/default.toml`, which keeps to the 16 colours of the terminal, and
//! `mono.toml`, which has none and is used when `NO_COLOR` is set.

use ratatui::style::{Color, Modifier, Style};
use toml_edit::Document;

use crate::base::text;

/// The theme that is used without another.
pub const DEFAULT: &str = include_str!("../../assets/themes/default.toml");
/// The theme without colours.
pub const MONO: &str = include_str!("../../assets/themes/mono.toml");

macro_rules! roles {
    ($($role:ident $name:literal $meaning:literal)*) => {
        /// What a piece of the screen means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role {
            $(#[doc = $meaning] $role,)*
        }

        const ROLES: &[(Role, &str)] = &[$((Role::$role, $name),)*];
    };
}

roles! {
    Text "text" "Everything that is nothing else."
    Dim "dim" "What matters less: units, hints, what is unknown."
    Title "title" "The title of the pane that does not listen to keys."
    TitleActive "title-active" "The title of the pane or panel that listens."
    Heading "heading" "Headings of columns and groups."
    Border "border" "Lines between parts of the screen."
    Directory "directory" "Names of directories."
    Link "link" "Names of symbolic links."
    Special "special" "Names of devices and the like, and names that cannot be transferred."
    Selected "selected" "Selected entries."
    Cursor "cursor" "The line with the cursor where keys go."
    CursorSelected "cursor-selected" "The same line when it is selected."
    CursorIdle "cursor-idle" "The line with the cursor where keys do not go."
    Found "found" "The piece of a name that was searched for."
    Tab "tab" "A tab that is not shown."
    TabActive "tab-active" "The tab that is shown."
    Bar "bar" "The part of a progress bar that is done."
    BarRest "bar-rest" "The rest of it."
    Spinner "spinner" "What shows that something is going on."
    Good "good" "What went well."
    Warning "warning" "What is not as it should be."
    Bad "bad" "What went wrong."
    Secure "secure" "A protected connection."
    Insecure "insecure" "An unprotected connection."
    Key "key" "A key in a hint or in the help."
    Hint "hint" "What the key does."
    Dialog "dialog" "The inside of dialogs."
    DialogTitle "dialog-title" "Their title."
    DialogBorder "dialog-border" "Their border."
    Input "input" "A line to type in."
    InputActive "input-active" "The line that is being typed in."
    Button "button" "A button or choice."
    ButtonActive "button-active" "The button or choice that Enter would take."
    Chosen "chosen" "The choice that is set."
    Us "us" "In the log: what was sent."
    Server "server" "In the log: what the server said."
    Remark "remark" "In the log: remarks on the connection."
}

/// How each role looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: Vec<Style>,
}

/// What is wrong with a line of a theme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct ThemeProblem {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub cause: ThemeError,
}

/// What can be wrong in a theme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML; the default theme is used.
    #[error("{0}; the default theme is used")]
    Syntax(String),
    /// No role is called that.
    #[error("there is no role “{name}”{}", suggestion(.nearest))]
    UnknownRole {
        /// As written.
        name: String,
        /// The role with nearly that name.
        nearest: Option<&'static str>,
    },
    /// The value is no text.
    #[error("“{0}” needs a text, such as \"bold yellow on blue\"")]
    NotText(&'static str),
    /// A word of the value means nothing.
    #[error(
        "“{0}” is no colour or attribute; write black, red, green, yellow, blue, magenta, cyan, \
         white, gray, bright-red …, default, 0 to 255 or #rrggbb, with bold, dim, italic, \
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

    /// The default theme with a user's theme over it, and what is wrong with the file.
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

/// Reads `bold yellow on blue`.
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
    fn both_themes_know_every_role_and_nothing_else() {
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
    fn mono_has_no_colour_and_the_default_only_the_terminals_own() {
        for (role, name) in ROLES {
            let style = Theme::mono().style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{name}");
            for color in [Theme::default().style(*role).fg, Theme::default().style(*role).bg] {
                assert!(!matches!(color, Some(Color::Rgb(..) | Color::Indexed(_))), "{name}");
            }
        }
    }

    #[test]
    fn without_colour_everything_that_must_differ_differs() {
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
    fn a_users_theme_is_read_line_by_line() {
        let (theme, problems) = Theme::with_user(
            "selected = \"bold #ff8000 on 17\"\nselectet = \"red\"\nbad = 7\ngood = \"gren\"\n",
        );
        let style = theme.style(Role::Selected);
        assert_eq!(style.fg, Some(Color::Rgb(0xff, 0x80, 0)));
        assert_eq!(style.bg, Some(Color::Indexed(17)));
        assert!(style.add_modifier.contains(Modifier::BOLD));
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown[0], "line 2: there is no role “selectet” (did you mean “selected”?)");
        assert_eq!(shown[1], "line 3: “bad” needs a text, such as \"bold yellow on blue\"");
        assert!(shown[2].starts_with("line 4: “gren” is no colour"));
        assert_eq!(theme.style(Role::Good), Theme::default().style(Role::Good));
        assert_eq!(Theme::with_user("x = ").1.len(), 1);
    }
}
