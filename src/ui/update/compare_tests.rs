//! Comparing the panes, and unlocking the vault.

use super::*;
use crate::base::Stamp;
use crate::engine::FailureKind;
use crate::ui::fake::{Play, dir, failure, file};
use crate::ui::model::msg::{LoginAnswer, PaneSide};
use crate::ui::model::overlay::PromptKind;

fn play() -> Play {
    let mut play = Play::new(120, 40);
    let at = |name: &str, size, seconds: &str| {
        let mut entry = file(name, size, 1);
        entry.mtime = Stamp::from_digits(seconds);
        entry
    };
    let here = vec![
        dir("both", 2026),
        file("only-here", 1, 1),
        file("same", 5, 1),
        file("larger", 7, 1),
        at("newer", 3, "20261121093005"),
        at("older", 3, "20251121093005"),
    ];
    let there = vec![
        dir("both", 2025),
        dir("only-there", 2026),
        file("same", 5, 9),
        file("larger", 6, 1),
        at("newer", 3, "20261121093000"),
        at("older", 3, "20251121093006"),
    ];
    play.directories.insert("mirror-eu:/pub/releases".to_owned(), here);
    play.directories.insert("nas:/incoming".to_owned(), there);
    play.keys("Ctrl-R Tab Ctrl-R Tab");
    play
}

fn selected(play: &mut Play) -> [Vec<String>; 2] {
    [PaneSide::Left, PaneSide::Right].map(|side| {
        play.model.active = side;
        play.selected()
    })
}

#[test]
fn differences_are_selected() {
    let mut play = play();
    play.keys("D Enter");
    assert_eq!(selected(&mut play), [vec!["larger", "only-here"], vec!["only-there", "larger"]]);
    play.keys("D t");
    assert_eq!(
        selected(&mut play),
        [vec!["larger", "newer", "only-here"], vec!["only-there", "larger", "same"]]
    );
    play.keys("D n");
    assert_eq!(selected(&mut play), [vec!["only-here"], vec!["only-there"]]);
    play.keys("= D s");
    assert_eq!(play.model.status.as_ref().unwrap().text, "no differences between the panes");
}

#[test]
fn the_vault_is_unlocked_once_for_both_panes() {
    let mut play = Play::new(120, 40);
    for pane in &mut play.model.panes {
        *pane = crate::ui::model::pane::Pane::default();
    }
    play.answering = false;
    play.open(PaneSide::Left, "mirror-eu:");
    play.open(PaneSide::Right, "nas:");
    let locked = || failure(FailureKind::VaultLocked, "the vault is locked");
    play.answer(PaneSide::Left, Err(locked()));
    play.answer(PaneSide::Right, Err(locked()));
    assert_eq!(play.model.overlays.len(), 1);
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert!(matches!(prompt.kind, PromptKind::Passphrase(_)) && prompt.input.is_masked());
    play.take();
    play.answering = true;
    play.keys("'open sesame' Enter");
    let answers: Vec<_> = play
        .take()
        .into_iter()
        .filter_map(|effect| match effect {
            UiEffect::List { at, answer, .. } => Some((at.to_string(), answer.is_some())),
            _ => None,
        })
        .collect();
    assert!(answers.contains(&("mirror-eu:/pub/releases".to_owned(), true)), "{answers:?}");
    assert!(answers.contains(&("nas:/incoming".to_owned(), false)), "{answers:?}");
    assert!(!matches!(LoginAnswer::Passphrase("x".into()), LoginAnswer::Password(..)));
}
