//! The command palette and the menu: all actions by name or by group.

use crate::ui::action::{Action, Group, KeyContext, TABLE};
use crate::ui::model::overlay::{ListDialog, ListKind, ListRow, Overlay};
use crate::ui::model::{Model, read_only};

/// Opens the palette, or the menu if `grouped`.
pub fn open(model: &mut Model, grouped: bool) {
    let rows = rows(model, grouped, "");
    let cursor = rows.iter().position(|row| matches!(row, ListRow::Command(_))).unwrap_or(0);
    let kind = ListKind::Command { grouped };
    model.overlays.push(Overlay::List(ListDialog { rows, cursor, ..ListDialog::new(kind) }));
}

/// The commands that match the filter and are available in the focused area.
#[must_use]
pub fn rows(model: &Model, grouped: bool, typed: &str) -> Vec<ListRow> {
    let here = if model.in_queue { KeyContext::Queue } else { KeyContext::Panes };
    let available = |action| model.in_queue || read_only::refusal(model, action).is_none();
    let lines =
        || TABLE.iter().filter(|line| line.contexts.contains(&here) && available(line.action));
    if grouped && typed.is_empty() {
        let mut rows = Vec::new();
        for group in Group::ALL {
            let commands: Vec<ListRow> = lines()
                .filter(|line| line.group == group)
                .map(|line| ListRow::Command(line.action))
                .collect();
            if !commands.is_empty() {
                rows.push(ListRow::Heading(group));
                rows.extend(commands);
            }
        }
        return rows;
    }
    let mut found: Vec<(usize, Action)> = lines()
        .filter_map(|line| {
            let by_name = score(line.name, typed);
            // matches in the help text rank below all matches in the name
            let help = line.help.to_lowercase();
            let wanted = typed.to_lowercase();
            let in_help = || wanted.split_whitespace().all(|word| help.contains(word));
            let by_help = || in_help().then_some(1000);
            Some((by_name.or_else(by_help)?, line.action))
        })
        .collect();
    found.sort_by_key(|(score, _)| *score);
    found.into_iter().map(|(_, action)| ListRow::Command(action)).collect()
}

/// The cost of finding the typed letters in a text in their order; lower is better, `None` if they
/// are not found.
///
/// Letters at the start of a word and consecutive letters are cheap, gaps are expensive.
fn score(text: &str, typed: &str) -> Option<usize> {
    let mut cost = 0;
    let mut from = 0;
    let mut last: Option<usize> = None;
    for wanted in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let wanted = wanted.to_ascii_lowercase();
        let found = text[from..].char_indices().find(|(_, c)| c.to_ascii_lowercase() == wanted)?;
        let at = from + found.0;
        let starts_word = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        let follows = last.is_some_and(|last| last + 1 == at);
        if !follows {
            cost += if starts_word { 1 } else { 10 + found.0 };
        }
        last = Some(at);
        from = at + found.1.len_utf8();
    }
    Some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::ModelSetup;

    fn first(typed: &str) -> Option<ListRow> {
        rows(&Model::new(ModelSetup::default()), false, typed).into_iter().next()
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
            assert_eq!(first(typed), Some(ListRow::Command(action)), "{typed}");
        }
        assert_eq!(first("xyz"), None);
    }

    #[test]
    fn the_menu_lists_all_commands_of_the_context_under_headings() {
        let model = Model::new(ModelSetup::default());
        let menu = rows(&model, true, "");
        assert_eq!(menu[0], ListRow::Heading(Group::Files));
        let commands = menu.iter().filter(|row| matches!(row, ListRow::Command(_))).count();
        let here = TABLE.iter().filter(|line| line.contexts.contains(&KeyContext::Panes)).count();
        assert_eq!(commands, here);
    }
}
