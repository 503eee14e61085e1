//! Every key of the help does something where it says that it works.

use super::*;
use crate::engine::RowFilter;
use crate::ui::action::{Context, TABLE};
use crate::ui::fake::{Play, window};

/// Screens in which the keys of a context have something to do.
fn scenes(context: Context) -> Vec<&'static str> {
    match context {
        Context::Panes => vec![
            "j j j",
            "j j Enter Alt-Left",
            "j j j Space",
            "/ 'i' Enter",
            "f 'iso' Enter",
            "j j Enter",
            "End",
        ],
        Context::Queue => {
            vec!["F12 j", "F12 j j j", "F12 G", "F12 j Space", "F12 G k k", "F12 2", "F12 j j j j"]
        }
        Context::Text => vec!["F1 PgDn PgDn"],
        Context::List => vec!["F9 PgDn", "F2", "F2 F4", "F2 Down Left Down", "F2 Down Left"],
        Context::Form => vec!["j j j F5", "F7 'x'", "j j j F8"],
        Context::Buttons => vec!["j j j F5 Tab", "j j j F8"],
        Context::Edit => vec![
            "F7 'some words' Left Left Left",
            "/ 'i'",
            "o 'ftp://h/' Enter o 'draft'",
            "o 'ftp://h/' Enter o Up",
        ],
    }
}

fn prepared(keys: &str) -> Play {
    let mut play = Play::new(120, 24);
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    play.model.log.push(crate::ui::model::queue::LogLine {
        at: 0,
        site: Some(crate::site::SiteKey("nas".to_owned())),
        session: 1,
        by: crate::engine::Speaker::Us,
        level: Level::Info,
        text: "NOOP".to_owned(),
    });
    play.keys(keys);
    play.model.status = None;
    play.effects.clear();
    play
}

#[test]
fn every_key_of_the_help_does_something_in_each_of_its_contexts() {
    let mut idle = Vec::new();
    for line in TABLE {
        for context in line.contexts {
            let mut does = false;
            for scene in scenes(*context) {
                let mut play = prepared(scene);
                assert!(
                    play.model.contexts().contains(context)
                        || matches!(context, Context::Buttons | Context::Form | Context::Edit),
                    "{scene} is no scene of {context:?}"
                );
                if !play.model.contexts().contains(context) {
                    continue;
                }
                let before = format!("{:?}", play.model);
                let mut out = Vec::new();
                act(&mut play.model, line.action, &mut out);
                does |= !out.is_empty() || format!("{:?}", play.model) != before;
            }
            if !does {
                idle.push((line.name, *context));
            }
        }
    }
    assert_eq!(idle, []);
}
