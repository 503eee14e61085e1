//! Tests of the settings: example file, defaults, error messages.

use std::fmt::Write as _;

use super::*;

fn parse(text: &str) -> Result<Settings, Problems> {
    Settings::parse(&SourceText::new("config.toml", text))
}

/// The example file, generated from the table of settings.
fn example() -> String {
    let mut text = "\
# Settings of fxpane with their defaults.
#
# Copy this file to config.toml in the directory shown by `fxpane config path`, and keep only the
# lines that you change. Unknown keys are errors.
"
    .to_owned();
    let mut section = "";
    for field in SETTINGS {
        let (own, key) = field.name.split_once('.').unwrap();
        if own != section {
            write!(text, "\n[{own}]\n").unwrap();
            section = own;
        } else {
            text.push('\n');
        }
        for line in field.help.lines() {
            writeln!(text, "# {line}").unwrap();
        }
        let value = (field.get)(&Settings::default()).unwrap();
        writeln!(text, "{key} = {value}").unwrap();
    }
    text
}

#[test]
fn example_file_documents_every_setting_with_its_default() {
    // on a mismatch, copy the printed text to config.example.toml
    if EXAMPLE != example() {
        println!("{}", example());
    }
    assert!(EXAMPLE == example(), "config.example.toml is out of date");
    assert_eq!(parse(EXAMPLE).unwrap(), Settings::default());
    assert_eq!(parse("").unwrap(), Settings::default());
}

#[test]
fn every_setting_round_trips() {
    for field in SETTINGS {
        let mut changed = Settings::default();
        let tried = [
            "9",
            "true",
            "false",
            "\"debug\"",
            "\"rename\"",
            "\"off\"",
            "\"relay\"",
            "\"follow\"",
            "\"x\"",
        ];
        let value = tried
            .iter()
            .map(|text| text.parse::<Value>().unwrap())
            .find(|value| {
                (field.set)(&mut changed, value).is_ok() && changed != Settings::default()
            })
            .unwrap_or_else(|| panic!("{field:?} cannot be changed"));
        assert_eq!((field.get)(&changed).unwrap().to_string(), value.to_string(), "{field:?}");
        let (section, key) = field.name.split_once('.').unwrap();
        let text = format!("[{section}]\n{key} = {value}\n");
        assert_eq!(parse(&text).unwrap(), changed, "{text}");
    }
}

#[test]
fn errors_have_a_position_and_a_suggestion() {
    for (text, shown) in [
        (
            "[timeouts]\nconect = 3\n",
            "2:1: unknown key “timeouts.conect”; did you mean “timeouts.connect”?",
        ),
        ("exists = \"skip\"\n", "1:1: unknown key “exists”; did you mean “transfer.exists”?"),
        ("[timeout]\nreply = 3\n", "1:2: unknown key “timeout”; did you mean “timeouts”?"),
        ("qqq = 1\n", "1:1: unknown key “qqq”"),
        (
            "[timeouts]\n  reply = \"x\"",
            "2:11: “timeouts.reply” must be a whole number of seconds, 1 to 3600",
        ),
        (
            "[timeouts]\nreply = 0",
            "2:9: “timeouts.reply” must be a whole number of seconds, 1 to 3600",
        ),
        ("transfer = 3", "1:12: “transfer” must be a section, written [transfer]"),
        (
            "transfer.via = \"fast\"",
            "1:16: “transfer.via” must be one of \"auto\", \"direct\", \"relay\"",
        ),
        ("[[screen]]\nmouse = true", "1:1: “screen” must be a section, written [screen]"),
        ("[screen\nmouse = true", "1:8: not valid TOML: unclosed table, expected `]`"),
    ] {
        let problems = parse(text).unwrap_err();
        assert_eq!(problems.to_string(), format!("config.toml:{shown}"), "{text}");
    }
}

#[test]
fn all_errors_are_reported_in_file_order() {
    let problems = parse("[screen]\nmose = 1\nascii = 1\n[log]\nlevel = 5\n").unwrap_err();
    let lines: Vec<_> =
        problems.as_slice().iter().map(|p| p.place.position.unwrap().line).collect();
    assert_eq!(lines, [2, 3, 5]);
}

#[test]
fn values_on_the_command_line_need_no_quotes() {
    let set = |name: &str, text: &str| {
        let mut settings = Settings::default();
        let field = SETTINGS.iter().find(|field| field.name == name).unwrap();
        field.set_text(&mut settings, text).map(|()| settings)
    };
    assert_eq!(set("transfer.parallel", "8").unwrap().transfer.parallel, Some(8));
    assert_eq!(set("transfer.parallel", "auto").unwrap().transfer.parallel, None);
    assert_eq!(set("screen.theme", "42").unwrap().screen.theme, "42");
    assert!(!set("screen.mouse", "false").unwrap().screen.mouse);
    assert!(set("screen.mouse", "perhaps").is_err());
    assert!(set("timeouts.reply", "1.5").is_err());
}
