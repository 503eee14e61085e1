//! Editing a file, looking into one, and sites that nothing may change.

use std::sync::Arc;

use super::*;
use crate::base::RemotePath;
use crate::engine::Head;
use crate::site::{Location, Site};
use crate::ui::fake::Play;
use crate::ui::model::msg::{Act, Draft, Reply, Side};
use crate::ui::model::overlay::ReadLine;

fn play() -> Play {
    let mut play = Play::new(120, 40);
    play.keys("G");
    play
}

/// What was begun, answered.
fn answer(play: &mut Play, reply: Reply) -> Act {
    let doing = play.model.doing.last().cloned().unwrap();
    play.take();
    play.send(Msg::Acted(doing.ticket, Ok(reply)));
    doing.act
}

fn draft(play: &Play) -> Box<Draft> {
    let at = play.location("mirror-eu:/pub/releases/SHA256SUMS");
    Box::new(Draft { at, file: "/tmp/x/SHA256SUMS".into(), before: (Some(712), None) })
}

fn status(play: &Play) -> String {
    play.model.status.as_ref().map(|status| status.text.clone()).unwrap_or_default()
}

#[test]
fn an_edited_file_goes_back_where_it_came_from() {
    let mut play = play();
    play.keys("F4");
    let file = draft(&play);
    let act = answer(&mut play, Reply::Draft(file.clone()));
    assert_eq!(act, Act::Fetch { at: file.at.clone() });
    assert_eq!(play.take(), [Effect::Edit(file.clone())]);
    play.send(Msg::Edited(file.clone(), Ok(true)));
    let act = answer(&mut play, Reply::Done);
    let to = file.at.clone();
    assert_eq!(act, Act::PutBack { draft: file.clone(), to, anyway: false });
    assert!(play.take().contains(&Effect::Discard(file)));
    assert_eq!(status(&play), "wrote mirror-eu:/pub/releases/SHA256SUMS");
}

#[test]
fn nothing_is_written_when_nothing_was_changed() {
    let mut play = play();
    let file = draft(&play);
    play.send(Msg::Edited(file.clone(), Ok(false)));
    assert_eq!(play.take(), [Effect::Discard(file)]);
    assert!(play.model.doing.is_empty());
}

#[test]
fn a_file_that_changed_meanwhile_is_asked_about() {
    let file = draft(&play());
    for (key, to, anyway) in [
        ("r", "mirror-eu:/pub/releases/SHA256SUMS", true),
        ("b", "mirror-eu:/pub/releases/SHA256SUMS.edited", true),
    ] {
        let mut play = play();
        play.send(Msg::Edited(file.clone(), Ok(true)));
        answer(&mut play, Reply::Clash(file.clone()));
        play.wait(500);
        play.keys(key);
        let act = play.model.doing.last().map(|doing| doing.act.clone());
        let to = play.location(to);
        assert_eq!(act, Some(Act::PutBack { draft: file.clone(), to, anyway }));
    }
    let mut play = play();
    play.send(Msg::Edited(file.clone(), Ok(true)));
    answer(&mut play, Reply::Clash(file));
    play.wait(500);
    play.keys("Esc");
    assert!(play.model.doing.is_empty() && play.model.overlays.is_empty());
}

#[test]
fn what_stays_here_is_named() {
    let mut play = play();
    let file = draft(&play);
    play.send(Msg::Edited(file.clone(), Ok(true)));
    answer(&mut play, Reply::Clash(file));
    play.wait(500);
    play.keys("l");
    assert_eq!(status(&play), "nothing is written; your text is in /tmp/x/SHA256SUMS");
}

#[test]
fn one_looks_into_a_file() {
    let mut play = play();
    play.keys("F3");
    let head = Head { bytes: b"one\n  two".to_vec(), whole: false };
    answer(&mut play, Reply::Head(head));
    let Some(Overlay::Reading(reading)) = play.model.overlays.last() else { panic!() };
    assert_eq!(reading.title, "SHA256SUMS");
    assert_eq!(reading.lines[1], ReadLine::Verbatim("  two".to_owned()));
    assert_eq!(
        reading.lines[3],
        ReadLine::Text("These are the first 64.0 KiB of 712 B.".to_owned())
    );
    // a directory has facts only
    play.keys("Esc Home j F3");
    let Some(Overlay::Reading(reading)) = play.model.overlays.last() else { panic!() };
    assert_eq!(reading.title, "Facts");
}

#[test]
fn a_read_only_site_is_offered_nothing_that_changes_it() {
    let mut play = Play::new(200, 40);
    let mut site = Site::new("ro.example.net");
    (site.name, site.read_only) = ("ro".to_owned(), true);
    let at = Location::Remote { site: Arc::new(site), path: RemotePath::root() };
    let pane = play.model.pane_mut(Side::Left);
    let mut shown = (**pane.shown.as_ref().unwrap()).clone();
    shown.at = at;
    pane.shown = Some(Arc::new(shown));
    for keys in ["F4", "F6", "F7", "F8", "r", "P", "!", "Tab c", "F6"] {
        play.keys("G").keys(keys);
        assert!(play.model.overlays.is_empty() && play.model.doing.is_empty(), "{keys}");
        assert!(status(&play).starts_with("ro is read-only"), "{keys}: {}", status(&play));
    }
    play.model.active = Side::Left;
    let screen = play.model.screen().unwrap();
    let hints = crate::ui::model::hints::shown(&play.model, screen.hints);
    assert!(hints.iter().all(|hint| hint.action != Action::Delete));
    assert!(hints.iter().any(|hint| hint.action == Action::Copy));
}
