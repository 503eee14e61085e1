//! The command palette and the menu: all actions, by name or by group.

use crate::ui::action::{Action, Context, Group, TABLE};
use crate::ui::model::overlay::{Choose, ChooseRow, Choosing, Overlay};
use crate::ui::model::{Model, allowed};

/// Opens the palette, or grouped as a menu.
pub fn open(model: &mut Model, grouped: bool) {
    let rows = rows(model, grouped, "");
    let cursor = rows.iter().position(|row| matches!(row, ChooseRow::Command(_))).unwrap_or(0);
    let kind = Choosing::Command { grouped };
    model.overlays.push(Overlay::Choose(Choose { rows, cursor, ..Choose::new(kind) }));
}

/// The commands that fit what was typed; those that make sense where the user is.
#[must_use]
pub fn rows(model: &Model, grouped: bool, typed: &str) -> Vec<ChooseRow> {
    let here = if model.in_queue { Context::Queue } else { Context::Panes };
    let offered = |action| model.in_queue || allowed::refusal(model, action).is_none();
    let lines =
        || TABLE.iter().filter(|line| line.contexts.contains(&here) && offered(line.action));
    if grouped && typed.is_empty() {
        let mut rows = Vec::new();
        for group in Group::ALL {
            let commands: Vec<ChooseRow> = lines()
                .filter(|line| line.group == group)
                .map(|line| ChooseRow::Command(line.action))
                .collect();
            if !commands.is_empty() {
                rows.push(ChooseRow::Heading(group));
                rows.extend(commands);
            }
        }
        return rows;
    }
    let mut found: Vec<(usize, Action)> = lines()
        .filter_map(|line| {
            let by_name = score(line.name, typed);
            // words of the help find too, after all that the name finds
            let help = line.help.to_lowercase();
            let wanted = typed.to_lowercase();
            let in_help = || wanted.split_whitespace().all(|word| help.contains(word));
            let by_help = || in_help().then_some(1000);
            Some((by_name.or_else(by_help)?, line.action))
        })
        .collect();
    found.sort_by_key(|(score, _)| *score);
    found.into_iter().map(|(_, action)| ChooseRow::Command(action)).collect()
}

/// How well the typed letters are found in a text, in their order; less is better.
///
/// Letters at the beginnings of words and letters in a row cost nothing, gaps cost.
fn score(text: &str, typed: &str) -> Option<usize> {
    let mut cost = 0;
    let mut from = 0;
    let mut last: Option<usize> = None;
    for wanted in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let wanted = wanted.to_ascii_lowercase();
        let found = text[from..].char_indices().find(|(_, c)| c.to_ascii_lowercase() == wanted)?;
        let at = from + found.0;
        let begins = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        let follows = last.is_some_and(|last| last + 1 == at);
        if !follows {
            cost += if begins { 1 } else { 10 + found.0 };
        }
        last = Some(at);
        from = at + found.1.len_utf8();
    }
    Some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::Setup;

    fn first(typed: &str) -> Option<ChooseRow> {
        rows(&Model::new(Setup::default()), false, typed).into_iter().next()
    }

    #[test]
    fn finds_by_letters_in_order() {
        for (typed, action) in [
            ("copy", Action::Copy),
            ("mkd", Action::MakeDir),
            ("ren", Action::Rename),
            ("sort t", Action::SortTime),
            ("SortSize", Action::SortSize),
            ("quit", Action::Quit),
            ("url", Action::Connect),
        ] {
            assert_eq!(first(typed), Some(ChooseRow::Command(action)), "{typed}");
        }
        assert_eq!(first("xyz"), None);
    }

    #[test]
    fn the_menu_has_all_commands_of_the_place_under_headings() {
        let model = Model::new(Setup::default());
        let menu = rows(&model, true, "");
        assert_eq!(menu[0], ChooseRow::Heading(Group::Files));
        let commands = menu.iter().filter(|row| matches!(row, ChooseRow::Command(_))).count();
        let here = TABLE.iter().filter(|line| line.contexts.contains(&Context::Panes)).count();
        assert_eq!(commands, here);
    }
}
