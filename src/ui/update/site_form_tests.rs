//! Adding, editing, removing, testing and importing sites.

use super::*;
use crate::site::import::Program;
use crate::site::sites_file::SiteChange;
use crate::ui::fake::Play;
use crate::ui::model::msg::{ManageError, Operation, OperationReply, SavedSites, SitesRequest};

fn requests(play: &mut Play) -> Vec<SitesRequest> {
    let request = |effect| match effect {
        UiEffect::Sites(request) => Some(request),
        _ => None,
    };
    play.take().into_iter().filter_map(request).collect()
}

fn status(play: &Play) -> String {
    play.model.status.as_ref().map(|status| status.text.clone()).unwrap_or_default()
}

#[test]
fn a_site_is_added() {
    let mut play = Play::new(120, 40);
    play.keys("F2 Insert F2");
    // asks for the missing name
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert!(prompt.title == "name" && prompt.error.is_some());
    play.keys("'fresh' Enter 'host' Enter 'f.example.net' Enter Ctrl-U 'port' Enter 'x' Enter");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert!(prompt.error.as_ref().unwrap().starts_with("must be"), "{:?}", prompt.error);
    play.keys("Ctrl-U '2121' Enter F2");
    let requests = requests(&mut play);
    let [SitesRequest::Change(changes)] = &requests[..] else { panic!("{requests:?}") };
    let [SiteChange::Add(site)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((site.name.as_str(), site.port), ("fresh", Some(2121)));
    assert_eq!(site.hosts, ["f.example.net"]);
    let mut sites = play.model.sites.clone();
    sites.push(std::sync::Arc::new(*site.clone()));
    let messages = vec!["1 site imported".to_owned()];
    play.send(Msg::Sites(Ok(SavedSites { sites, messages })));
    // the list is shown again, with the cursor on the new site
    let Some(Overlay::List(list_dialog)) = play.model.overlays.last() else { panic!() };
    let row = &list_dialog.rows[list_dialog.cursor];
    assert!(matches!(row, crate::ui::model::overlay::ListRow::Site { at: 4, .. }), "{row:?}");
    assert!(play.model.form.is_none());
}

#[test]
fn password_sources_are_words_and_plain_passwords_are_never_shown() {
    use crate::site::PasswordRef;
    let mut play = Play::new(120, 40);
    play.keys("F2 F4 'password' Enter 'env NAS PW' Enter");
    let password = |play: &Play| play.model.form.as_ref().unwrap().site.password.clone();
    assert_eq!(password(&play), PasswordRef::Env("NAS PW".to_owned()));
    play.keys("Enter Ctrl-U 'plain' Enter 'hunter2'");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert!(prompt.input.is_masked());
    play.keys("Enter");
    assert_eq!(password(&play), PasswordRef::Plain("hunter2".into()));
    assert!(!format!("{:?}", play.model).contains("hunter2"));
    play.keys("Enter");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert_eq!(prompt.input.text(), "");
    // Esc keeps the current value
    play.keys("Esc");
    assert_eq!(password(&play), PasswordRef::Plain("hunter2".into()));
}

#[test]
fn unsaved_changes_are_discarded_only_after_a_question() {
    let mut play = Play::new(120, 40);
    play.keys("F2 F4 Esc");
    assert_eq!(play.model.overlays.len(), 1);
    play.keys("F4 'user' Enter Ctrl-U 'bob' Enter Esc");
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Question(_))));
    play.keys("k");
    assert!(play.model.form.is_some());
    play.keys("Esc s");
    let requests = requests(&mut play);
    let [SitesRequest::Change(changes)] = &requests[..] else { panic!("{requests:?}") };
    assert!(matches!(&changes[..], [SiteChange::Replace { name, site }]
        if name == "lonely" && site.user() == "bob"));
    // a failed save keeps the form open
    play.send(Msg::Sites(Err(ManageError::NoFile)));
    assert!(play.model.form.is_some());
    play.keys("Esc d");
    assert!(play.model.form.is_none());
}

#[test]
fn a_site_is_removed_after_a_question_and_tested_with_a_login() {
    let mut play = Play::new(120, 40);
    play.keys("F2 F8 Enter");
    assert_eq!(requests(&mut play), []);
    play.keys("F8 r");
    assert_eq!(
        requests(&mut play),
        [SitesRequest::Change(vec![SiteChange::Remove("lonely".to_owned())])]
    );
    play.keys("F3");
    let running = play.model.operations.last().cloned().unwrap();
    assert!(matches!(running.operation, Operation::Test { .. }));
    play.send(Msg::OperationDone(running.ticket, Ok(OperationReply::Entries(1))));
    assert_eq!(status(&play), "lonely: login successful, 1 entry");
}

#[test]
fn sites_of_other_programs_are_imported() {
    let mut play = Play::new(120, 40);
    play.keys("F2 F6 'lftq' Enter");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert_eq!(prompt.error.as_deref(), Some("unknown program"));
    play.keys("Ctrl-U 'lftp /tmp/my marks' Enter");
    assert_eq!(
        requests(&mut play),
        [SitesRequest::Import(Program::Lftp, Some("/tmp/my marks".into()))]
    );
}
