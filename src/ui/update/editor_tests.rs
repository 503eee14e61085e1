//! Editing and viewing files, and read-only sites.

use std::sync::Arc;

use super::*;
use crate::base::RemotePath;
use crate::engine::Head;
use crate::site::{Location, Site};
use crate::ui::fake::Play;
use crate::ui::model::msg::{Draft, Operation, OperationReply, PaneSide};
use crate::ui::model::overlay::TextLine;

fn play() -> Play {
    let mut play = Play::new(120, 40);
    play.keys("G");
    play
}

/// Answers the last operation and returns it.
fn answer(play: &mut Play, reply: OperationReply) -> Operation {
    let running = play.model.operations.last().cloned().unwrap();
    play.take();
    play.send(Msg::OperationDone(running.ticket, Ok(reply)));
    running.operation
}

fn draft(play: &Play) -> Box<Draft> {
    let at = play.location("mirror-eu:/pub/releases/SHA256SUMS");
    Box::new(Draft { at, file: "/tmp/x/SHA256SUMS".into(), before: (Some(712), None) })
}

fn status(play: &Play) -> String {
    play.model.status.as_ref().map(|status| status.text.clone()).unwrap_or_default()
}

#[test]
fn an_edited_file_is_uploaded_to_its_location() {
    let mut play = play();
    play.keys("F4");
    let file = draft(&play);
    let operation = answer(&mut play, OperationReply::Draft(file.clone()));
    assert_eq!(operation, Operation::Fetch { at: file.at.clone() });
    assert_eq!(play.take(), [UiEffect::Edit(file.clone())]);
    play.send(Msg::Edited(file.clone(), Ok(true)));
    let operation = answer(&mut play, OperationReply::Done);
    let to = file.at.clone();
    assert_eq!(operation, Operation::PutBack { draft: file.clone(), to, anyway: false });
    assert!(play.take().contains(&UiEffect::Discard(file)));
    assert_eq!(status(&play), "saved mirror-eu:/pub/releases/SHA256SUMS");
}

#[test]
fn an_unchanged_file_is_not_uploaded() {
    let mut play = play();
    let file = draft(&play);
    play.send(Msg::Edited(file.clone(), Ok(false)));
    assert_eq!(play.take(), [UiEffect::Discard(file)]);
    assert!(play.model.operations.is_empty());
}

#[test]
fn a_change_on_the_server_is_asked_about() {
    let file = draft(&play());
    for (key, to, anyway) in [
        ("r", "mirror-eu:/pub/releases/SHA256SUMS", true),
        ("s", "mirror-eu:/pub/releases/SHA256SUMS.edited", true),
    ] {
        let mut play = play();
        play.send(Msg::Edited(file.clone(), Ok(true)));
        answer(&mut play, OperationReply::Conflict(file.clone()));
        play.wait(500);
        play.keys(key);
        let operation = play.model.operations.last().map(|running| running.operation.clone());
        let to = play.location(to);
        assert_eq!(operation, Some(Operation::PutBack { draft: file.clone(), to, anyway }));
    }
    let mut play = play();
    play.send(Msg::Edited(file.clone(), Ok(true)));
    answer(&mut play, OperationReply::Conflict(file));
    play.wait(500);
    play.keys("Esc");
    assert!(play.model.operations.is_empty() && play.model.overlays.is_empty());
}

#[test]
fn the_path_of_a_kept_local_file_is_shown() {
    let mut play = play();
    let file = draft(&play);
    play.send(Msg::Edited(file.clone(), Ok(true)));
    answer(&mut play, OperationReply::Conflict(file));
    play.wait(500);
    play.keys("k");
    assert_eq!(status(&play), "not saved on the server; your version is in /tmp/x/SHA256SUMS");
}

#[test]
fn a_file_is_viewed() {
    let mut play = play();
    play.keys("F3");
    let head = Head { bytes: b"one\n  two".to_vec(), whole: false };
    answer(&mut play, OperationReply::Head(head));
    let Some(Overlay::Text(text_dialog)) = play.model.overlays.last() else { panic!() };
    assert_eq!(text_dialog.title, "SHA256SUMS");
    assert_eq!(text_dialog.lines[1], TextLine::Verbatim("  two".to_owned()));
    assert_eq!(
        text_dialog.lines[3],
        TextLine::Text("Showing the first 64.0 KiB of 712 B.".to_owned())
    );
    // directories show their properties
    play.keys("Esc Home j F3");
    let Some(Overlay::Text(text_dialog)) = play.model.overlays.last() else { panic!() };
    assert_eq!(text_dialog.title, "Properties");
}

#[test]
fn a_read_only_site_allows_no_changes() {
    let mut play = Play::new(200, 40);
    let mut site = Site::new("ro.example.net");
    (site.name, site.read_only) = ("ro".to_owned(), true);
    let at = Location::Remote { site: Arc::new(site), path: RemotePath::root() };
    let pane = play.model.pane_mut(PaneSide::Left);
    let mut shown = (**pane.shown.as_ref().unwrap()).clone();
    shown.at = at;
    pane.shown = Some(Arc::new(shown));
    for keys in ["F4", "F6", "F7", "F8", "r", "P", "!", "Tab c", "F6"] {
        play.keys("G").keys(keys);
        assert!(play.model.overlays.is_empty() && play.model.operations.is_empty(), "{keys}");
        assert!(status(&play).starts_with("ro is read-only"), "{keys}: {}", status(&play));
    }
    play.model.active = PaneSide::Left;
    let screen = play.model.screen().unwrap();
    let hints = crate::ui::model::hints::shown(&play.model, screen.hints);
    assert!(hints.iter().all(|hint| hint.action != Action::Delete));
    assert!(hints.iter().any(|hint| hint.action == Action::Copy));
}
