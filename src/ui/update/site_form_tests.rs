//! Bookmarks are made, changed, removed, tested and imported.

use super::*;
use crate::site::import::Program;
use crate::site::sites_file::Change;
use crate::ui::fake::Play;
use crate::ui::model::msg::{Act, ManageError, Reply, SitesNow, SitesOrder};

fn orders(play: &mut Play) -> Vec<SitesOrder> {
    let order = |effect| match effect {
        Effect::Sites(order) => Some(order),
        _ => None,
    };
    play.take().into_iter().filter_map(order).collect()
}

fn status(play: &Play) -> String {
    play.model.status.as_ref().map(|status| status.text.clone()).unwrap_or_default()
}

#[test]
fn a_site_is_made() {
    let mut play = Play::new(120, 40);
    play.keys("F2 Insert F2");
    // the name is missing, and asked for
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert!(prompt.title == "name" && prompt.error.is_some());
    play.keys("'fresh' Enter 'host' Enter 'f.example.net' Enter Ctrl-U 'port' Enter 'x' Enter");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert!(prompt.error.as_ref().unwrap().starts_with("must be"), "{:?}", prompt.error);
    play.keys("Ctrl-U '2121' Enter F2");
    let orders = orders(&mut play);
    let [SitesOrder::Change(changes)] = &orders[..] else { panic!("{orders:?}") };
    let [Change::Add(site)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((site.name.as_str(), site.port), ("fresh", Some(2121)));
    assert_eq!(site.hosts, ["f.example.net"]);
    let mut sites = play.model.sites.clone();
    sites.push(std::sync::Arc::new(*site.clone()));
    let said = vec!["1 site imported".to_owned()];
    play.send(Msg::Sites(Ok(SitesNow { sites, said })));
    // back in the list, on the new one
    let Some(Overlay::Choose(choose)) = play.model.overlays.last() else { panic!() };
    let row = &choose.rows[choose.cursor];
    assert!(matches!(row, crate::ui::model::overlay::ChooseRow::Site { at: 4, .. }), "{row:?}");
    assert!(play.model.form.is_none());
}

#[test]
fn passwords_are_told_in_words_and_plain_ones_never_shown() {
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
    // nothing is thrown away by looking
    play.keys("Esc");
    assert_eq!(password(&play), PasswordRef::Plain("hunter2".into()));
}

#[test]
fn a_form_with_changes_is_not_thrown_away_by_one_key() {
    let mut play = Play::new(120, 40);
    play.keys("F2 F4 Esc");
    assert_eq!(play.model.overlays.len(), 1);
    play.keys("F4 'user' Enter Ctrl-U 'bob' Enter Esc");
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Ask(_))));
    play.keys("g");
    assert!(play.model.form.is_some());
    play.keys("Esc s");
    let orders = orders(&mut play);
    let [SitesOrder::Change(changes)] = &orders[..] else { panic!("{orders:?}") };
    assert!(matches!(&changes[..], [Change::Replace { name, site }]
        if name == "lonely" && site.user() == "bob"));
    // what could not be written leaves the form as it is
    play.send(Msg::Sites(Err(ManageError::NoFile)));
    assert!(play.model.form.is_some());
    play.keys("Esc t");
    assert!(play.model.form.is_none());
}

#[test]
fn a_site_is_removed_after_a_question_and_tested_by_a_login() {
    let mut play = Play::new(120, 40);
    play.keys("F2 F8 Enter");
    assert_eq!(orders(&mut play), []);
    play.keys("F8 r");
    assert_eq!(orders(&mut play), [SitesOrder::Change(vec![Change::Remove("lonely".to_owned())])]);
    play.keys("F3");
    let doing = play.model.doing.last().cloned().unwrap();
    assert!(matches!(doing.act, Act::Test { .. }));
    play.send(Msg::Acted(doing.ticket, Ok(Reply::Entries(1))));
    assert_eq!(status(&play), "lonely works: logged in, 1 entry");
}

#[test]
fn sites_of_other_programs_are_taken_over() {
    let mut play = Play::new(120, 40);
    play.keys("F2 F6 'lftq' Enter");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!() };
    assert_eq!(prompt.error.as_deref(), Some("no such program is known"));
    play.keys("Ctrl-U 'lftp /tmp/my marks' Enter");
    assert_eq!(
        orders(&mut play),
        [SitesOrder::Import(Program::Lftp, Some("/tmp/my marks".into()))]
    );
}
