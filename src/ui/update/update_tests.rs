//! Key presses on a screen without terminal and engine.

use super::*;
use crate::engine::{EventKind, FailureKind, Level, Question, SiteState};
use crate::net::{CertInfo, TrustedCert};
use crate::queue::{Exists, JobSpec};
use crate::site::SiteKey;
use crate::ui::fake::{Play, failure, file};
use crate::ui::model::msg::{LoginAnswer, Operation, OperationReply, PaneSide};
use crate::ui::model::overlay::{ListRow, PromptKind};

fn play() -> Play {
    Play::new(120, 40)
}

fn submitted(play: &mut Play) -> JobSpec {
    let specs: Vec<JobSpec> = play
        .take()
        .into_iter()
        .filter_map(|effect| match effect {
            UiEffect::Submit(spec) => Some(*spec),
            _ => None,
        })
        .collect();
    assert_eq!(specs.len(), 1, "{specs:?}");
    specs.into_iter().next().unwrap()
}

fn acts(play: &mut Play) -> Vec<Operation> {
    let operation = |effect| match effect {
        UiEffect::Run(_, operation) => Some(operation),
        _ => None,
    };
    play.take().into_iter().filter_map(operation).collect()
}

fn listed(play: &mut Play) -> Vec<String> {
    let at = |effect| match effect {
        UiEffect::List { at, .. } => Some(at.to_string()),
        _ => None,
    };
    play.take().into_iter().filter_map(at).collect()
}

fn status(play: &Play) -> String {
    play.model.status.as_ref().map(|status| status.text.clone()).unwrap_or_default()
}

fn question(play: &Play) -> &crate::ui::model::overlay::QuestionDialog {
    match play.model.overlays.last() {
        Some(Overlay::Question(question)) => question,
        other => panic!("expected a question, got {other:?}"),
    }
}

fn prompt(play: &Play) -> &crate::ui::model::overlay::Prompt {
    match play.model.overlays.last() {
        Some(Overlay::Prompt(prompt)) => prompt,
        other => panic!("expected a prompt, got {other:?}"),
    }
}

#[test]
fn two_selected_files_are_copied() {
    let mut play = play();
    play.keys("j j j Space Space F5 Enter");
    let spec = submitted(&mut play);
    assert_eq!(spec.kind, JobKind::Copy);
    let sources: Vec<String> = spec.sources.iter().map(|source| source.at.to_string()).collect();
    assert_eq!(
        sources,
        ["mirror-eu:/pub/releases/image-arm64.iso", "mirror-eu:/pub/releases/image-x86.iso"]
    );
    assert_eq!(spec.target, Some(play.location("nas:/incoming")));
    assert_eq!((spec.rename_to, spec.rules.exists), (false, Exists::Ask));
    assert_eq!(status(&play), "copying 2 files (2.93 GiB) to nas:/incoming");
    assert!(play.model.overlays.is_empty());
    assert!(play.selected().is_empty());
}

#[test]
fn typed_targets_are_interpreted_like_cp() {
    for (typed, target, renames) in [
        ("'old/'", "nas:/incoming/old/", false),
        ("'new.iso'", "nas:/incoming/new.iso", true),
        ("Ctrl-U 'mirror-eu:../x/'", "mirror-eu:/pub/x", false),
        ("Ctrl-U 'lonely:/there'", "lonely:/there", true),
    ] {
        let mut play = play();
        play.keys("G F5").keys(typed).keys("Enter");
        let spec = submitted(&mut play);
        assert_eq!(spec.sources.len(), 1);
        assert_eq!(spec.target, Some(play.location(target)), "{typed}");
        assert_eq!(spec.rename_to, renames, "{typed}");
    }
    let mut play = play();
    play.keys("G F5 Ctrl-U 'nowhere:/x' Enter");
    let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
    assert!(form.error.as_ref().unwrap().starts_with("no site is called “nowhere”"));
    play.keys("Esc");
    assert!(
        play.model.overlays.is_empty()
            && play.take().iter().all(|e| !matches!(e, UiEffect::Submit(_)))
    );
}

#[test]
fn copying_onto_or_into_the_source_is_refused() {
    let mut play = play();
    play.keys("= j F5 Enter");
    let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
    assert_eq!(form.error.as_deref(), Some("source and target are the same; type another target"));
    play.keys("Tab Enter");
    assert_eq!(play.model.overlays.len(), 1);
    play.keys("Esc j F5 Ctrl-U 'mirror-eu:/pub/releases/2026.2/x/' Enter");
    let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
    assert_eq!(
        form.error.as_deref(),
        Some("a directory cannot be copied into itself; type another target")
    );
}

#[test]
fn arrow_keys_change_the_rules() {
    let mut play = play();
    play.keys("G F5 Tab Right Right Down Right Down Left Enter");
    let rules = submitted(&mut play).rules;
    assert_eq!(rules.exists, Exists::Overwrite);
    assert_eq!(rules.verify, crate::queue::Verify::Checksum);
    assert_eq!(rules.via, crate::queue::ViaRule::Relay);
    play.keys("G F5 Shift-Tab Enter");
    assert!(play.take().iter().all(|effect| !matches!(effect, UiEffect::Submit(_))));
}

#[test]
fn keys_navigate_down_up_back_and_forward() {
    let mut play = play();
    play.keys("j j Enter");
    assert_eq!(play.current(), "mirror-eu:/pub/releases/2026.2");
    play.keys("Backspace");
    assert_eq!(
        (play.current().as_str(), play.under_cursor().as_str()),
        ("mirror-eu:/pub/releases", "2026.2")
    );
    play.keys("h");
    assert_eq!(play.current(), "mirror-eu:/pub");
    play.keys("Alt-Left");
    assert_eq!(play.current(), "mirror-eu:/pub/releases");
    play.keys("Alt-Left Alt-Right");
    assert_eq!(play.current(), "mirror-eu:/pub/releases");
    play.keys("Tab");
    assert_eq!(play.current(), "nas:/incoming");
    play.keys("w");
    assert_eq!((play.current().as_str(), play.model.active), ("nas:/incoming", PaneSide::Left));
}

#[test]
fn a_failed_listing_does_not_change_the_pane() {
    let mut play = play();
    play.keys("j Enter");
    assert_eq!(play.current(), "mirror-eu:/pub/releases");
    assert_eq!(status(&play), "cannot list mirror-eu:/pub/releases/2026.1: 550 No such directory");
    // an error stays until a key is pressed
    play.wait(60_000);
    assert!(play.model.status.is_some());
    play.keys("j");
    assert_eq!(status(&play), "");
}

#[test]
fn a_path_can_be_typed() {
    let mut play = play();
    play.keys("g d");
    assert_eq!(prompt(&play).input.text(), "/pub/releases");
    play.keys("Ctrl-U '..' Enter");
    assert_eq!(play.current(), "mirror-eu:/pub");
}

#[test]
fn addresses_are_added_to_the_history_without_password() {
    let mut play = play();
    play.keys("o 'nowhere:' Enter");
    assert!(prompt(&play).error.as_ref().unwrap().contains("no site is called"));
    play.keys("Ctrl-U 'ftp://bob:pw@h.example.com/x' Enter");
    assert_eq!(listed(&mut play), ["h.example.com:/x"]);
    play.keys("o Up");
    assert_eq!(prompt(&play).input.text(), "ftp://bob@h.example.com/x");
    assert!(!format!("{:?}", play.model.history).contains("pw"));
    play.keys("Down");
    assert_eq!(prompt(&play).input.text(), "");
    play.keys("Up Enter");
    let Some(UiEffect::List { at, .. }) = play.take().into_iter().next() else { panic!() };
    // the password is still known, though it is not shown
    assert_eq!(Some(&at), play.model.history.last().map(|entry| &entry.location));
}

#[test]
fn sites_are_filtered_and_opened_in_either_pane() {
    let mut play = play();
    play.keys("F2");
    let Some(Overlay::List(list_dialog)) = play.model.overlays.last() else { panic!() };
    assert_eq!(list_dialog.rows.len(), 6);
    play.keys("Down Left");
    let Some(Overlay::List(list_dialog)) = play.model.overlays.last() else { panic!() };
    assert!(matches!(&list_dialog.rows[1], ListRow::Folder { open: false, sites: 1, .. }));
    play.keys("Enter 'off nas' Enter");
    assert_eq!(play.current(), "nas:/incoming");
    play.keys("F2 'mirror' Tab");
    assert_eq!(
        play.model.pane(PaneSide::Right).at().unwrap().to_string(),
        "mirror-eu:/pub/releases"
    );
    assert_eq!(play.model.active, PaneSide::Left);
}

#[test]
fn selection_keys() {
    let mut play = play();
    play.keys("*");
    assert_eq!(play.selected(), ["image-arm64.iso", "image-x86.iso", "SHA256SUMS"]);
    play.keys("- Ctrl-U '*.iso' Enter");
    assert_eq!(play.selected(), ["SHA256SUMS"]);
    play.keys("+ Enter");
    assert_eq!(play.selected().len(), 5);
    assert_eq!(status(&play), "4 names selected");
    play.keys("u");
    assert!(play.selected().is_empty());
    play.keys("j Insert Insert");
    assert_eq!(play.selected(), ["2026.1", "2026.2"]);
}

#[test]
fn the_cursor_jumps_to_matches_while_typing() {
    let mut play = play();
    play.keys("/ 'im'");
    assert_eq!(play.under_cursor(), "image-arm64.iso");
    play.keys("Down");
    assert_eq!(play.under_cursor(), "image-x86.iso");
    play.keys("Up 'age-x'");
    assert_eq!(play.under_cursor(), "image-x86.iso");
    play.keys("'q'");
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Search(search)) if search.no_match));
    play.keys("Esc");
    assert_eq!(play.under_cursor(), "..");
    play.keys("/ 'iso' Enter n");
    assert_eq!(play.under_cursor(), "image-x86.iso");
    play.keys("n");
    assert_eq!(play.under_cursor(), "image-arm64.iso");
    play.keys("N");
    assert_eq!(play.under_cursor(), "image-x86.iso");
}

#[test]
fn filtering_and_hidden_names() {
    let mut play = play();
    play.keys("f 'iso'");
    assert_eq!(play.model.active_pane().rows(), 3);
    play.keys("Esc");
    assert_eq!(play.model.active_pane().rows(), 6);
    play.keys("f 'iso' Enter Esc");
    assert_eq!(play.model.active_pane().rows(), 6);
    play.keys(".");
    assert_eq!(play.model.active_pane().rows(), 7);
}

#[test]
fn sorting_keeps_the_cursor_on_its_entry() {
    let mut play = play();
    play.keys("G s s");
    assert_eq!(play.under_cursor(), "SHA256SUMS");
    assert_eq!(play.model.active_pane().cursor, 5);
    play.keys("s s");
    assert_eq!(play.model.active_pane().cursor, 3);
    play.keys("s q");
    assert_eq!(status(&play), "s q is not bound to an action here");
}

#[test]
fn creating_renaming_and_changing_permissions() {
    let mut play = play();
    play.keys("F7 Enter");
    assert!(prompt(&play).error.is_some());
    play.keys("'new' Enter");
    let created = acts(&mut play);
    assert_eq!(created, [Operation::MakeDir { at: play.location("mirror-eu:/pub/releases/new") }]);
    let ticket = play.model.operations[0].ticket;
    play.directories.get_mut("mirror-eu:/pub/releases").unwrap().push(file("new", 0, 2));
    play.send(Msg::OperationDone(ticket, Ok(OperationReply::Done)));
    // the directory is listed at once, with the cursor on the new name
    assert_eq!(listed(&mut play), ["mirror-eu:/pub/releases"]);
    assert_eq!(play.under_cursor(), "new");
    play.keys("Shift-F6 Ctrl-U 'SHA256SUMS' Enter");
    assert!(
        prompt(&play).error.as_ref().unwrap().contains("an entry with this name already exists")
    );
    play.keys("Ctrl-U 'old' Enter");
    let Operation::Rename { from, to } = &acts(&mut play)[0] else { panic!() };
    assert_eq!(
        (from.to_string(), to.to_string()),
        ("mirror-eu:/pub/releases/new".to_owned(), "/pub/releases/old".to_owned())
    );
    play.keys("P");
    assert_eq!(prompt(&play).input.text(), "644");
    play.keys("Ctrl-U '789' Enter Ctrl-U '600' Enter");
    assert!(matches!(&acts(&mut play)[0], Operation::Chmod { mode: 0o600, .. }));
    // the move key renames if both panes show the same directory
    play.keys("= F6");
    assert!(matches!(prompt(&play).kind, PromptKind::Rename { .. }));
}

#[test]
fn deleting_asks_with_a_summary() {
    let mut play = play();
    play.keys("j Space j Space F8");
    let question = question(&play);
    assert_eq!(question.body[0], "1 file (1.42 GiB) and 1 directory in mirror-eu:/pub/releases:");
    assert!(
        question.body.contains(&"Directories will be deleted with all their contents.".to_owned())
    );
    play.keys("Esc");
    assert!(play.take().is_empty());
    play.keys("Del Enter");
    let spec = submitted(&mut play);
    assert_eq!((spec.kind, spec.sources.len(), spec.target), (JobKind::Delete, 2, None));
    // a letter chooses the button that starts with it
    play.keys("G Del c");
    assert!(play.model.overlays.is_empty() && play.take().is_empty());
}

#[test]
fn unknown_certificates_are_asked_about_and_retried() {
    let mut play = play();
    play.answering = false;
    play.keys("F2 'lonely' Enter");
    play.take();
    let cert = |digits: &str| CertInfo { fingerprint: digits.repeat(32), validity: None };
    let kind = FailureKind::UnknownCertificate { shown: cert("ab"), trusted: None };
    play.answer(PaneSide::Left, Err(failure(kind, "self-signed certificate")));
    assert_eq!(question(&play).cursor, 0);
    // a key pressed before the question could be read is ignored
    play.keys("Enter");
    assert!(play.take().is_empty());
    play.wait(500);
    play.keys("Right Enter");
    let Some(UiEffect::List { answer, .. }) = play.take().pop() else { panic!() };
    let answer = answer.unwrap();
    assert!(
        matches!(answer, LoginAnswer::Trust { keep: true, ref site, .. } if site.0 == "lonely")
    );
    let trusted = TrustedCert { facts: cert("ab"), since: "2026-11-21".to_owned() };
    let kind =
        FailureKind::UnknownCertificate { shown: cert("cd"), trusted: Some(Box::new(trusted)) };
    play.answer(PaneSide::Left, Err(failure(kind, "another certificate")));
    assert_eq!(question(&play).cursor, 2);
    assert_eq!(question(&play).title, "The certificate has CHANGED");
    play.wait(500);
    play.keys("Enter");
    assert!(play.take().is_empty());
    assert!(play.model.overlays.is_empty());
}

#[test]
fn a_wrong_password_is_asked_for_again() {
    let mut play = play();
    play.answering = false;
    play.keys("F2 'lonely' Enter");
    play.take();
    play.answer(PaneSide::Left, Err(failure(FailureKind::Login, "530 Login incorrect")));
    assert_eq!(prompt(&play).label, "530 Login incorrect\nPassword of ann:");
    play.keys("Enter");
    assert!(play.take().is_empty());
    play.keys("'hunter2' Enter");
    let effects = play.take();
    assert!(!format!("{effects:?}").contains("hunter2"));
    let Some(UiEffect::List { answer: Some(LoginAnswer::Password(site, password)), .. }) =
        effects.last()
    else {
        panic!()
    };
    assert_eq!((site.0.as_str(), password.reveal()), ("lonely", "hunter2"));
}

#[test]
fn two_panes_on_one_site_ask_for_the_password_once() {
    let mut play = play();
    play.answering = false;
    play.keys("F2 'lonely' Enter F2 'lonely' Tab");
    play.model.panes[0].shown = None;
    play.model.panes[1].shown = None;
    play.take();
    for side in [PaneSide::Left, PaneSide::Right] {
        play.answer(side, Err(failure(FailureKind::Login, "530")));
    }
    assert_eq!(play.model.overlays.len(), 1);
    play.keys("'pw' Enter");
    assert_eq!(listed(&mut play).len(), 1);
    play.event(EventKind::Site {
        site: SiteKey("lonely".to_owned()),
        state: SiteState::Connected { tls: true, unverified: false },
    });
    assert_eq!(listed(&mut play).len(), 1);
    assert!(play.model.panes.iter().all(|pane| pane.wait.is_some()));
}

#[test]
fn a_failed_connection_offers_retry_and_another_address() {
    let mut play = play();
    play.answering = false;
    play.keys("F2 'lonely' Enter");
    play.answer(PaneSide::Left, Err(failure(FailureKind::Connect, "connection refused")));
    assert_eq!(question(&play).body[1], "connection refused");
    assert_eq!(question(&play).body[3], "Check the host and port of the site.");
    play.take();
    play.wait(500);
    play.keys("Enter");
    assert_eq!(listed(&mut play), ["lonely:"]);
    play.answer(PaneSide::Left, Err(failure(FailureKind::Connect, "connection refused")));
    play.wait(500);
    play.keys("o");
    assert_eq!(prompt(&play).kind, PromptKind::Connect);
}

#[test]
fn esc_stops_waiting_and_a_late_answer_is_ignored() {
    let mut play = play();
    play.answering = false;
    play.keys("j j Enter");
    let ticket = play.model.pane(PaneSide::Left).wait.as_ref().unwrap().ticket;
    play.take();
    play.keys("Esc");
    assert_eq!(play.take(), [UiEffect::Abandon(ticket)]);
    let late = play.model.pane(PaneSide::Right).shown.clone().unwrap();
    play.send(Msg::Listed(ticket, Ok(late.into())));
    assert_eq!(play.current(), "mirror-eu:/pub/releases");
}

#[test]
fn a_changed_directory_is_reloaded_keeping_cursor_and_selection() {
    let mut play = play();
    play.keys("j j j Space");
    play.wait(2_000);
    play.take();
    play.directories.get_mut("mirror-eu:/pub/releases").unwrap().insert(0, file("aaa", 1, 1));
    let at = play.location("mirror-eu:/pub/releases");
    play.event(EventKind::DirectoryChanged { at: at.clone() });
    assert_eq!(listed(&mut play), ["mirror-eu:/pub/releases"]);
    assert_eq!(play.under_cursor(), "image-x86.iso");
    assert_eq!(play.selected(), ["image-arm64.iso"]);
    // at most once per second, but no change is missed
    play.event(EventKind::DirectoryChanged { at: at.clone() });
    play.event(EventKind::DirectoryChanged { at });
    assert!(play.take().is_empty());
    play.wait(1_100);
    assert_eq!(listed(&mut play).len(), 1);
}

#[test]
fn a_change_during_a_listing_is_not_lost() {
    let mut play = play();
    play.wait(2_000);
    play.answering = false;
    let at = play.location("nas:/incoming");
    play.event(EventKind::DirectoryChanged { at: at.clone() });
    play.event(EventKind::DirectoryChanged { at });
    let shown = play.model.pane(PaneSide::Right).shown.clone().unwrap();
    play.take();
    play.answer(PaneSide::Right, Ok(shown));
    play.wait(1_100);
    assert_eq!(listed(&mut play), ["nas:/incoming"]);
}

#[test]
fn engine_questions_wait_until_the_prompt_is_closed() {
    let mut play = play();
    let question = Question {
        id: 7,
        text: "Overwrite README?".to_owned(),
        choices: vec!["Skip".to_owned(), "Overwrite".to_owned()],
    };
    play.keys("F7 'na'");
    play.event(EventKind::Question(question.clone()));
    play.keys("'me'");
    assert_eq!(prompt(&play).input.text(), "name");
    play.keys("Esc Enter");
    // the question appeared only a moment ago
    assert_eq!(play.model.overlays.len(), 1);
    play.take();
    play.wait(500);
    play.keys("o");
    assert_eq!(play.take(), [UiEffect::Answer { question: 7, choice: 1 }]);
    play.event(EventKind::Question(question));
    play.event(EventKind::Answered(7));
    assert!(play.model.overlays.is_empty());
}

#[test]
fn palette_and_menu_run_commands() {
    let mut play = play();
    play.keys(": 'sort-size' Enter");
    assert_eq!(play.model.active_pane().sort.key, SortKey::Size);
    play.keys("F9 Enter");
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Transfer(_)) | None));
    play.keys("Esc ? j j q");
    assert!(play.model.overlays.is_empty());
}

#[test]
fn pasted_text_goes_into_the_input() {
    let mut play = play();
    play.keys("F7");
    play.send(Msg::Paste("two words\nsecond line".to_owned()));
    assert_eq!(prompt(&play).input.text(), "two words");
    play.keys("Esc");
    play.send(Msg::Paste("q".to_owned()));
    assert!(play.take().is_empty());
}

#[test]
fn messages_expire() {
    let mut play = play();
    play.event(EventKind::Notice { level: Level::Warning, text: "careful".to_owned() });
    play.wait(9_000);
    assert_eq!(status(&play), "careful");
    play.wait(2_000);
    assert_eq!(status(&play), "");
}

#[test]
fn a_tiny_terminal_handles_every_key() {
    let mut play = Play::new(20, 5);
    play.keys("j F1 j Esc F2 Down Enter F5 Enter F9 Down Enter F12 j G Tab / 'x' Esc Esc Esc");
    play.send(Msg::Resize(1, 1));
    play.send(Msg::Resize(0, 0));
    play.keys("j k F12 F5 Esc G");
    play.send(Msg::Resize(500, 200));
    play.keys("j k G");
}

#[path = "queue_tests.rs"]
mod queue_tests;

#[path = "mouse_tests.rs"]
mod mouse_tests;
